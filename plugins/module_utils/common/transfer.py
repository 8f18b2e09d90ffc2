# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Move stored files between two stores in one stream: an uncompressed tar, verified while reading.

A member is named by its place in a store: ``wheels/<sha256>/<filename>``, ``sources/<sha256>/<filename>`` or
``bytecode/<sha256>.zip``. What the receiver did not expect is refused, and so is a stream that lacks something.
"""
import contextlib
import os
import re
import tarfile

from .errors import WheelhouseError
from .files import store_stream

_HASH = re.compile(r"[0-9A-Za-z]+")
_NAME = re.compile(r"(?!\.\.?$)[^/\\\x00-\x1f]{1,255}")


def place_of(kind, sha256, filename):
    """Return where a file of ``kind`` (``wheels``, ``sources`` or ``bytecode``) lies in a store.

    Raises WheelhouseError for a hash or a name that would lead out of it.
    """
    if not isinstance(sha256, str) or not _HASH.fullmatch(sha256) or kind != "bytecode" and (
            not isinstance(filename, str) or not _NAME.fullmatch(filename)):
        raise WheelhouseError("{0!r} with the hash {1!r} is not the name of a file".format(filename, sha256))
    return "bytecode/{0}.zip".format(sha256) if kind == "bytecode" else "/".join((kind, sha256, filename))


def pack(stream, root, places):
    """Write the files at ``places`` below ``root`` to ``stream`` (a writable binary file) as one tar."""
    pack_files(stream, {place: os.path.join(root, place) for place in places})


def pack_files(stream, paths):
    """Write files to ``stream`` as ``pack`` does; ``paths`` maps a place to the path of its file."""
    with tarfile.open(fileobj=stream, mode="w|", format=tarfile.PAX_FORMAT, bufsize=1 << 20) as archive:
        for place, path in sorted(paths.items()):
            member = tarfile.TarInfo(place)
            with open(path, "rb") as source:
                member.size = os.fstat(source.fileno()).st_size
                archive.addfile(member, source)


def unpack(stream, root, expected, required=None, stored=None, durable=True):
    """Store the members of the tar ``stream`` below ``root``.

    ``expected`` maps a place to ``(sha256, size)``; of these, ``required`` must come (all, when it is None). ``stored`` is
    called with the place of each member once it is stored. Without ``durable`` the files need not survive a power cut.
    Raises WheelhouseError at the first member that is unknown, not a plain file or not what its hash promises, and at the
    end when something required did not come. What was verified before stays: it is what it says.
    """
    with _told():
        for archive, member in _members(stream, "r|", expected, required):
            sha256, size = expected[member.name]
            store_stream(archive.extractfile(member), os.path.join(root, member.name), sha256, size, durable=durable)
            if stored is not None:
                stored(member.name)


def locate(stream, expected, required, found):
    """Find the members of a tar in the file ``stream``, of which only their headers are read: nothing of them is verified.

    ``found`` is called with the place of each, the offset of its bytes and their number. The other arguments, and errors, are those of ``unpack``.
    """
    with _told():
        for _archive, member in _members(_Headers(stream), "r:", expected, required):
            found(member.name, member.offset_data, member.size)


class _Headers:
    """A file of which nobody reads more at once than an honest header has, whatever a header says."""

    def __init__(self, stream):
        self.stream = stream
        self.seek = stream.seek
        self.tell = stream.tell

    def read(self, size):
        return self.stream.read(min(size, 1 << 20))


@contextlib.contextmanager
def _told():
    try:
        yield
    except (tarfile.TarError, EOFError, ValueError, OverflowError, IndexError, RecursionError) as error:  # the last four: headers that are nonsense
        raise WheelhouseError("the stream broke off: {0}".format(error), hint="run again; what arrived is kept")


def _members(stream, mode, expected, required):
    """Give the open TarFile with each of its members, all of which are expected."""
    waiting = set(expected)
    with tarfile.open(fileobj=stream, mode=mode, bufsize=1 << 20) as archive:
        for member in archive:
            if member.name not in waiting or not member.isreg() or member.issparse() or member.size < 0:
                raise WheelhouseError("the stream has an unexpected member: {0!r}".format(member.name))
            waiting.remove(member.name)
            yield archive, member
    absent = sorted(waiting if required is None else waiting & set(required))
    if absent:
        raise WheelhouseError("the stream ended without {0}".format(", ".join(absent)),
                              hint="run again; what arrived is kept")
