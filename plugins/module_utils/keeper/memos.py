# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Memos of builds: from this source, with this build key, that wheel was made."""
import contextlib
import json
import os
import re

from ..common.errors import WheelhouseError
from ..common.files import canonical_json, write_file
from ..common.manifest import SHA256
from ..common.steps import step
from ..common.transfer import place_of
from .files import sound


def remember(root, memos):
    """Keep memos, by build key. Returns ``{"new": whether one was}``: the first stays as long as its wheel is sound."""
    if not all(SHA256.fullmatch(memo["source"]) and re.fullmatch("[0-9a-f]+", key) for key, memo in memos.items()):
        raise WheelhouseError("the build host describes builds in a way that is unknown here")
    new = {os.path.join(root, "builds", memo["source"], key + ".json"): memo for key, memo in memos.items()}
    new = {path: memo for path, memo in new.items() if not _stands(root, path, memo)}
    for path, memo in new.items():
        write_file(path, canonical_json(memo))
        step("memo kept")
    return {"new": bool(new)}


def _stands(root, path, memo):
    try:
        with open(path, encoding="utf-8") as stream:
            known = json.load(stream)
        return known == memo or bool(sound(root, [place_of("wheels", known["sha256"], known["filename"])])["sound"])
    except (OSError, ValueError, TypeError, KeyError, WheelhouseError):
        return False  # there is none, or it is damaged


def recall(root, sources):
    """Return ``{"memos": {build key: memo}}`` of what was built from these sources (SHA-256)."""
    found = {}
    for source in sources:
        folder = os.path.join(root, "builds", source)
        for name in os.listdir(folder) if SHA256.fullmatch(source) and os.path.isdir(folder) else []:
            with contextlib.suppress(OSError, ValueError), open(os.path.join(folder, name), encoding="utf-8") as stream:
                found[name[:-5]] = json.load(stream)
    return {"memos": found}
