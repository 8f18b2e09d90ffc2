# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Bring a release onto the host, complete and tried out, without anything that runs noticing."""
import os

from ..common.errors import WheelhouseError
from ..common.files import fsync_folder, make_folders
from ..common.steps import step
from . import claim, disk, upload
from .arrival import entries_by_place, take
from .check import check, require
from .layout import Layout
from .lock import exclusive
from .release import assemble
from .smoke import smoke_test


def stage(root, app, manifest, stream=None, smoke_imports=None):
    """Make the release of ``manifest`` and return what was done; its name appears only when it is complete and works.

    ``stream`` is where the tar of what is missing comes from: a binary stream, or the path of an uploaded file; or else the web server
    to get it from (see pull.py).
    No other process removes the release before this one ends, or has activated it (see claim.py).
    ``smoke_imports`` names modules that must import; None means the top-level modules of the project's wheel.
    Returns ``{"changed": False, "release": id}`` when it is there already, else with ``changed`` True also
    ``{"unpacked", "linked", "copied": counts, "warnings": [texts]}``. Raises Blocked when the host is not fit, WheelhouseError
    when wheels are missing, are not what the manifest says, or do not work here.
    """
    layout = Layout(root)
    found = check(root, app, manifest)
    require(found, app)
    release = found["release"]
    final = layout.release(app, release)
    upload.hold(layout, stream)
    try:
        if found["staged"] and claim.hold(final):
            return {"changed": False, "release": release}
        with disk.explained(layout.root), exclusive(layout) as work:
            if os.path.isdir(final):
                claim.hold(final)
                return {"changed": False, "release": release}
            unpacked = take(layout, manifest, stream, work)
            _refuse_missing(layout, manifest)
            folder = os.path.join(work, "release")
            home = os.path.join(work, "home")
            os.mkdir(home)
            done = assemble(layout, manifest, folder, final)
            step("put together")
            smoke_test(layout, manifest, folder, home, smoke_imports)
            step("tried out")
            make_folders(os.path.dirname(final))
            disk.sync(layout.root)
            _appear(folder, final)
            claim.hold(final)
        return dict(done, changed=True, release=release, unpacked=unpacked)
    finally:
        upload.drop(layout, stream)


def _appear(folder, final):
    os.rename(folder, final)
    step("named")
    fsync_folder(os.path.dirname(final))


def _refuse_missing(layout, manifest):
    missing = set(layout.missing(manifest))
    if missing:
        packages = sorted({entry["name"] for place, entry in entries_by_place(manifest).items() if place in missing})
        raise WheelhouseError("the host lacks {0} and nobody sent it".format(", ".join(packages)),
                              hint="run again; what is missing is sent then")
