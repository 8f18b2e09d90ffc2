# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The bytes of a zip: every reader must see the same members in it, and nothing may lie between, before or behind them.

A zip tells of each member twice, in a local header before its data and in the central directory at the end; some readers believe
the one, some the other (APPNOTE.TXT 6.3, sections 4.3 and 4.4). What differs, or is told only once, is refused.
"""
import struct
import zipfile
import zlib

from ..common.errors import WheelhouseError

CHUNK = 1 << 17  # bytes that one step unpacks; memory for more is taken from the system, and given back, each time

_END = struct.Struct("<4s4H2LH")  # signature, 2 disk numbers, members here, members, size and offset of the directory, comment's length
_END_64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR_64 = struct.Struct("<4sLQL")
_LOCAL = struct.Struct("<4s5H3L2H")  # signature, version, flags, method, time, date, CRC, packed, unpacked, name's and extra's length
_FULL_16, _FULL_32 = 0xFFFF, 0xFFFFFFFF  # the value is found in a 64-bit field
_FOLLOWS = 1 << 3  # flag: CRC and sizes follow the data


class Reader:
    """Reads the members of the zip in the binary file ``stream``, each checked against what is told of it.

    ``infos`` are all its ZipInfo, ``directory`` is where its central directory begins. Raises WheelhouseError when the bytes are
    not exactly the members and the directory.
    """

    def __init__(self, stream, infos, directory, what):
        self.stream = stream
        self.what = what
        self.data = {}  # header's offset -> data's offset
        _check_end(stream, len(infos), directory, what)
        at = 0
        for info in sorted(infos, key=lambda info: info.header_offset):
            if info.header_offset != at:
                raise WheelhouseError("{0} has {1} {2!r}".format(
                    what, "bytes of no member before" if info.header_offset > at else "a member that overlaps", info.orig_filename))
            at = self._check_local(info, directory)
        if at != directory:
            raise WheelhouseError("{0} has bytes of no member before its directory".format(what))

    def read(self, info):
        """Return the bytes of a member."""
        return b"".join(self.chunks(info))

    def chunks(self, info):
        """Give the bytes of a member piece by piece; WheelhouseError comes at the latest after the last."""
        self.stream.seek(self.data[info.header_offset])
        inflate = zlib.decompressobj(-15) if info.compress_type == zipfile.ZIP_DEFLATED else None
        left, size, crc = info.compress_size, 0, 0
        waiting = b""
        while left or waiting:
            if not waiting:
                waiting = self.stream.read(min(CHUNK, left))
                left -= len(waiting)
                if not waiting:
                    raise self._lie(info, "is cut off")
            try:
                chunk = inflate.decompress(waiting, CHUNK) if inflate else waiting
            except zlib.error as error:
                raise self._lie(info, "is damaged ({0})".format(error))
            waiting = inflate.unconsumed_tail if inflate else b""
            size += len(chunk)
            if size > info.file_size:
                break
            crc = zlib.crc32(chunk, crc)
            if chunk:
                yield chunk
            if inflate and inflate.eof:
                break
        if size != info.file_size or inflate and (not inflate.eof or inflate.unused_data or waiting) or left:
            raise self._lie(info, "has another size than the {0} bytes that are told".format(info.file_size))
        if crc != info.CRC:
            raise self._lie(info, "has another CRC than the one that is told")

    def _lie(self, info, what):
        return WheelhouseError("{0} has a member that {1}, {2!r}".format(self.what, what, info.orig_filename))

    def _check_local(self, info, directory):
        """Compare a local header with the directory; return where the member ends."""
        self.stream.seek(info.header_offset)
        head = self.stream.read(_LOCAL.size)
        if len(head) != _LOCAL.size or head[:4] != b"PK\x03\x04":
            raise self._lie(info, "has no header")
        _sign, _version, flags, method, _time, _date, crc, packed, unpacked, name_size, extra_size = _LOCAL.unpack(head)
        name = self.stream.read(name_size)
        extra = self.stream.read(extra_size)
        told = (info.CRC, info.compress_size, info.file_size)
        if _FULL_32 in (packed, unpacked):
            unpacked, packed = _sizes_64(extra, unpacked, packed)
        known = ((crc, packed, unpacked) == told or flags & _FOLLOWS and (crc, packed, unpacked) == (0, 0, 0))
        if flags != info.flag_bits or method != info.compress_type or name != info.orig_filename.encode("utf-8") or not known:
            raise self._lie(info, "its own header describes in another way")
        start = info.header_offset + _LOCAL.size + name_size + extra_size
        self.data[info.header_offset] = start
        end = start + info.compress_size
        if flags & _FOLLOWS:
            end += self._descriptor(info, end)
        if end > directory:
            raise self._lie(info, "overlaps the directory")
        return end

    def _descriptor(self, info, at):
        """Return the length of the data descriptor at ``at``: with or without a signature, sizes of 32 or 64 bits."""
        self.stream.seek(at)
        found = self.stream.read(24)
        for sign in (b"PK\x07\x08", b""):
            for form in ("<L2L", "<L2Q"):
                try:
                    wanted = sign + struct.pack(form, info.CRC, info.compress_size, info.file_size)
                except struct.error:
                    continue  # larger than 32 bits can say
                following = found[len(wanted):]
                if found.startswith(wanted) and (not following or following[:2] == b"PK"):
                    return len(wanted)
        raise self._lie(info, "is followed by another CRC or size")


def _check_end(stream, count, directory, what):
    """Refuse a zip whose end record is not its very end, or does not lie just behind the directory."""
    size = stream.seek(0, 2)
    stream.seek(max(size - _END.size, 0))
    end = stream.read()
    if len(end) != _END.size or not end.startswith(b"PK\x05\x06") or end[-2:] != b"\0\0":
        raise WheelhouseError("{0} has bytes behind its end".format(what))
    told = _END.unpack(end)[1:-1]
    behind = size - _END.size
    stream.seek(max(behind - _LOCATOR_64.size - _END_64.size, 0))
    tail = stream.read(_LOCATOR_64.size + _END_64.size)
    if tail[_END_64.size:].startswith(b"PK\x06\x07"):
        behind -= len(tail)
        more = _END_64.unpack(tail[:_END_64.size])
        agree = all(number in (_FULL_16, _FULL_32, other) for number, other in zip(told, more[4:]))
        if more[0] != b"PK\x06\x06" or _LOCATOR_64.unpack(tail[_END_64.size:])[1:] != (0, behind, 1) or not agree:
            raise WheelhouseError("{0} does not say where it ends".format(what))
        told = more[4:]
    if told[:4] != (0, 0, count, count) or told[5] != directory or told[4] + directory != behind:
        raise WheelhouseError("{0} has another directory than its end tells of".format(what))


def _sizes_64(extra, unpacked, packed):
    """Return the sizes of a local header's ZIP64 field, in place of those that are full (APPNOTE.TXT 4.5.3)."""
    while len(extra) >= 4:
        kind, length = struct.unpack("<2H", extra[:4])
        if kind == 1:
            numbers = [number for (number,) in struct.iter_unpack("<Q", extra[4:4 + length // 8 * 8])]
            if unpacked == _FULL_32 and numbers:
                unpacked = numbers.pop(0)
            if packed == _FULL_32 and numbers:
                packed = numbers.pop(0)
            break
        extra = extra[4 + length:]
    return unpacked, packed
