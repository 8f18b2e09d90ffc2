# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Environments to build in: one for each set of build requirements, shared by all builds that want the same, and kept."""
import contextlib
import hashlib
import os
import re
import shutil
import sys
import threading
import time
import urllib.request
import venv

from ..common.errors import WheelhouseError
from ..common.files import canonical_json, temporary_file
from ..common.steps import step
from ..common.unfinished import sweep, temporary_folder
from . import bytecode, startup
from .once import Once
from .untrusted import remove_tree

KEPT = 30 * 24 * 3600  # seconds without use
_MADE = re.compile("[0-9a-f]{16}([.]txt)?|[.]tmp.*")  # an environment, what it is to have, and what is half written


class Environments:
    """The environments in ``store``, made with ``uv`` from files that are in the store already, without network.

    They belong to us, not to the user that builds: one build can't prepare anything for the next.
    """

    def __init__(self, store, uv):
        self.store = store
        self.uv = uv
        self._once = Once()
        self._looking, self._seen = threading.Lock(), False

    def python_for(self, name, wheels):
        """Return the interpreter of an environment that holds ``wheels``, rows (name, path, sha256); ``name`` is what is built with it."""
        key = hashlib.sha256(canonical_json([sys.version, startup.TEXT, sorted(row[2] for row in wheels)])).hexdigest()[:16]
        folder = self.store.path("environments", key)
        self._once.get(key, lambda: self._ensure(name, folder, wheels))
        return os.path.join(folder, "bin", "python")

    def _ensure(self, name, folder, wheels):
        marker = os.path.join(folder, "complete")
        if os.path.exists(marker):
            os.utime(marker)
            return
        remove_tree(folder)  # half made
        above = os.path.dirname(folder)
        os.makedirs(above, mode=0o755, exist_ok=True)
        try:
            venv.EnvBuilder(symlinks=True).create(folder)
            site = os.path.join(folder, "lib", "python{0}.{1}".format(*sys.version_info), "site-packages")
            if wheels:
                requirements = folder + ".txt"
                _write(requirements, "".join(_row(*row) for row in sorted(wheels)).encode("utf-8"))
                with self._seeing():
                    self.uv.run("pip", "install", "--quiet", "--offline", "--no-index", "--no-deps", "--require-hashes", "--python",
                                sys.executable, "--prefix", folder, "--requirement", requirements, cwd=above,
                                doing="its build requirements can't be installed")
                _turn_scripts(os.path.join(folder, "bin"))
                self._add_bytecode(folder, wheels)
                os.unlink(requirements)
            for path, text in startup.files(folder, site):
                os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
                _write(path, text.encode("utf-8"))
        except WheelhouseError as error:
            raise WheelhouseError(error.message, package=name, log=error.log) from error
        step("environment filled")
        _write(marker, b"")

    @contextlib.contextmanager
    def _seeing(self):
        """Let the first block be over before others begin: uv looks at an interpreter that it has not seen for longer than it installs."""
        with self._looking:
            first = not self._seen
            if first:
                yield
                self._seen = True
        if not first:
            yield

    def _add_bytecode(self, folder, wheels):
        """Add what those who build may not write, and would compile again each time."""
        site = os.path.join(folder, "lib", "python{0}.{1}".format(*sys.version_info), "site-packages")
        for _name, path, sha256 in wheels:
            made = self.store.path("cache", "requirements", bytecode.key(sha256))
            self._once.get(made, lambda: _make_bytecode(path, made))  # pylint: disable=cell-var-from-loop
            shutil.copytree(made, site, copy_function=_link, dirs_exist_ok=True)

    def forget_unused(self):
        """Remove what no build has used for a long time, and what a build that was killed left half made. No other build is at work."""
        for path in environments_in(self.store):
            marker = os.path.join(path, "complete")
            if not os.path.isdir(path):
                os.unlink(path)
            elif not os.path.exists(marker) or _is_old(marker):
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(marker)
                remove_tree(path)
        above = self.store.path("cache", "requirements")
        if os.path.isdir(above):
            sweep(above)
            for name in os.listdir(above):
                if _is_old(os.path.join(above, name)):
                    remove_tree(os.path.join(above, name))


def environments_in(store):
    """Return the path of each environment in ``store``, and of what is half made, or left of making one."""
    above = store.path("environments")
    return [os.path.join(above, name) for name in filter(_MADE.fullmatch, os.listdir(above) if os.path.isdir(above) else ())]


def _write(path, data, mode=0o644):
    """Write a file that need not outlast a power cut: after a start of the host environments are made anew (see restart.py)."""
    with temporary_file(path, mode, durable=False) as stream:
        stream.write(data)


def _turn_scripts(folder):
    """Have the scripts in ``folder``, which were installed for our own interpreter, run by the one beside them."""
    for entry in list(os.scandir(folder)):  # all of it before the first is replaced
        if entry.is_file(follow_symlinks=False) and _is_script(entry.path):
            with open(entry.path, "rb") as stream:
                text = stream.read().replace(os.fsencode(sys.executable), os.fsencode(os.path.join(folder, "python")), 1)
            _write(entry.path, text, entry.stat().st_mode & 0o777)


def _is_script(path):
    with open(path, "rb") as stream:
        return stream.read(2) == b"#!"


def _link(path, name):
    with contextlib.suppress(FileExistsError):  # the wheel brought its own
        os.link(path, name)


def _is_old(path):
    return time.time() - os.stat(path).st_mtime > KEPT


def _make_bytecode(wheel, made):
    """Make it by our own interpreter: that of the environment would run what a .pth file of a build requirement says, with our rights."""
    if os.path.exists(made):
        os.utime(made)
        return
    above = os.path.dirname(made)
    os.makedirs(above, mode=0o755, exist_ok=True)
    with temporary_folder(above) as scratch:
        tree = os.path.join(scratch, "tree")
        os.mkdir(tree)  # of a wheel without Python files nothing comes
        for name, code in bytecode.bytecode_files(wheel):
            path = os.path.join(tree, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as stream:
                stream.write(code)
        os.rename(tree, made)


def _row(name, path, sha256):
    return "{0} @ file://{1} --hash=sha256:{2}\n".format(name, urllib.request.pathname2url(path), sha256)
