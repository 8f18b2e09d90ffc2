# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Open a zip whose members may be written out: nothing outside the folder, no links, no surprises."""
import contextlib
import errno
import stat
import struct
import zipfile
import zlib

from ..common.errors import WheelhouseError

BOMB_RATIO = 200
BOMB_SIZE = 1 << 30  # bytes; below that, a good ratio is only a lot of zeros

# all that zipfile raises, and lets pass from below it, when bytes are not what they should be
_DAMAGED = (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, struct.error, EOFError, RuntimeError, ValueError, OverflowError)


@contextlib.contextmanager
def open_zip(path, what):
    """Give the open zip at ``path`` and its file members ``{name: ZipInfo}``, checked by ``safe_members``.

    ``what`` says in errors what the zip is. Raises WheelhouseError when it is damaged, while opening or while reading.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive, safe_members(archive, what)
    except _DAMAGED as error:
        raise WheelhouseError("{0} is damaged: {1}".format(what, error))
    except OSError as error:
        if error.errno == errno.EINVAL:  # it says that something lies before its beginning
            raise WheelhouseError("{0} is damaged: {1}".format(what, error))
        raise


def safe_members(archive, what):
    """Return the members that are files, by name; raise WheelhouseError for what an honest wheel never has."""
    members = {}
    packed = unpacked = 0
    for info in archive.infolist():
        name = info.orig_filename  # ZipInfo cuts ``filename`` at a NUL
        if name.endswith("/"):
            name = name[:-1]
            _check_name(name, what)
            continue
        _check_name(name, what)
        if name in members:
            raise WheelhouseError("{0} has two members called {1!r}".format(what, name))
        if info.flag_bits & 1:
            raise WheelhouseError("{0} has an encrypted member, {1!r}".format(what, name))
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise WheelhouseError("{0} has a member packed in an unknown way, {1!r}".format(what, name))
        kind = stat.S_IFMT(info.external_attr >> 16)
        if kind not in (0, stat.S_IFREG):
            raise WheelhouseError("{0} has a member that is no plain file, {1!r}".format(what, name))
        members[name] = info
        packed += info.compress_size
        unpacked += info.file_size
    if unpacked > BOMB_SIZE and unpacked > BOMB_RATIO * packed:
        raise WheelhouseError("{0} would unpack to {1} bytes from {2}".format(what, unpacked, packed))
    folders = set()
    for name in members:
        parent = name.rpartition("/")[0]
        while parent and parent not in folders:
            folders.add(parent)
            parent = parent.rpartition("/")[0]
    for name in folders.intersection(members):
        raise WheelhouseError("{0} has {1!r} both as a file and as a folder".format(what, name))
    return members


def executable(info):
    """Tell whether a member's mode has an executable bit."""
    mode = info.external_attr >> 16
    return stat.S_ISREG(mode) and bool(mode & 0o111)


def _check_name(name, what):
    parts = name.split("/")
    if "" in parts or "." in parts or ".." in parts or "\\" in name or "\x00" in name:
        raise WheelhouseError("{0} has a member with an unsafe name, {1!r}".format(what, name))
