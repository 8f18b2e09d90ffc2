# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Open a zip whose members may be written out: nothing outside the folder, no links, no surprises."""
import contextlib
import errno
import re
import stat
import struct
import unicodedata
import zipfile
import zlib

from ..common.errors import WheelhouseError
from . import zip_layout

BOMB_RATIO = 200
BOMB_SIZE = 1 << 30  # bytes; below that, a good ratio is only a lot of zeros
LONGEST_PART = 255  # bytes of one name in a folder, on every file system of Linux
LONGEST_PATH = 1024  # bytes; the kernel's limit is 4096, and the release's own path comes before it

# all that zipfile raises, and lets pass from below it, when bytes are not what they should be
_DAMAGED = (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, struct.error, EOFError, RuntimeError, ValueError, OverflowError)

_UTF_8 = 1 << 11
_FLAGS = 0b1110 | _UTF_8  # how well it was compressed, that sizes follow the data, that the name is UTF-8


@contextlib.contextmanager
def open_zip(packed, what):
    """Give a Reader for a zip and its file members ``{name: ZipInfo}``, checked by ``safe_members``.

    ``packed`` is its path, or a binary file that can be read at any place. ``what`` says in errors what the zip is. Raises WheelhouseError
    when it is damaged, while opening or while reading.
    """
    try:
        with open(packed, "rb") if isinstance(packed, str) else packed as stream, zipfile.ZipFile(stream) as archive:
            members = safe_members(archive, what)
            yield zip_layout.Reader(stream, archive.infolist(), archive.start_dir, what), members
    except _DAMAGED as error:
        raise WheelhouseError("{0} is damaged: {1}".format(what, error))
    except OSError as error:
        if error.errno == errno.EINVAL:  # it says that something lies before its beginning
            raise WheelhouseError("{0} is damaged: {1}".format(what, error))
        raise


def safe_members(archive, what):
    """Return the members that are files, by name; raise WheelhouseError for what an honest wheel never has."""
    members = {}
    folders = set()
    alike = {}
    packed = unpacked = 0
    for info in archive.infolist():
        name = info.orig_filename  # ZipInfo cuts ``filename`` at a NUL
        _check_encoding(info, what)
        is_folder = name.endswith("/")
        name = name[:-1] if is_folder else name
        check_name(name, what)
        _check_kind(info, name, is_folder, what)
        if is_folder:
            folders.add(name)
            continue
        if name in members:
            raise WheelhouseError("{0} has two members called {1!r}".format(what, name))
        folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
        if folded in alike:
            raise WheelhouseError("{0} has two members whose names differ only in case or in how letters are written, {1!r} and {2!r}".format(
                what, alike[folded], name))
        members[name] = info
        alike[folded] = name
        packed += info.compress_size
        unpacked += info.file_size
    if unpacked > BOMB_SIZE and unpacked > BOMB_RATIO * packed:
        largest = max(members, key=lambda name: members[name].file_size)
        raise WheelhouseError("{0} would unpack to {1} bytes from {2}; its largest member is {3!r}".format(what, unpacked, packed, largest))
    for name in members:
        parent = name.rpartition("/")[0]
        while parent and parent not in folders:
            folders.add(parent)
            parent = parent.rpartition("/")[0]
    for name in sorted(folders.intersection(members)):
        raise WheelhouseError("{0} has {1!r} both as a file and as a folder".format(what, name))
    return members


def executable(info):
    """Tell whether a member's mode has an executable bit."""
    mode = info.external_attr >> 16
    return stat.S_ISREG(mode) and bool(mode & 0o111)


def check_name(name, what):
    """Raise WheelhouseError unless ``name`` is a relative path that stays where it begins, on every system."""
    parts = name.split("/")
    if "" in parts or "." in parts or ".." in parts or re.search(r"[\\\x00-\x1f\x7f]|^[A-Za-z]:", name):
        raise WheelhouseError("{0} has a member with an unsafe name, {1!r}".format(what, name))
    if len(name.encode("utf-8")) > LONGEST_PATH or any(len(part.encode("utf-8")) > LONGEST_PART for part in parts):
        raise WheelhouseError("{0} has a member with a name that is too long, {1!r} and so on".format(what, name[:60]))


def _check_encoding(info, what):
    """A name that is neither ASCII nor marked as UTF-8 (PEP 427) means something else to each reader."""
    if not info.flag_bits & _UTF_8 and len(info.orig_filename.encode("utf-8", "surrogatepass")) != len(info.orig_filename):
        raise WheelhouseError("{0} has a member whose name is not UTF-8, {1!r}".format(what, info.orig_filename))


def _check_kind(info, name, is_folder, what):
    if info.flag_bits & 1:
        raise WheelhouseError("{0} has an encrypted member, {1!r}".format(what, name))
    if info.flag_bits & ~_FLAGS or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise WheelhouseError("{0} has a member packed in an unknown way, {1!r}".format(what, name))
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG) and not (is_folder and kind == stat.S_IFDIR) or is_folder and info.file_size:
        raise WheelhouseError("{0} has a member that is no plain file, {1!r}".format(what, name))
