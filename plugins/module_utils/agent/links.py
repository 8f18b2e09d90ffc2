# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Put the files of an unpacked wheel into a release: hard links where the file system lets us, copies where not."""
import errno
import os
import shutil

from ..common.files import make_folders
from .unpack import write

# too many links to one file; another file system; a file system without links, or a kernel that forbids this one
_COPY_INSTEAD = (errno.EMLINK, errno.EXDEV, errno.EPERM, errno.ENOTSUP, errno.ENOSYS)


class Linker:
    """Links files into the folder ``target``, making folders as needed; counts what it did."""

    def __init__(self, target):
        self.target = os.fsencode(target)
        self.folders = set()
        self.linked = 0
        self.copied = 0

    def link(self, source, path):
        """Make ``path`` (text, relative to the target) a link to the file ``source`` (bytes), or a copy of it.

        Raises FileExistsError when ``path`` is there, NotADirectoryError when one of its parents is a file.
        """
        full = self.place(path)
        try:
            os.link(source, full)
            self.linked += 1
        except OSError as error:
            if error.errno not in _COPY_INSTEAD:
                raise
            copy(source, full)
            self.copied += 1

    def write(self, path, data, mode):
        """Make ``path`` a file of its own with the bytes ``data``. Raises as ``link`` does."""
        write(self.place(path), data, mode)

    def remove(self, path):
        """Remove the file ``path`` again."""
        os.unlink(self.place(path))

    def place(self, path):
        """Return the absolute path (bytes) for ``path``, its parent made; NotADirectoryError when that is a file."""
        full = self.target + b"/" + path.encode("utf-8")
        parent = full.rpartition(b"/")[0]
        if parent not in self.folders:
            self._make(parent)
        return full

    def _make(self, folder):
        """Make a folder below the target, after those above it."""
        above = folder.rpartition(b"/")[0]
        if folder != self.target and above not in self.folders:
            self._make(above)
        try:
            make_folders(folder)
        except FileExistsError as error:
            raise NotADirectoryError(*error.args)
        self.folders.add(folder)


def copy(source, path):
    """Copy the file ``source`` to the new file ``path``, with its mode."""
    with open(source, "rb") as reader:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, os.fstat(reader.fileno()).st_mode & 0o777)
        with open(handle, "wb") as writer:
            shutil.copyfileobj(reader, writer, 1 << 20)
