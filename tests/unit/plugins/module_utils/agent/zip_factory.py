# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Zips as no honest tool writes them: every field can be made to lie."""
import stat
import struct
import zlib

FILE = stat.S_IFREG | 0o644


def member(name, data=b"", mode=FILE, method=8, flags=0x800, descriptor=False, local=None, central=None, gap=b""):
    """Describe a member; ``local`` and ``central`` replace fields of its two headers, ``gap`` are bytes that follow it."""
    packed = data
    if method == 8:
        pack = zlib.compressobj(6, zlib.DEFLATED, -15)
        packed = pack.compress(data) + pack.flush()
    name = name if isinstance(name, bytes) else name.encode("utf-8")
    facts = {"name": name, "flags": flags | (8 if descriptor else 0), "method": method, "crc": zlib.crc32(data), "packed": len(packed),
             "unpacked": len(data), "mode": mode, "extra": b""}
    first = dict(facts, **({"crc": 0, "packed": 0, "unpacked": 0} if descriptor else {}))
    return {"bytes": packed, "local": dict(first, **(local or {})), "central": dict(facts, **(central or {})), "gap": gap,
            "descriptor": struct.pack("<4s3L", b"PK\7\10", facts["crc"], len(packed), len(data)) if descriptor else b""}


def build(members, before=b"", behind=b"", comment=b"", count=None, shift=0):
    """Return the bytes of a zip; ``shift`` is added to the offset of its directory, ``count`` replaces its number of members."""
    body, directory = before, b""
    for found in members:
        local, central = found["local"], found["central"]
        offset = central.get("offset", len(body))
        body += struct.pack("<4s5H3L2H", b"PK\3\4", 20, local["flags"], local["method"], 0, 33, local["crc"], local["packed"],
                            local["unpacked"], len(local["name"]), len(local["extra"]))
        body += local["name"] + local["extra"] + found["bytes"] + found["descriptor"] + found["gap"]
        directory += struct.pack("<4s6H3L5H2L", b"PK\1\2", 3 << 8 | 20, 20, central["flags"], central["method"], 0, 33, central["crc"],
                                 central["packed"], central["unpacked"], len(central["name"]), 0, 0, 0, 0, central["mode"] << 16, offset)
        directory += central["name"]
    count = len(members) if count is None else count
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, len(directory), len(body) + shift, len(comment))
    return body + directory + end + comment + behind
