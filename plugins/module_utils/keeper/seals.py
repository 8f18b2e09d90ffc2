# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the wheels and the bytecode of the wheelhouse hold, in the short form that a host can compare its own lists with (see agent/seal.py)."""
import hashlib

from ..agent import record, scripts, unpack
from ..agent.archive import open_zip
from ..agent.seal import seal_of_bytecode, seal_of_wheel
from ..common.errors import WheelhouseError
from ..common.exchange import checked_path
from .files import hash_in, sound


def seals(root, places):
    """Return ``{"seals": {SHA-256: seal}}`` of the wheels and the bytecode at ``places``.

    What is not here, not whole, or such that no host would take it, is left out.
    """
    found = {}
    for place in sound(root, places)["sound"]:
        try:
            found[hash_in(place)] = (_of_wheel if place.startswith("wheels/") else _of_bytecode)(checked_path(root, place), place)
        except (WheelhouseError, StopIteration, KeyError):
            continue
    return {"seals": found}


def _of_wheel(path, place):
    """Return the seal of a wheel, from its RECORD: its bytes were verified, and a host takes no wheel whose RECORD lies."""
    with open_zip(path, place) as (archive, members):
        dist_info = next(name.split("/")[0] for name in members if name.count("/") == 1 and name.endswith(".dist-info/RECORD"))
        rows = record.parse(archive.read(members[dist_info + "/RECORD"]).decode("utf-8"))
        entry_points = dist_info + "/entry_points.txt"
        commands = scripts.parse_entry_points(archive.read(members[entry_points]).decode("utf-8")) if entry_points in members else {}
        return seal_of_wheel([[folder, name, _hash(archive, members[path], rows[path])]
                              for path, (folder, name) in unpack.installed(rows, dist_info).items() if rows[path][1]], commands)


def _hash(archive, info, row):
    """Return the hash of a member as hosts note it, whichever RECORD has."""
    if row[0] == "sha256":
        return "sha256=" + row[1].rstrip("=")
    digest = hashlib.sha256()
    for chunk in archive.chunks(info):
        digest.update(chunk)
    return "sha256=" + record.encode(digest.digest())


def _of_bytecode(path, place):
    """Return the seal of bytecode: a .pyc file has the hash of its source behind its flags (PEP 552)."""
    with open_zip(path, place) as (archive, members):
        return seal_of_bytecode({name: [data[8:16].hex(), record.row_of(name, data)[1]]
                                 for name, data in ((name, archive.read(info)) for name, info in members.items())})
