# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Unpack an sdist, or the tar of a source tree, into a folder that nothing in it can leave."""
import contextlib
import errno
import lzma
import os
import posixpath
import shutil
import stat
import struct
import tarfile
import zipfile
import zlib

from ..common.errors import WheelhouseError
from .archives import PIECE, Budget, bomb, open_tar, open_zip, refusal, shown
from .untrusted import remove_tree

MAX_MEMBERS = 200000
MAX_DEPTH = 100  # folders in one another
_UNREADABLE = (tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError, RuntimeError, ValueError,
               ArithmeticError, LookupError)
#: The key of a tar's global header under which we write which of its folders is to be built.
SUBDIRECTORY = "NOGCC.subdirectory"


def unpack_source(archive, folder):
    """Unpack ``archive`` (.tar, .tar.gz, .tar.bz2, .tar.xz or .zip) into the new folder ``folder``.

    Returns the folder that holds the sources: ``folder``, or the only folder in it, as PEP 517 wants it. Raises WheelhouseError,
    and leaves no folder, for a member that is absolute, has ``..``, links out of the folder, comes twice with two contents or is no
    file, folder or link, and for a bomb. Names that are not UTF-8 stay the bytes that they are.
    """
    os.makedirs(folder)
    below = ""
    try:
        unpacker = _Unpacker(folder, Budget(archive, folder))
        if archive.endswith(".zip"):  # by its name, as everybody reads it: an archive can be both
            with open_zip(archive, unpacker.budget) as opened:
                unpacker.unpack_zip(opened)
        else:
            with open_tar(archive, unpacker.budget) as opened:
                unpacker.unpack_tar(opened)
                below = opened.pax_headers.get(SUBDIRECTORY, "")
        unpacker.check_links()
    except BaseException as error:
        remove_tree(folder)
        if isinstance(error, _UNREADABLE):
            raise WheelhouseError("{0} is not an archive that can be read: {1}".format(os.path.basename(archive), error)) from error
        raise
    names = os.listdir(folder)
    inner = os.path.join(folder, names[0]) if len(names) == 1 else folder
    inner = inner if os.path.isdir(inner) and not os.path.islink(inner) else folder
    return _sub_folder(inner, below) if below else inner


def _sub_folder(folder, below):
    path = os.path.normpath(os.path.join(folder, below))
    if not os.path.isdir(path) or not (os.path.realpath(path) + os.sep).startswith(os.path.realpath(folder) + os.sep):
        raise WheelhouseError("the archive has no folder {0!r} to build".format(below))
    return path


class _Unpacker:
    """Writes members below ``folder``, as long as the budget lasts."""

    def __init__(self, folder, budget):
        self.folder = os.path.realpath(folder)
        self.budget = budget
        self.members = 0
        self.links = []
        self.folders = set()  # that are known to be there, and no links: nothing that comes later takes their place

    def unpack_tar(self, archive):
        for member in archive:
            self._count()
            self.budget.take(member.size, member.name)  # what it says, before anything is read: also of what is not stored at all
            with _about(member.name):
                self._unpack_tar_member(archive, member)

    def _unpack_tar_member(self, archive, member):
        path = self._place(member.name)
        if path is None:
            if not member.isdir():
                raise refusal(member.name, "something else than a folder at its top")
        elif member.isdir():
            os.makedirs(path, mode=0o755, exist_ok=True)
        elif member.isreg():
            self._write(archive.extractfile(member), member.name, path, member.mode & 0o111, member.mtime)
        elif member.issym():
            self._symlink(member.name, member.linkname, path)
        elif member.islnk():
            self._copy_link(member.name, member.linkname, path)
        else:
            raise refusal(member.name, "a device, a pipe or a socket")

    def unpack_zip(self, archive):
        for member in archive.infolist():
            self._count()
            with _about(member.filename):
                self._unpack_zip_member(archive, member)

    def _unpack_zip_member(self, archive, member):
        path = self._place(member.filename)
        mode = member.external_attr >> 16
        if path is None:
            return
        if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise refusal(member.filename, "a link or a device")
        if member.is_dir():
            os.makedirs(path, mode=0o755, exist_ok=True)
        else:
            with archive.open(member) as reader:
                self._write(reader, member.filename, path, mode & 0o111, None)

    def check_links(self):
        """Raise WheelhouseError when a link leads out: one that does not by itself may do so by way of another."""
        for name, path in self.links:
            landing = os.path.realpath(path)
            if os.path.commonpath([landing, self.folder]) != self.folder:
                raise refusal(name, "a link that leaves the archive's folder")

    def _count(self):
        self.members += 1
        if self.members > MAX_MEMBERS:
            raise bomb("the archive has more than {0} members".format(MAX_MEMBERS))

    def _place(self, name):
        """Return where the member goes, or None for the archive's root itself."""
        parts = name.split("/")
        if name.startswith("/") or ".." in parts or "\\" in name or "\0" in name:
            raise refusal(name, "a path that leaves the archive's folder")
        if len(parts) > MAX_DEPTH:
            raise refusal(name, "a path of more than {0} folders".format(MAX_DEPTH))
        clean = posixpath.normpath(name)
        if clean == ".":
            return None
        path = os.path.join(self.folder, clean)
        # a symlink unpacked before must not redirect what follows
        parent = os.path.dirname(path)
        if parent not in self.folders:
            if os.path.realpath(parent) != parent:
                raise refusal(name, "a path through a link")
            os.makedirs(parent, mode=0o755, exist_ok=True)
            self.folders.add(parent)
        return path

    def _write(self, reader, name, path, executable, mtime):
        pieces = iter(lambda: reader.read(PIECE), b"")
        if os.path.lexists(path):
            if os.path.islink(path) or not os.path.isfile(path) or not _is_same(pieces, path):
                raise refusal(name, "a name that the archive has twice")
            return
        with open(path, "xb") as stream:
            for piece in pieces:
                stream.write(piece)
        os.chmod(path, 0o755 if executable else 0o644)
        if mtime is not None and 0 <= mtime < 1 << 33:
            os.utime(path, (mtime, mtime))  # generated files must stay newer than what they were made from

    def _symlink(self, name, target, path):
        landing = posixpath.normpath(posixpath.join(posixpath.dirname(name), target))
        if target.startswith("/") or landing == ".." or landing.startswith("../"):
            raise refusal(name, "a link that leaves the archive's folder")
        if os.path.lexists(path):
            raise refusal(name, "a name that the archive has twice")
        os.symlink(target, path)
        self.links.append((name, path))

    def _copy_link(self, name, target, path):
        source = self._place(target)
        if source is None or os.path.islink(source) or not os.path.isfile(source) or os.path.lexists(path):
            raise refusal(name, "a hard link to what is not in the archive")
        self.budget.take(os.stat(source).st_size, name)
        shutil.copy2(source, path)


@contextlib.contextmanager
def _about(name):
    """Name the member that the system refuses to make."""
    try:
        yield
    except OSError as error:
        if error.errno is None:
            raise  # of the archive, not of the system
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise WheelhouseError("the archive's member {0} can't be unpacked: {1}".format(shown(name), os.strerror(error.errno)),
                              hint="make room below build_root on the build host" if full else "Choose another version") from error


def _is_same(pieces, path):
    with open(path, "rb") as stream:
        return all(stream.read(len(piece)) == piece for piece in pieces) and not stream.read(1)
