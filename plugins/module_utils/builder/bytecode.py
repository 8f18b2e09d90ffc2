# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The bytecode of a wheel, made on the build host by the interpreter that production runs."""
import contextlib
import importlib.util
import os
import subprocess
import sys
import zipfile

from ..common.errors import WheelhouseError
from ..common.files import fsync_folder, sha256_of
from ..common.steps import step
from ..common.unfinished import temporary_folder
from . import bytecode_script
from .sandbox import WITH_US


def bytecode_of(store, sha256, filename):
    """Return ``{"sha256", "size"}`` of the zip with the bytecode of a wheel in the store, or None when it has no Python files.

    It is made when it is not remembered for this interpreter's bytecode format.
    """
    if is_remembered(store, sha256):
        return store.recall("bytecode", key(sha256))["zip"]
    made = _compile(store, store.path_of("wheels", sha256, filename))
    store.remember("bytecode", key(sha256), {"zip": made, "wheel": filename})
    return made


def is_remembered(store, sha256):
    """Tell whether the bytecode of the wheel was made before and is here."""
    known = store.recall("bytecode", key(sha256))
    return bool(known) and (known["zip"] is None or store.holds("bytecode", known["zip"]["sha256"], size=known["zip"]["size"]))


def key(sha256):
    """Return what the bytecode of a wheel is remembered by: it is of one format, that of this interpreter."""
    return "{0}-{1}".format(sha256, importlib.util.MAGIC_NUMBER.hex())


@contextlib.contextmanager
def zip_of(wheel, folder, level=4):
    """Give the path, in ``folder`` and only for the length of the block, of a new zip with the bytecode of the wheel at that path.

    ``level`` says how much it is compressed: from 0, not at all, to 9.
    """
    os.makedirs(folder, mode=0o755, exist_ok=True)
    # not in the folder itself, from which Python would import what lies about
    with temporary_folder(folder) as scratch:
        output = os.path.join(scratch, "bytecode.zip")
        ran = subprocess.run(
            [*WITH_US, sys.executable, "-S", "-c", bytecode_script.__loader__.get_source(bytecode_script.__name__), wheel, output, str(level)],
            cwd=scratch, env={"PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1", "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        if ran.returncode:
            raise WheelhouseError("the bytecode of {0} could not be made".format(os.path.basename(wheel)),
                                  log=ran.stdout.decode("utf-8", "replace")[-2000:])
        yield output


def _compile(store, wheel):
    folder = store.path("bytecode")
    with zip_of(wheel, folder) as output:
        with zipfile.ZipFile(output) as made:
            if not made.namelist():
                return None
        with open(output, "rb") as stream:
            os.fsync(stream.fileno())
        os.chmod(output, 0o644)
        found = {"sha256": sha256_of(output), "size": os.stat(output).st_size}
        step("bytecode made")
        os.rename(output, store.path_of("bytecode", found["sha256"]))
        fsync_folder(folder)
    return found
