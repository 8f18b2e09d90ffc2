# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An empty virtual environment (PEP 405), made at one path for use at another."""
import os
import sys

from .unpack import write

try:
    import venv
    VENV_ERROR = ""
except ImportError as error:  # some distributions cut the standard library into packages
    venv = None
    VENV_ERROR = str(error)


def interpreter():
    """Return the real path of the interpreter that releases are made for: the one that runs, or the one its venv is of."""
    return os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)


def lib_folder():
    """Return the folder of the standard library's and site-packages' parent, relative to a prefix."""
    return "lib/python{0}.{1}{2}".format(sys.version_info[0], sys.version_info[1], "t" if "t" in getattr(sys, "abiflags", "") else "")


def create(folder, final):
    """Make an empty venv in the new folder ``folder``, to be renamed to ``final``; return the paths of its files, relative to it.

    The standard library makes it; only what would tell of the temporary path is written here.
    """
    python = interpreter()
    builder = venv.EnvBuilder(symlinks=True, with_pip=False)
    context = builder.ensure_directories(folder)
    context.executable = python
    context.python_dir, context.python_exe = os.path.split(python)
    for name in ("python", "python3", "python{0}.{1}".format(*sys.version_info)):
        _relink(os.path.join(context.bin_path, name), python if name == "python" else "python")
    # the activate scripts are for people: they are to name the place where people will find them
    context.env_dir = final
    context.env_name = os.path.basename(final)
    context.prompt = context.env_name
    context.env_exe = os.path.join(final, "bin", "python")
    builder.setup_scripts(context)
    write(os.path.join(folder, "pyvenv.cfg"), config(), 0o444)
    os.makedirs(os.path.join(folder, lib_folder(), "site-packages"), exist_ok=True)
    return _files_of(folder)


def config():
    """Return the bytes of pyvenv.cfg."""
    return "home = {0}\ninclude-system-site-packages = false\nversion = {1}\n".format(
        os.path.dirname(interpreter()), ".".join(str(number) for number in sys.version_info[:3])).encode("utf-8")


def _relink(path, target):
    if os.path.lexists(path):
        os.unlink(path)
    os.symlink(target, path)


def _files_of(folder):
    """Return the files and links below ``folder``; what is no link is made read-only."""
    found = set()
    for parent, folders, files in os.walk(folder):
        os.chmod(parent, 0o755)
        for name in files + [name for name in folders if os.path.islink(os.path.join(parent, name))]:
            path = os.path.join(parent, name)
            found.add(os.path.relpath(path, folder))
            if not os.path.islink(path):
                os.chmod(path, 0o444)
    return found
