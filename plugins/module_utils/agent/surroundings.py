# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What lies around trees and releases: the link, the notes, and the folders that all of it lies in."""
import os
import stat

from ..common.manifest import SHA256, is_app
from . import deploy_root, history
from .compare import DEPLOY, HAND, REPAIR, Finding
from .give_rights import give
from .layout import list_folder
from .safe_path import OWNER, others

TOP = {"wheels", "bytecode", "apps", "tmp", "incoming", "discarded", "lock", "agent"}
OF_AN_APP = {"releases", "current", "current.back", "history.jsonl", "activating.json", "signatures", "accepted.json"}
NOBODYS = "nothing of that name belongs there"


def look(layout, app):
    """Return what is wrong outside of trees and releases. Nothing is changed."""
    return link(layout, app) + _unfinished(layout, app) + names(layout, app) + rights(layout, app)


def link(layout, app):
    """Return what is wrong with ``current``."""
    current = layout.active(app)
    path = os.fsencode(layout.current(app))
    if not os.path.lexists(path):
        return [Finding("missing", path, "no release is active", remedy=DEPLOY)]
    if not os.path.islink(path):
        return [Finding("changed", path, "it is no symbolic link", remedy=HAND)]
    leads = os.readlink(layout.current(app))
    if current is None:
        return [Finding("changed", path, "it leads to {0}, which is no release".format(leads), remedy=HAND)]
    if current not in layout.release_ids(app):
        return [Finding("changed", path, "it leads to {0}".format(leads), remedy=DEPLOY)]
    remedy = DEPLOY if history.read_activating(layout, app) else REPAIR
    if leads != "releases/" + current or not os.path.isdir(layout.current(app)):
        return [Finding("changed", path, "it leads to {0}".format(leads), remedy=remedy)]
    last = last_activated(layout, app)
    if last != current:
        return [Finding("changed", path, "the release that was activated last is {0}".format(last or "none"), remedy=remedy)]
    return []


def last_activated(layout, app):
    """Return the id of the release that should be active, by the history; None without one."""
    return (history.stack(history.read(layout.history(app))) or [None])[-1]


def _unfinished(layout, app):
    found = history.read_activating(layout, app)
    if not found:
        return []
    return [Finding("unfinished", os.fsencode(layout.activating(app)),
                    "the activation of {0} was cut off, or waits for its confirmation".format(found["to"]), remedy=DEPLOY)]


def names(layout, app):
    """Return what has no business to be there. Only among wheels and bytecode, where each deploy prunes, nobody's things may go."""
    found = []
    for folder, known in ((layout.root, TOP), (layout.app(app), OF_AN_APP)):
        found += [Finding("added", os.fsencode(os.path.join(folder, name)), NOBODYS, remedy=HAND) for name in sorted(set(list_folder(folder)) - known)]
    found += [Finding("added", os.fsencode(os.path.join(layout.apps, name)), "it is not the name of an app", remedy=HAND)
              for name in list_folder(layout.apps) if not is_app(name)]
    return found + [Finding("foreign", os.fsencode(os.path.join(layout.root, kind, name)), "it is not named by a SHA-256")
                    for kind in ("wheels", "bytecode") for name in layout.held(kind) if not SHA256.fullmatch(name)]


def rights(layout, app):
    """Return the folders and notes that another user could change. Whoever may write to a folder may put another thing in the place of what is in it.

    Of a pending confirmation's code the bytes are not compared: they are those of the version that deployed, and only we can have written them.
    """
    found = []
    for path, folder in _kept(layout, app):
        try:
            at = os.stat(path) if path == layout.root else os.lstat(path)
        except (FileNotFoundError, NotADirectoryError):
            continue
        full, mode = os.fsencode(path), stat.S_IMODE(at.st_mode)
        if not (stat.S_ISDIR if folder else stat.S_ISREG)(at.st_mode):
            found.append(Finding("changed", full, "it is not a {0}".format("folder" if folder else "plain file"), remedy=HAND))
            continue
        if not folder and at.st_nlink > 1:
            found.append(Finding("changed", full, "the file has another name as well", remedy=HAND))
            continue
        if mode & deploy_root.forbidden():
            found.append(Finding("permissions", full, "others may write to it: {0:04o}".format(mode)))
        elif path == layout.lock and mode & 0o077:
            found.append(Finding("permissions", full, "others may hold it: {0:04o}".format(mode)))
        if others(at, sticky=False) == OWNER:
            found.append(Finding("owner", full, "it belongs to the user {0}, who may put another thing there".format(at.st_uid)))
    return found


def give_rights(layout, app):
    """Put right what ``rights`` finds, as far as that is ours to do; return it. What others put in the place of a folder meanwhile is left alone."""
    found = [finding for finding in rights(layout, app) if finding.remedy != HAND]
    for finding in found:
        forbidden = 0o077 if finding.path == os.fsencode(layout.lock) else deploy_root.forbidden()
        give(layout.root, finding.path, os.geteuid(), forbidden=forbidden)
    return found


def _kept(layout, app):
    """Return the paths, from the top, of what we keep around trees and releases, and whether each is a folder."""
    files = [layout.lock, layout.history(app), layout.activating(app), layout.accepted(app), os.path.join(layout.root, "agent", "confirm.pyz")]
    files += [os.path.join(layout.signatures(app), name) for name in list_folder(layout.signatures(app))]
    return [(path, True) for path in layout.own(app)] + [(path, False) for path in files]
