# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Put right what an audit found: the store first, from what was sent anew, then each release, file by file.

A file is replaced by rename(2), so a release is at every instant at least as whole as before, and ``current`` leads to it all the time.
"""
import os

from ..common.errors import WheelhouseError
from ..common.steps import step
from . import disk, health as well, history, systemd
from .audit import survey
from .discard import discard, empty
from .layout import Layout
from .links import Linker
from .lock import exclusive
from .smoke import smoke_test
from .stage import drop_upload, hold_upload, take


def repair(root, app, manifests=(), seals=None, stream=None, services=(), health=None, actor=None, smoke_imports=None,
           health_seconds=well.LIMIT):
    """Make store and releases of ``app`` what the manifests say; restart ``services`` when the active release was altered.

    ``stream`` has what ``audit`` called ``places``; the other arguments are those of ``audit`` and ``activate``. Returns ``{"changed",
    "repaired": [{"what", "path", "why"}], "sent": n, "restarted": [units]}``. Raises WheelhouseError when something could not be put right.
    """
    layout = Layout(root)
    units = systemd.check_units(services)
    hold_upload(layout, stream)
    try:
        with disk.explained(layout.root), exclusive(layout) as work:
            before = survey(layout, app, manifests, seals or {})
            if not before.findings:
                return {"changed": False, "repaired": [], "sent": 0, "restarted": []}
            current = layout.current_release(app)
            altered = current in before.altered
            pending = history.read_activating(layout, app)  # where to go back to is not to be forgotten
            if altered:
                systemd.require_known(units)
            if altered and not pending:
                history.begin_activating(layout, app, "repair", current, current)  # a process may still run what was altered
            step("to be repaired")
            sent = _replace_trees(layout, before, stream, work)
            _mend(layout, survey(layout, app, manifests, seals or {}), before.places, work)
            step("mended")
            disk.sync(layout.root)
            _require_right(layout, app, manifests, seals or {})
            if altered:
                home = os.path.join(work, "home")
                os.mkdir(home)
                smoke_test(layout, before.manifests[current], layout.release(app, current), home, smoke_imports)
                _restart(units, health, health_seconds)
                if not pending:
                    history.end_activating(layout, app)
                step("restarted after the repair")
            history.append(layout.history(app), "repair", actor or {}, current, current or "", "ok" if current else "none")
            empty(layout)
            return {"changed": True, "repaired": [finding.as_dict() for finding in before.findings], "sent": sent,
                    "restarted": units if altered else []}
    finally:
        drop_upload(layout, stream)


def _replace_trees(layout, found, stream, work):
    """Put what was sent anew in the place of altered trees of the store; return how many came."""
    if not found.places:
        return 0
    manifest = {"wheels": [entry for manifest in found.manifests.values() for entry in manifest["wheels"]]}
    if stream is None:
        raise WheelhouseError("the host's store lacks {0}, and nobody sent it".format(", ".join(sorted(found.places))),
                              hint="run again; what is missing is sent then")
    take(layout, manifest, stream, work, sorted(found.places))
    return len(found.places)


def _mend(layout, found, replaced, work):
    """Make releases right from a store that is right, and give right permissions to what is in both."""
    for number, finding in enumerate(found.findings):
        step("one finding more")
        _put_right(layout, finding, layout.current_release(found.app), os.path.join(work, "mended-{0}".format(number)))
    trees = tuple(os.fsencode(layout.unpacked(place)) + b"/" for place in replaced)
    for release, items in found.items.items():
        folder = os.fsencode(os.path.join(layout.releases(found.app), release))
        for number, (path, item) in enumerate(sorted(items.items())):
            if item.source and item.source.startswith(trees) and not os.path.samefile(item.source, os.path.join(folder, path)):
                _replace(layout, os.path.join(folder, path), item, os.path.join(work, "linked-{0}-{1}".format(release, number)))


def _put_right(layout, finding, current, scratch):
    path, item = finding.path, finding.item
    if finding.what == "added" or finding.what == "foreign" and os.path.basename(path) != os.fsencode(current or ""):
        discard(layout, path)
    elif finding.what == "owner":
        os.chown(path, os.stat(layout.root).st_uid, -1, follow_symlinks=False)
    elif finding.what == "permissions":
        os.chmod(path, item.mode)
    elif finding.what in ("changed", "missing") and item is not None:
        _replace(layout, path, item, scratch)


def _replace(layout, path, item, scratch):
    """Give the name ``path`` to a new file as ``item`` describes it, made at ``scratch`` beforehand."""
    if os.path.isdir(path) and not os.path.islink(path) and not item.folder:
        discard(layout, path)
    linker = Linker(scratch)
    if item.folder:
        os.makedirs(path, 0o755, exist_ok=True)
        return
    if item.source is not None:
        linker.link(item.source, "file")
    elif item.data is not None:
        linker.write("file", item.data, item.mode)
    elif item.target is not None:
        os.symlink(item.target, linker.place("file"))
    else:
        return  # a text of the venv, of an interpreter that was updated since
    parent = os.path.dirname(path)
    if not os.path.isdir(parent):
        os.makedirs(parent, 0o755)
    os.rename(os.path.join(scratch, "file"), path)


def _require_right(layout, app, manifests, seals):
    left = survey(layout, app, manifests, seals).findings
    if left:
        lines = ["{0}: {1}".format(finding.as_dict()["path"], finding.why) for finding in left]
        raise WheelhouseError("{0} of the altered files could not be put right".format(len(left)), log="\n".join(lines[:20]),
                              hint="see who alters them, or remove the release by hand while another one is active")


def _restart(units, health, health_seconds):
    for unit in units:
        systemd.restart(unit)
    if health:
        well.wait_until_well(health, health_seconds)
    for unit in units:
        systemd.require_running(unit)
