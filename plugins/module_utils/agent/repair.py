# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Put right what an audit found: who may write where, then the store, from what was sent anew, then each release, file by file.

A file is replaced by rename(2), so a release is at every instant at least as whole as before, and ``current`` leads to it all the time.
"""
import os
import stat

from ..common.errors import WheelhouseError
from ..common.manifest import manifest_id
from ..common.steps import step
from . import below, deploy_root, disk, health as well, history, signed, surroundings, systemd, upload
from .arrival import take
from .audit import survey
from .compare import HAND, REPAIR
from .discard import discard, empty
from .give_rights import give
from .layout import Layout
from .links import Linker
from .lock import exclusive
from .smoke import smoke_test


def repair(root, app, manifests=(), seals=None, stream=None, services=(), health=None, actor=None, smoke_imports=None,
           health_seconds=well.LIMIT, allowed_signers=None, signatures=None):
    """Make store and releases of ``app`` what the manifests say; restart ``services`` when the active release was altered.

    Where another hand has switched, it is noted as an activation that was cut off: the deploy that follows finishes it, or goes back.

    ``stream`` has what ``audit`` called ``places``; the other arguments are those of ``audit`` and ``activate``. With ``allowed_signers`` a
    known key must have signed each manifest that something is put right by (see signed.py): those of ``manifests`` by ``signatures``, the
    texts by release, and the host's own by what was kept.

    Returns ``{"changed", "repaired": [{"what", "path", "why", "remedy"}], "sent": n, "restarted": [units]}``. Raises WheelhouseError when
    something could not be put right.
    """
    layout = Layout(root)
    units = systemd.check_units(services)
    upload.hold(layout, stream)
    try:
        if allowed_signers:
            _require_signed(layout, app, survey(layout, app, manifests, seals or {}), manifests, signatures, allowed_signers)
        with disk.explained(layout.root):
            deploy_root.require_ours(layout, app)
            around = surroundings.give_rights(layout, app)  # before anything is put where others may write
        with disk.explained(layout.root), exclusive(layout, app) as work:
            before = survey(layout, app, manifests, seals or {})
            others = [finding for finding in surroundings.names(layout, app) + surroundings.link(layout, app) if finding.remedy == REPAIR]
            around += others
            if not around and all(finding.remedy == HAND for finding in before.findings):
                return {"changed": False, "repaired": [], "sent": 0, "restarted": []}
            if allowed_signers:  # once more, now that nobody else can write there
                _require_signed(layout, app, before, manifests, signatures, allowed_signers)
            switched = _settle(layout, app, others)
            current = layout.active(app)
            altered = current in before.altered and not switched  # what was switched to is not started here
            pending = history.read_activating(layout, app)  # where to go back to is not to be forgotten
            if altered:
                systemd.require_known(units)
            if altered and not pending:
                history.begin_activating(layout, app, "repair", current, current)  # a process may still run what was altered
            step("to be repaired")
            _give_rights(layout, [finding for finding in before.findings if finding.item is not None and finding.item.folder])
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
            if os.path.isdir(layout.app(app)):
                outcome = "ok" if current and not switched and not pending else "none"
                history.append(layout.history(app), "repair", actor or {}, current, current or "", outcome)
            empty(layout)
            return {"changed": True, "repaired": [finding.as_dict() for finding in around + before.findings if finding.remedy != HAND], "sent": sent,
                    "restarted": units if altered else []}
    finally:
        upload.drop(layout, stream)


def _require_signed(layout, app, found, manifests, signatures, allowed_signers):
    came = {manifest_id(manifest): None for manifest in manifests}
    came.update(signatures or {})
    signed.require_each(layout, app, {release: found.manifests[release] for release in found.concerned()}, came, allowed_signers)


def _settle(layout, app, findings):
    """Take away what is nobody's; where ``current`` was switched by another hand, note an activation that was cut off, and return True."""
    switched = [finding for finding in findings if finding.path == os.fsencode(layout.current(app))]
    for finding in findings:
        if finding not in switched:
            discard(layout, finding.path)
    if switched:
        current, last = layout.current_release(app), surroundings.last_activated(layout, app)
        history.begin_activating(layout, app, "repair", last if last in layout.release_ids(app) else current, current)
    return bool(switched)


def _give_rights(layout, findings):
    """Give owner and permissions back, each folder before what is in it: then nobody else moves what is looked at."""
    for finding in findings:
        if finding.what in ("owner", "permissions"):
            give(layout.root, finding.path, os.stat(layout.root).st_uid, mode=finding.item.mode)


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
    replaced_whole = {finding.path for finding in found.findings if finding.what == "changed"}  # who knows which file lies there now
    _give_rights(layout, [finding for finding in found.findings if finding.path not in replaced_whole])
    for number, finding in enumerate(found.findings):
        step("one finding more")
        kept = (layout.current_release(found.app), (history.read_activating(layout, found.app) or {}).get("from"))
        _put_right(layout, finding, kept, os.path.join(work, "mended-{0}".format(number)))
    trees = tuple(os.fsencode(layout.unpacked(place)) + b"/" for place in replaced)
    for release, items in found.items.items():
        folder = os.fsencode(os.path.join(layout.releases(found.app), release))
        for number, (path, item) in enumerate(sorted(items.items())):
            if item.source and item.source.startswith(trees) and not os.path.samefile(item.source, os.path.join(folder, path)):
                _replace(layout, os.path.join(folder, path), item, os.path.join(work, "linked-{0}-{1}".format(release, number)))


def _put_right(layout, finding, kept, scratch):
    """``kept`` are releases that are not taken away whatever they hold: the active one, and the way back from one that waits."""
    path, item = finding.path, finding.item
    if finding.what == "added" or finding.what == "foreign" and os.fsdecode(os.path.basename(path)) not in kept:
        discard(layout, path)
    elif finding.what in ("changed", "missing") and item is not None:
        _replace(layout, path, item, scratch)


def _replace(layout, path, item, scratch):
    """Give the name ``path`` to what ``item`` describes; a file is made at ``scratch`` beforehand. No link on the way is followed."""
    folder, name = os.path.split(path)
    linker = Linker(scratch)
    if item.source is not None:
        linker.link(item.source, "file")
    elif item.data is not None:
        linker.write("file", item.data, item.mode)
    elif item.target is not None:
        os.symlink(item.target, linker.place("file"))
    elif not item.folder:
        return  # a text of the venv, of an interpreter that was updated since
    with below.opened(layout.root, folder, make=True) as parent:
        try:
            is_folder = stat.S_ISDIR(os.lstat(name, dir_fd=parent).st_mode)
        except FileNotFoundError:
            is_folder = None
        if is_folder not in (None, item.folder):
            discard(layout, path)
        if not item.folder:
            os.rename(os.path.join(scratch, "file"), name, dst_dir_fd=parent)
        elif not is_folder:
            os.mkdir(name, 0o755, dir_fd=parent)


def _require_right(layout, app, manifests, seals):
    around = [finding for finding in surroundings.rights(layout, app) if finding.remedy == REPAIR]
    left = around + [finding for finding in survey(layout, app, manifests, seals).findings if finding.remedy != HAND]
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
