# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A tar that was uploaded below ``incoming``: it belongs to the login user, who could alter it at any time, also while it is read."""
import contextlib
import io
import os
import stat

from ..common import transfer
from ..common.errors import WheelhouseError
from ..common.files import copy_verified, store_stream
from . import claim
from .workers import usual_count

IN_MEMORY = 64 << 20  # bytes; that much of packed files all workers together may keep in memory


@contextlib.contextmanager
def opened(stream):
    """Give the binary stream, or the upload that lies at that path."""
    if isinstance(stream, str):
        try:
            handle = os.open(stream, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)  # the folder is another user's
        except FileNotFoundError:
            raise WheelhouseError("the upload {0} is gone: what nobody took for a day is removed".format(stream), hint="run again; it is sent anew")
        try:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise WheelhouseError("the upload {0} is no file".format(stream), hint="find out who put something else there, then run again")
            with open(handle, "rb", closefd=False) as source:
                yield source
        finally:
            os.close(handle)
    else:
        yield stream


def hold(layout, stream):
    """Have nobody take the upload for one that was given up."""
    folder = _folder_of(layout, stream)
    if folder:
        claim.hold(folder)


def drop(layout, stream):
    """Remove the upload, and its folder when it is one that ``receive`` made."""
    if not isinstance(stream, str):
        return
    with contextlib.suppress(OSError):
        os.unlink(stream)
        if _folder_of(layout, stream):
            os.rmdir(_folder_of(layout, stream))


def _folder_of(layout, stream):
    """Return the folder that ``receive`` made for the upload; None when it is no upload, or lies elsewhere."""
    folder = os.path.dirname(os.path.abspath(stream)) if isinstance(stream, str) else ""
    return folder if os.path.dirname(folder) == layout.incoming else None


class Upload:
    """The files of the tar ``source``, an open file; ``expected`` and ``required`` are those of ``transfer.unpack``.

    Each file is verified in a copy that nobody else can alter: in memory, or in ``folder`` when it is too large for that.
    """

    def __init__(self, source, folder, expected, required):
        self.source = source
        self.folder = folder
        self.expected = expected
        self.largest = IN_MEMORY // usual_count()
        self.end = os.fstat(source.fileno()).st_size
        self.members = {}
        self.failure = None
        try:
            transfer.locate(source, expected, required, self._found)
        except WheelhouseError as error:
            self.failure = error

    def bring(self, stored):
        """Call ``stored`` with the place of each file, the largest first; then raise what was wrong with the tar."""
        for place in sorted(self.members, key=lambda place: self.expected[place][1], reverse=True):
            stored(place)
        if self.failure:
            raise self.failure

    def packed(self, place):
        """Return a file's bytes, verified: a binary file in memory, or the path of a copy. Raises WheelhouseError."""
        sha256, size = self.expected[place]
        path = os.path.join(self.folder, place)
        member = _Member(self.source.fileno(), *self.members[place])
        if size > self.largest:
            store_stream(member, path, sha256, size, durable=False)
            return path
        found = io.BytesIO()
        copy_verified(member, found, os.path.basename(path), sha256, size)
        return found

    def _found(self, place, offset, size):
        if offset + size <= self.end:  # else the tar broke off in it
            self.members[place] = offset, size


class _Member:
    """Reads ``size`` bytes at ``offset``; processes that share the open file do not get into each other's way."""

    def __init__(self, handle, offset, size):
        self.handle = handle
        self.offset = offset
        self.end = offset + size

    def read(self, size):
        found = os.pread(self.handle, min(size, self.end - self.offset), self.offset)
        self.offset += len(found)
        return found
