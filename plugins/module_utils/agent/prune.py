# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Remove releases that nobody will go back to, and wheels that no release is made of."""
import json
import os
import time

from ..common.manifest import SHA256, is_app, places
from . import claim, deploy_root, history
from .discard import discard, empty
from .layout import list_folder
from .processes import releases_in_use

GRACE = 3600  # seconds; a release that was never active may belong to a deploy that is about to activate it


def prune(layout, app, keep):
    """Keep the ``keep`` releases of ``app`` that were active last, the active one, the one before it, and any that a
    process still runs from, or is about to activate; remove the others. One that failed does not count, and goes.

    Then removes what no release of any app needs. Returns ``{"releases": [ids], "wheels": n, "bytecode": n}``. Where others could have
    put something else in the place of our folders, nothing is removed.
    """
    if deploy_root.complaint(layout, app):
        return {"releases": [], "wheels": 0, "bytecode": 0}
    entries = history.read(layout.history(app))
    existing = layout.release_ids(app)
    current = layout.current_release(app)
    well = history.newest(entries)
    kept = {current, history.below_top(entries, current, existing)}
    kept.update([release for release in well if release in existing][:max(keep, 1)])
    tried = {entry["to"] for entry in entries}
    gone = [release for release in existing if release not in kept and (
        release in tried or time.time() - os.lstat(layout.release(app, release)).st_mtime > GRACE)]
    if gone:
        used = releases_in_use(layout.releases(app))
        gone = [release for release in gone if release not in used]
    removed = []
    for release in gone:
        with claim.unheld(layout.release(app, release)) as free:
            if free:
                discard(layout, layout.release(app, release))
                removed.append(release)
    counts = _prune_store(layout)
    empty(layout)
    return dict(counts, releases=removed)


def _prune_store(layout):
    needed = set()
    counts = {"wheels": 0, "bytecode": 0}
    for app in filter(is_app, list_folder(layout.apps)):
        for release in layout.release_ids(app):
            try:
                with open(os.path.join(layout.release(app, release), "manifest.json"), "rb") as stream:
                    manifest = json.loads(stream.read().decode("utf-8"))
                needed.update(layout.unpacked(place) for place in places(manifest))
            except (OSError, ValueError, KeyError, TypeError):
                return counts  # what that release is made of is unknown: rather keep too much
    for kind, count in sorted(counts.items()):
        for name in filter(SHA256.fullmatch, layout.held(kind)):
            path = os.path.join(layout.root, kind, name)
            if path not in needed:
                discard(layout, path)
                counts[kind] = count = count + 1
    return counts
