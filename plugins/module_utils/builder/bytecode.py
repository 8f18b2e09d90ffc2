# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The bytecode of a wheel, made on the build host by the interpreter that production runs.

The files are based on unchecked hashes (PEP 552): nothing compares them with a time stamp or the source again.
"""
import importlib.util
import os
import re
import subprocess
import sys
import tempfile
import zipfile
import zlib

from ..common.errors import WheelhouseError
from ..common.files import fsync_folder, sha256_of
from ..common.steps import step
from ..common.unfinished import temporary_folder
from . import bytecode_script
from .sandbox import WITH_US

_UNCHECKED_HASH = (1).to_bytes(4, "little")
_UNREADABLE = (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError, zlib.error)  # what a damaged archive raises
_MAX_SOURCE = 64 << 20  # bytes of one file; a larger one is left as it is


def bytecode_of(store, sha256, filename):
    """Return ``{"sha256", "size"}`` of the zip with the bytecode of a wheel in the store, or None when it has no Python files.

    It is made when it is not remembered for this interpreter's bytecode format.
    """
    if is_remembered(store, sha256):
        return store.recall("bytecode", key(sha256))["zip"]
    made = _make_zip(store, store.path_of("wheels", sha256, filename))
    store.remember("bytecode", key(sha256), {"zip": made, "wheel": filename})
    return made


def is_remembered(store, sha256):
    """Tell whether the bytecode of the wheel was made before and is here."""
    known = store.recall("bytecode", key(sha256))
    return bool(known) and (known["zip"] is None or store.holds("bytecode", known["zip"]["sha256"], size=known["zip"]["size"]))


def key(sha256):
    """Return what the bytecode of a wheel is remembered by: it is of one format, that of this interpreter."""
    return "{0}-{1}".format(sha256, importlib.util.MAGIC_NUMBER.hex())


def bytecode_files(wheel):
    """Yield the path below site-packages and the bytes of each .pyc file of the wheel at that path, in order.

    What does not compile has none. Raises WheelhouseError.
    """
    try:
        with tempfile.TemporaryFile() as sources:
            wanted = list(_write_sources(wheel, sources))
            for (path, hashed), code in zip(wanted, _compiled(sources, [path for path, _hashed in wanted])):
                if code:
                    yield importlib.util.cache_from_source(path, optimization=""), importlib.util.MAGIC_NUMBER + _UNCHECKED_HASH + hashed + code
    except _UNREADABLE as error:
        raise WheelhouseError("the bytecode of {0} could not be made: {1}".format(os.path.basename(wheel), error)) from error
    except WheelhouseError as error:
        raise WheelhouseError("the bytecode of {0} could not be made: {1}".format(os.path.basename(wheel), error.message),
                              log=error.log) from error


def _write_sources(wheel, stream):
    """Write the wheel's Python files to ``stream`` as bytecode_script.py takes them; yield (path below site-packages, hash) of each."""
    with zipfile.ZipFile(wheel) as archive:
        paths = ((installed_path(name), name) for name in archive.namelist() if name.endswith(".py"))
        for path, name in sorted((path, name) for path, name in paths if path):
            if archive.getinfo(name).file_size <= _MAX_SOURCE:
                source = archive.read(name)
                stream.write("{0} {1}\n".format(len(source), path.replace("\n", " ")).encode("utf-8") + source)
                yield path, importlib.util.source_hash(source)
    stream.seek(0)


def installed_path(name):
    """Return where a wheel's member goes below site-packages (PEP 427), or None when it goes elsewhere."""
    data = re.match(r"[^/]+\.data/([^/]+)/(.+)", name)
    path = name if not data else data.group(2) if data.group(1) in ("purelib", "platlib") else ""
    return None if not path or path.startswith("/") or ".." in path.split("/") else path


def _compiled(sources, paths):
    """Yield the code of each file of ``sources``, which are those at ``paths``, as a fresh interpreter compiles it (see bytecode_script.py).

    It is given all of them at once: to ask for one after the other would keep it waiting for a thread of ours each time.
    """
    script = bytecode_script.__loader__.get_source(bytecode_script.__name__)
    with tempfile.TemporaryFile() as complaints, subprocess.Popen(
            [*WITH_US, sys.executable, "-S", "-s", "-W", "ignore", "-c", script], cwd="/", env={"PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8"},
            stdin=sources, stdout=subprocess.PIPE, stderr=complaints) as process:
        try:
            for path in paths:
                length = int(process.stdout.readline() or -1)
                code = process.stdout.read(max(0, length))
                if len(code) != length:
                    process.wait()
                    complaints.seek(0)
                    raise WheelhouseError("its interpreter ended with {0} at {1}".format(process.returncode, path),
                                          log=complaints.read()[-2000:].decode("utf-8", "replace"))
                yield code
        finally:
            process.kill()


def _make_zip(store, wheel):
    """Write the zip: members in order, with a fixed time, so that the same wheel gives the same bytes."""
    folder = store.path("bytecode")
    os.makedirs(folder, mode=0o755, exist_ok=True)
    with temporary_folder(folder) as scratch:
        output = os.path.join(scratch, "bytecode.zip")
        with zipfile.ZipFile(output, "w") as archive:
            for name, code in bytecode_files(wheel):
                member = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
                member.external_attr = 0o100644 << 16
                archive.writestr(member, code, zipfile.ZIP_DEFLATED, 4)
            if not archive.namelist():
                return None
        with open(output, "rb") as stream:
            os.fsync(stream.fileno())
        os.chmod(output, 0o644)
        found = {"sha256": sha256_of(output), "size": os.stat(output).st_size}
        step("bytecode made")
        os.rename(output, store.path_of("bytecode", found["sha256"]))
        fsync_folder(folder)
    return found
