# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The seal of a wheel, or of bytecode: what it holds, in a form so short that the wheelhouse can tell it to a host, which compares its own list."""
import hashlib

from ..common.files import canonical_json
from . import bytecode, unpack


def seal_of_tree(place, tree):
    """Return the seal of what lies unpacked in the folder ``tree``, by its index; ``place`` is that of its file in other stores.

    Raises OSError, ValueError, KeyError or TypeError when its index cannot be read.
    """
    if place.startswith("bytecode/"):
        return seal_of_bytecode(bytecode.read_index(tree))
    index = unpack.read_index(tree)
    return seal_of_wheel(index["files"], index["commands"])


def seal_of_wheel(files, commands):
    """Return the SHA-256 over what a wheel holds: ``files`` and ``commands`` are as in its index (see ``unpack.read_index``).

    Signatures of RECORD are left out: no list has their hash.
    """
    signatures = tuple(".dist-info/" + name for name in unpack.UNLISTED)
    listed = sorted(list(file[:3]) for file in files if not file[1].endswith(signatures))
    return _digest([listed, commands])


def seal_of_bytecode(files):
    """Return the SHA-256 over what the bytecode of a wheel holds: ``files`` are as in its index (see ``bytecode.read_index``)."""
    return _digest(files)


def _digest(content):
    return hashlib.sha256(canonical_json(content)).hexdigest()
