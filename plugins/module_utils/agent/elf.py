# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the dynamic loader would look for: the dynamic section of an ELF file (System V ABI, chapter 5)."""
import collections
import os
import struct

MAGIC = b"\x7fELF"

Dynamic = collections.namedtuple("Dynamic", "kind needed search extension")

_PT_LOAD, _PT_DYNAMIC = 1, 2
_NEEDED, _STRTAB, _RPATH, _RUNPATH, _STRSZ = 1, 5, 15, 29, 10


def read(stream, name=""):
    """Return the Dynamic of the ELF file open as ``stream``, or None when it is not one, or has no dynamic section.

    ``kind`` is ``(class, byte order, machine)``, to be compared with the interpreter's own; ``needed`` the sonames, in order;
    ``search`` the folders of RUNPATH or RPATH as written (``$ORIGIN`` and all); ``extension`` tells whether the file's
    strings have the init function of an extension module called ``name``.
    """
    try:
        return _read(stream, name)
    except (struct.error, IndexError, ValueError, OverflowError, OSError):
        return None  # damaged or of an unknown kind: the loader will not load it, and importing will say so


def _read(stream, name):
    stream.seek(0)
    head = stream.read(64)
    if head[:4] != MAGIC or head[4] not in (1, 2) or head[5] not in (1, 2):
        return None
    wide, order = head[4] == 2, "<" if head[5] == 1 else ">"
    machine = struct.unpack_from(order + "H", head, 18)[0]
    if wide:
        table, (size, count) = struct.unpack_from(order + "Q", head, 32)[0], struct.unpack_from(order + "HH", head, 54)
    else:
        table, (size, count) = struct.unpack_from(order + "I", head, 28)[0], struct.unpack_from(order + "HH", head, 42)
    loads, dynamic = _segments(_at(stream, table, size * count), size, count, wide, order)
    if dynamic is None:
        return None
    entries = collections.defaultdict(list)
    pair = order + ("qQ" if wide else "iI")
    data = _at(stream, *dynamic)
    for tag, value in struct.iter_unpack(pair, data[:len(data) - len(data) % struct.calcsize(pair)]):
        if tag == 0:
            break
        entries[tag].append(value)
    strings = _at(stream, _offset(entries[_STRTAB][0], loads), entries[_STRSZ][0])
    search = [_string(strings, at) for at in entries[_RUNPATH] or entries[_RPATH]]
    return Dynamic((head[4], head[5], machine), [_string(strings, at) for at in entries[_NEEDED]],
                   [folder for path in search for folder in path.split(":") if folder],
                   bool(name) and b"\0PyInit_" + name.encode("utf-8") + b"\0" in strings)


def _segments(data, size, count, wide, order):
    """Return the loaded segments as ``(address, size, offset)``, and the dynamic one as ``(offset, size)``."""
    loads, dynamic = [], None
    for at in range(0, size * count, size):
        if wide:
            kind, flags, offset, address, physical, length = struct.unpack_from(order + "IIQQQQ", data, at)
        else:
            kind, offset, address, physical, length = struct.unpack_from(order + "IIIII", data, at)
        if kind == _PT_LOAD:
            loads.append((address, length, offset))
        elif kind == _PT_DYNAMIC:
            dynamic = (offset, length)
    return loads, dynamic


def _offset(address, loads):
    for start, length, offset in loads:
        if start <= address < start + length:
            return address - start + offset
    raise IndexError(address)


def _at(stream, offset, length):
    if length > 64 << 20:
        raise IndexError(length)
    stream.seek(offset)
    return stream.read(length)


def _string(strings, at):
    return strings[at:strings.index(b"\0", at)].decode("utf-8") if at < len(strings) else ""


def interpreter_kind(python):
    """Return the ``kind`` of the interpreter at the path ``python``."""
    with open(os.path.realpath(python), "rb") as stream:
        head = stream.read(20)
    return head[4], head[5], struct.unpack_from("<H" if head[5] == 1 else ">H", head, 18)[0]
