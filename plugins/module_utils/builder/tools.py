# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The tool venv on the build host, installed from the lock that ships with the collection, every file by hash.

This runs under the system's Python and uses the standard library only.
"""
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys

from ..common.address import without_credentials
from ..common.errors import WheelhouseError
from ..common.files import canonical_json, sha256_of, store_stream, write_file
from ..common.platform import describe
from ..common.transfer import place_of
from .exclusive import exclusive
from .network import normalise_environment


def prepare(root, requirements_text, environment, make=True):
    """Make the tool venv below ``root`` unless it is there; what the store has of the tools' files is not downloaded.

    ``requirements_text`` is a requirements file in which every line carries hashes, ``environment`` holds index URL, proxy and
    CA bundle. Returns ``{"python": path of the venv's interpreter, "changed": bool, "platform": {...}, "files": [{"filename", "sha256",
    "size"}]}``; without ``make``, no interpreter when there is no venv yet.
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
        return dict(found, files=_listed(folder))
    if not make:
        return dict(found, python="", files=[])
    make_root(root)
    with exclusive(os.path.join(root, "tools", "lock")):
        if _read(marker) == state:
            return dict(found, files=_listed(folder))
        if os.path.isdir(folder):  # half made
            shutil.rmtree(folder)
        _make_venv(folder)
        requirements = os.path.join(folder, "requirements.txt")
        write_file(requirements, requirements_text.encode("utf-8"))
        files = os.path.join(folder, "files")
        os.mkdir(files)
        held = _take_from_store(root, requirements_text, files)
        pip = _Pip(found["python"], requirements, files, environment)
        if not held or not pip.succeeds("download", "--no-index"):
            pip.run("download")
        pip.run("install", "--no-index")
        write_file(os.path.join(folder, "files.json"), canonical_json(_put_into_store(root, files)))
        shutil.rmtree(files)
        os.sync()  # pip does not: after a power cut the marker would stand beside empty files
        write_file(marker, state)
    return dict(found, changed=True, files=_listed(folder))


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
        raise WheelhouseError("{0} can't make a virtual environment".format(sys.executable), log=_tail(ran.stdout),
                              hint="install its venv module on the build host (Debian, Ubuntu: python3-venv)")


class _Pip:
    """pip of the tool venv, which takes every file by hash, from the folder ``files`` or from the index."""

    def __init__(self, python, requirements, files, environment):
        self.command = [python, "-I", "-m", "pip"]
        self.options = ["--quiet", "--require-hashes", "--only-binary", ":all:", "--find-links", files, "--requirement", requirements]
        self.files = files
        self.environment = dict(os.environ, PIP_DISABLE_PIP_VERSION_CHECK="1", PIP_NO_INPUT="1", **normalise_environment(environment))

    def succeeds(self, command, *options):
        """Run a command of pip and tell whether it succeeded."""
        return self._run(command, *options).returncode == 0

    def run(self, command, *options):
        """Run a command of pip. Raises WheelhouseError with what it said."""
        ran = self._run(command, *options)
        if ran.returncode:
            raise WheelhouseError("the build tools could not be installed", log=_tail(ran.stdout),
                                  hint="when the index is another one, or behind a proxy, say so in build_environment "
                                       "(UV_DEFAULT_INDEX, HTTPS_PROXY, SSL_CERT_FILE)")

    def _run(self, command, *options):
        target = ["--dest", self.files] if command == "download" else []
        return subprocess.run([*self.command, command, *options, *target, *self.options], env=self.environment, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, check=False)


def _take_from_store(root, requirements_text, files):
    """Link what the store has of the files that the requirements name by hash into the folder ``files``; tell whether there was any.

    What is damaged is removed from the store: it is downloaded anew.
    """
    found = False
    for sha256 in set(re.findall(r"sha256:([0-9a-f]{64})", requirements_text)):
        folder = os.path.join(root, "sources", sha256)
        for name in os.listdir(folder) if os.path.isdir(folder) else ():
            path = os.path.join(folder, name)
            if name.startswith("."):  # being written, or left by a writer that was killed
                continue
            if sha256_of(path) != sha256:
                os.unlink(path)
                continue
            os.link(path, os.path.join(files, name))
            found = True
    return found


def _put_into_store(root, files):
    """Keep the files of the folder ``files`` as sources; return what they are called, their SHA-256 and size."""
    found = []
    for name in sorted(os.listdir(files)):
        path = os.path.join(files, name)
        row = {"filename": name, "sha256": sha256_of(path), "size": os.stat(path).st_size}
        found.append(row)
        with open(path, "rb") as reader:
            store_stream(reader, os.path.join(root, place_of("sources", row["sha256"], name)), row["sha256"], row["size"])
    return found


def _listed(folder):
    with open(os.path.join(folder, "files.json"), encoding="utf-8") as stream:
        return json.load(stream)


def _read(path):
    try:
        with open(path, "rb") as stream:
            return stream.read()
    except OSError:
        return None


def _tail(output):
    return without_credentials("\n".join(output.decode("utf-8", "replace").rstrip().split("\n")[-15:]))
