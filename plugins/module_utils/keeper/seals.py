# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the wheels of the wheelhouse hold, in the short form that a host can compare its own list with."""
import zipfile

from ..agent import record, unpack
from ..agent.audit import seal
from ..common.exchange import checked_path
from .files import sound


def seals(root, places):
    """Return ``{"seals": {SHA-256: seal}}`` of the wheels at ``places``.

    A wheel that is not here, not whole, or with other hashes than SHA-256 in its RECORD, is left out.
    """
    found = {place.split("/")[1]: _seal(checked_path(root, place)) for place in sound(root, places)["sound"]}
    return {"seals": {sha256: value for sha256, value in found.items() if value}}


def _seal(path):
    """Return the seal of a wheel, from its RECORD: its bytes were verified, and a host takes no wheel whose RECORD lies."""
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        dist_info = next((name.split("/")[0] for name in names if name.count("/") == 1 and name.endswith(".dist-info/RECORD")), None)
        if dist_info is None:
            return None
        rows = record.parse(archive.read("{0}/RECORD".format(dist_info)).decode("utf-8"))
    if any(algorithm not in ("", "sha256") for algorithm, _digest, _size in rows.values()):
        return None
    return seal([[folder, name, "sha256={0}".format(rows[path][1].rstrip("="))]
                 for path, (folder, name) in unpack.installed(rows, dist_info).items() if rows[path][1]])
