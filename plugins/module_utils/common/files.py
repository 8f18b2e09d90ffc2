# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Files that are whole or absent: a name appears only after its bytes are on the disk (temp, fsync, rename)."""
import hashlib
import json
import os

from .errors import WheelhouseError
from .unfinished import begin_file

CHUNK = 1 << 20


def canonical_json(value):
    """Return ``value`` as canonical JSON bytes: sorted keys, no spaces, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8")


def sha256_of(path):
    """Return the SHA-256 of the file at ``path`` as 64 hex digits."""
    digest = hashlib.sha256()
    with open(path, "rb") as stream:
        for chunk in iter(lambda: stream.read(CHUNK), b""):
            digest.update(chunk)
    return digest.hexdigest()


def fsync_folder(path):
    """Make the names in the folder ``path`` survive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_folders(path):
    """Make the folder ``path``, and those on the way to it, for nobody else to write to: whatever a default ACL says."""
    try:
        _make_folder(path)
    except FileNotFoundError:
        make_folders(os.path.dirname(path))
        _make_folder(path)  # in /proc, say, it can't be made all the same


def _make_folder(path):
    try:
        os.mkdir(path, 0o755)
    except FileExistsError:
        if not os.path.isdir(path):
            raise


def write_file(path, data, mode=0o644):
    """Write the bytes ``data`` to ``path`` so that readers see the old file or the new one, never a part."""
    with temporary_file(path, mode) as stream:
        stream.write(data)


class temporary_file:
    """Open a file beside ``path``; leaving the block without an error gives it that name, an error removes it.

    Without ``durable`` the name may appear before its bytes are on the disk: for what a power cut may take.
    """

    def __init__(self, path, mode=0o644, durable=True):
        self.path = path
        self.mode = mode
        self.durable = durable

    def __enter__(self):
        folder = os.path.dirname(os.path.abspath(self.path))
        make_folders(folder)
        handle, self.temporary = begin_file(folder)
        self.stream = os.fdopen(handle, "wb")
        return self.stream

    def __exit__(self, kind, error, trace):
        try:
            if kind is None:
                self.stream.flush()
                os.fchmod(self.stream.fileno(), self.mode)
                if self.durable:
                    os.fsync(self.stream.fileno())
                os.rename(self.temporary, self.path)  # before it is closed: until then nobody takes it for left over
                self.stream.close()
                if self.durable:
                    fsync_folder(os.path.dirname(os.path.abspath(self.path)))
                return
        except BaseException:
            self.discard()
            raise
        self.discard()

    def discard(self):
        """Remove the unfinished file."""
        try:
            self.stream.close()
        except OSError:
            pass  # a full disk fails the flush again; the file goes away all the same
        try:
            os.unlink(self.temporary)
        except FileNotFoundError:
            pass


def store_stream(reader, path, sha256, size, mode=0o644, durable=True):
    """Copy ``size`` bytes from ``reader`` to ``path``, checking SHA-256 and size while reading.

    Raises WheelhouseError, and leaves nothing, when the bytes are not the ones that were promised.
    """
    with temporary_file(path, mode, durable) as stream:
        copy_verified(reader, stream, os.path.basename(path), sha256, size)


def copy_verified(reader, stream, name, sha256, size):
    """Copy ``size`` bytes from ``reader`` to ``stream``; raise WheelhouseError when it has others than were promised for the file ``name``."""
    digest = hashlib.sha256()
    left = size
    while left > 0:
        chunk = reader.read(min(CHUNK, left))
        if not chunk:
            break
        digest.update(chunk)
        stream.write(chunk)
        left -= len(chunk)
    if left or reader.read(1):
        raise WheelhouseError("{0} has another size than the {1} bytes that were promised".format(name, size))
    if digest.hexdigest() != sha256:
        raise WheelhouseError("{0} has SHA-256 {1}, but {2} was promised".format(name, digest.hexdigest(), sha256))
