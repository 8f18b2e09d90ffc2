# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The tool venv on the build host, installed from the lock that ships with the collection, every file by hash.

This runs under the system's Python and uses the standard library only.
"""
import hashlib
import os
import shutil
import subprocess
import sys

from ..common.errors import WheelhouseError
from ..common.files import write_file
from ..common.platform import describe
from .exclusive import exclusive
from .network import normalise_environment


def prepare(root, requirements_text, environment):
    """Make the tool venv below ``root`` unless it is there.

    ``requirements_text`` is a requirements file in which every line carries hashes, ``environment`` holds index URL, proxy and
    CA bundle. Returns ``{"python": path of the venv's interpreter, "changed": bool, "platform": {...}}``.
    """
    if sys.version_info < (3, 9):
        raise WheelhouseError("the build host's Python is {0}.{1}; building needs 3.9 or later".format(*sys.version_info),
                              hint="set build_python to the interpreter that production runs")
    if not os.path.isabs(root) or os.path.normpath(root).strip("/") == "" or any(ord(letter) < 32 for letter in root):
        raise WheelhouseError("{0!r} cannot be a build root".format(root),
                              hint="set build_root to a folder of its own, by an absolute path such as /var/lib/wheelhouse-build")
    digest = hashlib.sha256(requirements_text.encode("utf-8")).hexdigest()[:16]
    folder = os.path.join(root, "tools", "{0}-{1}".format(digest, describe()["abi"]))
    found = {"python": os.path.join(folder, "bin", "python"), "changed": False, "platform": describe()}
    marker = os.path.join(folder, "complete")
    # written last; it names the interpreter, so that a changed build_python or an upgraded system makes the venv anew
    state = "{0} {1}\n".format(os.path.realpath(sys.executable), sys.version).encode("utf-8")
    if _read(marker) == state:
        return found
    make_root(root)
    with exclusive(os.path.join(root, "tools", "lock")):
        if _read(marker) == state:
            return found
        if os.path.isdir(folder):  # half made
            shutil.rmtree(folder)
        _make_venv(folder)
        requirements = os.path.join(folder, "requirements.txt")
        write_file(requirements, requirements_text.encode("utf-8"))
        _install(found["python"], requirements, environment)
        write_file(marker, state)
    return dict(found, changed=True)


def make_root(root):
    """Make the folders of the build root; raise WheelhouseError when that is not possible."""
    try:
        os.makedirs(os.path.join(root, "tools"), mode=0o755, exist_ok=True)
    except OSError as error:
        raise WheelhouseError("the build root {0} can't be used: {1}".format(root, error.strerror),
                              hint="set build_root to a folder that the build host's user may write, or use become") from error


def _make_venv(folder):
    ran = subprocess.run([sys.executable, "-m", "venv", folder], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                         stdin=subprocess.DEVNULL, check=False)
    if ran.returncode:
        shutil.rmtree(folder, ignore_errors=True)  # the error below tells why; the next run removes the rest
        raise WheelhouseError("{0} can't make a virtual environment".format(sys.executable), log=_tail(ran.stdout),
                              hint="install its venv module on the build host (Debian, Ubuntu: python3-venv)")


def _install(python, requirements, environment):
    full = dict(os.environ, PIP_DISABLE_PIP_VERSION_CHECK="1", PIP_NO_INPUT="1", **normalise_environment(environment))
    ran = subprocess.run([python, "-I", "-m", "pip", "install", "--quiet", "--require-hashes", "--only-binary", ":all:",
                          "--requirement", requirements],
                         env=full, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, check=False)
    if ran.returncode:
        raise WheelhouseError("the build tools could not be installed", log=_tail(ran.stdout),
                              hint="when the index is another one, or behind a proxy, say so in build_environment "
                                   "(UV_DEFAULT_INDEX, HTTPS_PROXY, SSL_CERT_FILE)")


def _read(path):
    try:
        with open(path, "rb") as stream:
            return stream.read()
    except OSError:
        return None


def _tail(output):
    return "\n".join(output.decode("utf-8", "replace").rstrip().split("\n")[-15:])
