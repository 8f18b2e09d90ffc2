# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Unpack an sdist, or the tar of a source tree, into a folder that nothing in it can leave."""
import os
import posixpath
import shutil
import stat
import tarfile
import zipfile

from ..common.errors import WheelhouseError
from ..common.files import CHUNK

MAX_SIZE = 4 << 30  # bytes, unpacked
MAX_MEMBERS = 200000


def unpack_source(archive, folder):
    """Unpack ``archive`` (.tar, .tar.gz, .tar.bz2, .tar.xz or .zip) into the new folder ``folder``.

    Returns the folder that holds the sources: ``folder``, or the only folder in it, as PEP 517 wants it. Raises WheelhouseError
    for a member that is absolute, has ``..``, links out of the folder or is no file, folder or link, and for a bomb.
    """
    os.makedirs(folder)
    try:
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as opened:
                _Unpacker(folder).unpack_zip(opened)
        else:
            with tarfile.open(archive, "r:*") as opened:
                _Unpacker(folder).unpack_tar(opened)
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, RuntimeError, NotImplementedError, ValueError) as error:
        raise WheelhouseError("{0} is not an archive that can be read: {1}".format(os.path.basename(archive), error)) from error
    names = os.listdir(folder)
    inner = os.path.join(folder, names[0]) if len(names) == 1 else folder
    return inner if os.path.isdir(inner) and not os.path.islink(inner) else folder


class _Unpacker:
    """Writes members below ``folder``, counting what they take."""

    def __init__(self, folder):
        self.folder = folder
        self.size = 0
        self.members = 0

    def unpack_tar(self, archive):
        for member in archive:
            path = self._place(member.name)
            if path is None:
                continue
            if member.isdir():
                os.makedirs(path, mode=0o755, exist_ok=True)
            elif member.isreg():
                self._write(archive.extractfile(member), path, member.mode & 0o111, member.mtime)
            elif member.issym():
                self._symlink(member.name, member.linkname, path)
            elif member.islnk():
                self._copy_link(member.name, member.linkname, path)
            else:
                raise _refusal(member.name, "a device, a pipe or a socket")

    def unpack_zip(self, archive):
        for member in archive.infolist():
            path = self._place(member.filename)
            mode = member.external_attr >> 16
            if path is None:
                continue
            if member.is_dir():
                os.makedirs(path, mode=0o755, exist_ok=True)
            elif stat.S_IFMT(mode) in (0, stat.S_IFREG):
                with archive.open(member) as reader:
                    self._write(reader, path, mode & 0o111, None)
            else:
                raise _refusal(member.filename, "a link or a device")

    def _place(self, name):
        """Return where the member goes, or None for the archive's root itself."""
        self.members += 1
        if self.members > MAX_MEMBERS:
            raise WheelhouseError("the archive has more than {0} members".format(MAX_MEMBERS))
        parts = name.split("/")
        if name.startswith("/") or ".." in parts or "\\" in name or "\0" in name:
            raise _refusal(name, "a path that leaves the archive's folder")
        clean = posixpath.normpath(name)
        if clean == ".":
            return None
        path = os.path.join(self.folder, clean)
        # a symlink unpacked before must not redirect what follows
        parent = os.path.dirname(path)
        if os.path.realpath(parent) != os.path.join(os.path.realpath(self.folder), os.path.relpath(parent, self.folder)).rstrip("/."):
            raise _refusal(name, "a path through a link")
        os.makedirs(parent, mode=0o755, exist_ok=True)
        return path

    def _write(self, reader, path, executable, mtime):
        if os.path.islink(path) or os.path.isdir(path):
            raise _refusal(os.path.relpath(path, self.folder), "a name that the archive has twice")
        with open(path, "wb") as stream:
            for chunk in iter(lambda: reader.read(CHUNK), b""):
                self.size += len(chunk)
                if self.size > MAX_SIZE:
                    raise WheelhouseError("the archive unpacks to more than {0} bytes".format(MAX_SIZE))
                stream.write(chunk)
        os.chmod(path, 0o755 if executable else 0o644)
        if mtime is not None and 0 <= mtime < 1 << 33:
            os.utime(path, (mtime, mtime))  # generated files must stay newer than what they were made from

    def _symlink(self, name, target, path):
        landing = posixpath.normpath(posixpath.join(posixpath.dirname(name), target))
        if target.startswith("/") or landing == ".." or landing.startswith("../"):
            raise _refusal(name, "a link that leaves the archive's folder")
        if os.path.lexists(path):
            raise _refusal(name, "a name that the archive has twice")
        os.symlink(target, path)

    def _copy_link(self, name, target, path):
        source = self._place(target)
        if source is None or os.path.islink(source) or not os.path.isfile(source) or os.path.lexists(path):
            raise _refusal(name, "a hard link to what is not in the archive")
        self.size += os.stat(source).st_size
        if self.size > MAX_SIZE:
            raise WheelhouseError("the archive unpacks to more than {0} bytes".format(MAX_SIZE))
        shutil.copy2(source, path)


def _refusal(name, what):
    return WheelhouseError("the archive has {0}: {1!r}".format(what, name),
                           hint="it may be hostile: nothing of it was run. Choose another version")
