# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is on this host: enough to see, in one cheap look, that there is nothing to do."""
import json
import os

from ..common import platform
from ..common.manifest import check_app
from . import disk, environment, history, units
from .layout import Layout, list_folder


def status(root, app):
    """Return the state of ``app`` below the deploy root ``root``; reads a few folders and files, and creates nothing.

    ``{"platform", "python": path, "current": id or None, "previous": id or None (where a rollback goes), "unfinished": id or None
    (an activation that was cut off), "releases": [ids], "wheels": [sha256], "bytecode": [sha256], "packages": {name: version}
    (of the current release), "signed": [ids] (those whose signature was verified), "free_bytes", "free_inodes" (None without a limit),
    "root_writable", "root_reason"}``
    """
    layout = Layout(root)
    check_app(app)
    current, activating = layout.active(app), history.read_activating(layout, app)
    releases = layout.release_ids(app)
    free_bytes, free_inodes = disk.free(layout.root)
    reason = disk.writable(layout.root)
    return {
        "platform": platform.describe(),
        "python": environment.interpreter(),
        "current": current,
        "previous": history.below_top(history.read(layout.history(app)), current, releases, activating),
        "unfinished": (activating or {}).get("to") or (current if units.present(layout, app) else None),
        "releases": releases,
        "wheels": layout.held("wheels"),
        "bytecode": layout.held("bytecode"),
        "packages": _packages(layout, app, current),
        "signed": list_folder(layout.signatures(app)),
        "free_bytes": free_bytes,
        "free_inodes": free_inodes,
        "root_writable": reason is None,
        "root_reason": "{0}: {1}".format(*reason) if reason else "",
    }


def _packages(layout, app, current):
    if current is None:
        return {}
    try:
        with open(os.path.join(layout.current(app), "manifest.json"), "rb") as stream:
            manifest = json.loads(stream.read().decode("utf-8"))
        return {wheel["name"]: wheel["version"] for wheel in manifest["wheels"]}
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return {}  # a link that somebody else made, or a file that somebody altered
