# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Open an archive that may be hostile: nothing in it decides how much memory, disk or time it takes."""
import bz2
import contextlib
import gzip
import lzma
import os
import shutil
import tarfile
import zipfile

from ..common.errors import WheelhouseError

MAX_SIZE = 4 << 30  # bytes, unpacked
MAX_RATIO = 100     # times the archive's own size; sources shrink to a third or a tenth
SMALL = 256 << 20   # bytes that any archive may unpack to
SPARE = 64 << 20    # bytes of the disk that stay free
WHEEL_SIZE = 1 << 30  # bytes that any wheel may unpack to, and
WHEEL_RATIO = 200     # times its own size: production takes no more either (agent/archive.py)
PIECE = 256 << 10   # bytes that are read at once; whatever asks for more is a header that wants to fill the memory
_OPENERS = ((b"\x1f\x8b", lambda stream: gzip.GzipFile(fileobj=stream)), (b"BZh", bz2.BZ2File), (b"\xfd7zXZ\0", lzma.LZMAFile))


class Budget:
    """How many bytes an archive may unpack to in ``folder``."""

    def __init__(self, archive, folder):
        room = shutil.disk_usage(folder).free - SPARE
        fair = min(MAX_SIZE, max(SMALL, MAX_RATIO * os.stat(archive).st_size))
        self.limit = max(0, min(fair, room))
        self.disk_is_full = room < fair
        self.folder = folder
        self.used = 0

    def take(self, size, name):
        """Count ``size`` bytes of the member ``name``. Raises WheelhouseError when that is too much, or no size."""
        self.used += size
        if size >= 0 and self.used <= self.limit:
            return
        if size >= 0 and self.disk_is_full:
            raise WheelhouseError("the archive unpacks to more than the {0} bytes that are free: {1}".format(self.limit, shown(name)),
                                  hint="make room for {0} on the build host".format(self.folder))
        raise bomb("the archive unpacks to more than {0} bytes: {1}".format(self.limit, shown(name)))


@contextlib.contextmanager
def open_tar(archive, budget):
    """Open a .tar, .tar.gz, .tar.bz2 or .tar.xz for reading from the start to the end."""
    with open(archive, "rb") as stream:
        start = stream.read(8)
        stream.seek(0)
        opener = next((opener for magic, opener in _OPENERS if start.startswith(magic)), contextlib.nullcontext)
        with opener(stream) as inflated, tarfile.open(fileobj=_Metered(inflated, budget.limit + SMALL), mode="r:") as opened:
            yield opened


@contextlib.contextmanager
def open_zip(archive, budget):
    """Open a .zip whose members, by their own account, fit into the budget."""
    with zipfile.ZipFile(archive) as opened:
        for member in opened.infolist():
            if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise refusal(member.filename, "a compression that no sdist uses")
            budget.take(member.file_size, member.filename)
        yield opened


def too_much(wheel):
    """Say that an open wheel unpacks to more than a wheel may; "" when it does not. Parts of it are read into memory."""
    packed, unpacked = (sum(getattr(info, size) for info in wheel.infolist()) for size in ("compress_size", "file_size"))
    return "it unpacks to {0} bytes from {1}".format(unpacked, packed) if unpacked > max(WHEEL_SIZE, WHEEL_RATIO * packed) else ""


class _Metered:
    """A stream for tarfile that goes forward, in small steps, and ends at ``limit`` bytes whatever is in it."""

    def __init__(self, stream, limit):
        self.stream = stream
        self.limit = limit

    def read(self, size=-1):
        """Read ``size`` bytes, which tarfile always says."""
        if not 0 <= size <= PIECE:
            raise bomb("the archive has a header of {0} bytes".format(size if size >= 0 else "unlimited"))
        self._check(self.stream.tell() + size)
        return self.stream.read(size)

    def seek(self, position):
        """Go forward; a compressed stream would have to start again to go back."""
        if position < self.stream.tell() - tarfile.BLOCKSIZE:
            raise bomb("the archive has a header that leads back")
        self._check(position)
        return self.stream.seek(position)

    def tell(self):
        """Return the position, in bytes of the unpacked stream."""
        return self.stream.tell()

    def _check(self, position):
        if position > self.limit:
            raise bomb("the archive is longer than {0} bytes".format(self.limit))


def shown(name):
    """Return a member's name as an error may show it."""
    return repr(name if len(name) <= 120 else name[:100] + "…")


def refusal(name, what):
    """Return the error for a member that is ``what``."""
    return bomb("the archive has {0}: {1}".format(what, shown(name)))


def bomb(message):
    """Return the error for an archive that was not made by mistake."""
    return WheelhouseError(message, hint="it may be hostile: nothing of it was run. Choose another version")
