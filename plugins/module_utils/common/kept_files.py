# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which files belong to a release, to a build, or to both, as a store of wheels names them: ``{place: (sha256, size)}``."""
from .manifest import places
from .transfer import place_of


def stored_files(manifest):
    """Return each file that the wheelhouse keeps for a release, its sdists included."""
    files = places(manifest)
    for wheel in manifest["wheels"]:
        source = wheel["source"]
        if source.get("filename") and source["sha256"] != wheel["sha256"]:
            files[place_of("sources", source["sha256"], source["filename"])] = (source["sha256"], source["size"])
    return files


def requirement_files(memos):
    """Return each file that building took; ``memos`` are those of the builds, by build key."""
    return source_files([file for memo in memos.values() for file in memo["requirements"]])


def compiled_files(memos):
    """Return each compiled wheel; ``memos`` are those of the builds, by build key."""
    return {place_of("wheels", memo["sha256"], memo["filename"]): (memo["sha256"], memo["size"]) for memo in memos.values()}


def source_files(files):
    """Return each source; ``files`` are dictionaries with ``filename``, ``sha256`` and ``size``."""
    return {place_of("sources", file["sha256"], file["filename"]): (file["sha256"], file["size"]) for file in files}
