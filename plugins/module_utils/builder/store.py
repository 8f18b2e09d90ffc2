# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where things lie below the build root: a content-addressed store, its memos, and folders of work in progress."""
import json
import os

from ..common.exchange import remove_left_over
from ..common.files import canonical_json, write_file
from ..common.transfer import place_of
from ..common.unfinished import PART, sweep


def _with_folders(path):
    """Return the path of a folder and those of the folders in it; nothing when it is not there."""
    try:
        with os.scandir(path) as entries:
            return [path] + [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
    except FileNotFoundError:
        return []


class Store:
    """The store at ``root`` (``sources/``, ``wheels/``, ``bytecode/``, ``builds/``, ``releases/``)."""

    def __init__(self, root):
        self.root = os.path.abspath(root)

    def tidy(self):
        """Remove what processes that were killed left in the store, and downloads that nobody went on with for a day."""
        for kind in ("sources", "wheels", "bytecode", "builds", "releases", "cache/toolchain", "cache/boot", "reading", "locking"):
            for folder in _with_folders(self.path(kind)):
                sweep(folder)
        if os.path.isdir(self.path("incoming")):
            remove_left_over(self.path("incoming"), PART)

    def path(self, *parts):
        """Return the path of ``parts`` below the root."""
        return os.path.join(self.root, *parts)

    def path_of(self, kind, sha256, filename=""):
        """Return the path of a stored file of ``kind`` (see common.transfer.place_of)."""
        return self.path(place_of(kind, sha256, filename))

    def holds(self, kind, sha256, filename="", size=None):
        """Tell whether the file is here, whole as far as its size (in bytes, or None when unknown) can tell."""
        try:
            found = os.stat(self.path_of(kind, sha256, filename)).st_size
        except OSError:
            return False
        return size is None or found == size

    def recall(self, kind, key):
        """Return what was remembered under ``builds/<kind>/<key>.json``, or None."""
        try:
            with open(self._memo(kind, key), encoding="utf-8") as stream:
                return json.load(stream)
        except (OSError, ValueError):
            return None

    def remembers_builds(self):
        """Tell whether there is the memo of any build."""
        folder = self.path("builds")
        return os.path.isdir(folder) and any(name.endswith(".json") for name in os.listdir(folder))

    def remember(self, kind, key, value):
        """Remember ``value`` (JSON-able); kept for good, replaced when remembered again."""
        write_file(self._memo(kind, key), canonical_json(value) + b"\n")

    def _memo(self, kind, key):
        return self.path("builds", kind, key + ".json") if kind else self.path("builds", key + ".json")
