# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a folder may be the deploy root: nobody else keeps something there, and nobody else could replace what runs from it."""
import os
import pwd
import re
import stat

from ..common.errors import WheelhouseError
from ..common.unfinished import MADE, PART
from .layout import list_folder
from .safe_path import OWNER, others, way

#: What comes to the deploy root: an upload, or a file that the host was getting itself (see pull.py).
COMING = re.compile(MADE.pattern + "|" + PART.pattern)

_HELD = re.compile(rb"[0-9\n\0]{0,20}")  # what the lock has: the number of a process, or less after a power cut
_SHOWN = 5  # names
_ELSEWHERE = "choose an empty or new folder for deploy_root"


def require(layout, app=None, new=True):
    """Raise WheelhouseError unless the deploy root may be used; without ``new`` it only must not be another's: to go back, or to stay."""
    _refuse(complaint(layout, app) if new else _anothers(layout))


def require_ours(layout, app):
    """Raise WheelhouseError unless it is for us to take back the rights to the deploy root: others may have some, but it is not theirs."""
    _refuse(_open_to_others(layout.root, itself=False) or _anothers(layout) or of_another_user(layout, app))


def _refuse(reason):
    if reason:
        raise WheelhouseError(reason[0], hint=reason[1])


def complaint(layout, app=None, repairing=False):
    """Return why the deploy root may not be used, as ``(reason, hint)``; None when it may, also when it is yet to be made.

    Looked at is also each folder of ours in it; with ``app`` those of that app, too. With ``repairing`` owner and permissions, which a repair
    gives back, are left out.
    """
    reason = _open_to_others(layout.root, itself=not repairing) or _anothers(layout)
    for folder in layout.own(app)[1:]:
        reason = reason or flaw(folder, repairing)
    return reason


def forbidden():
    """Return the permissions that nothing of ours may have."""
    return 0o022 if os.geteuid() == 0 else 0o002  # where every user has a group alone, what a user makes is often open to it; root's is not


def flaw(folder, repairing=False):
    """Return whose hand could be in what lies in a ``folder`` of ours, as ``(reason, hint)``; None when nobody else's could, or it is not there."""
    try:
        status = os.lstat(folder)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return None
    if not stat.S_ISDIR(status.st_mode):
        return ("{0} is {1}".format(folder, "a symbolic link" if stat.S_ISLNK(status.st_mode) else "not a folder"),
                "move it away; nogcc.wheelhouse makes a folder of that name")
    found = "" if repairing else others(status, forbidden=forbidden(), sticky=False)
    if found == OWNER:
        return ("{0} belongs to the user {1}, who could put other things there".format(folder, _name_of(status.st_uid)),
                "chown it to {0}; where there is a release, deploy_repair does".format(_name_of(os.geteuid())))
    if found:
        return "{0} can be written by others, who could put other things there".format(folder), "chmod go-w it; where there is a release, deploy_repair does"
    return None


def _open_to_others(root, itself=True):
    """Whoever may write to a folder on the way decides what runs from there, as root perhaps (as with StrictModes in sshd_config(5))."""
    passed, last = [], None
    try:
        for found in way(root):
            passed.append(found)
        last = passed[-1]
    except OSError:
        pass  # the rest is nobody's yet; or it can't be used anyway
    for found in passed if itself or not last else passed[:-1]:
        path, status, above = found
        hand = others(status, above, forbidden(), sticky=found is not last)
        if hand == OWNER:
            return ("{0} belongs to the user {1}, who could replace what runs below the deploy root {2}".format(path, _name_of(status.st_uid), root),
                    "chown {0}it to {1}, or choose another deploy_root, or deploy as that user, without become".format(
                        "-h " * stat.S_ISLNK(status.st_mode), _name_of(os.geteuid())))
        if hand:
            return ("{0} can be written by others, who could replace what runs below the deploy root {1}".format(path, root),
                    "chmod go-w it, or choose another deploy_root")
    return None


def of_another_user(layout, app):
    """What somebody gave away has something of ours left; what a user deployed without becoming root has nothing."""
    releases = [layout.release(app, release) for release in layout.release_ids(app)]
    owners = {os.stat(layout.root).st_uid} if os.path.isdir(layout.root) else set()
    owners.update(os.lstat(path).st_uid for path in layout.own(app)[1:] + releases if os.path.lexists(path))
    if not owners or not owners.isdisjoint({0, os.geteuid()}):
        return None
    return ("{0}, and all that is in it, belongs to the user {1}".format(layout.root, ", ".join(sorted(map(_name_of, owners)))),
            "deploy as that user, without become; or chown it to {0}, when it is not meant to be that user's".format(_name_of(os.geteuid())))


def _name_of(user):
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)


def _anothers(layout):
    """Old releases, unknown wheels and leftovers are removed below a deploy root: what lies there must have come with it."""
    releases = os.path.join(layout.root, "releases")
    if any(os.path.isdir(os.path.join(releases, app, "inputs")) for app in list_folder(releases)):
        return "the deploy root {0} is the folder of a wheelhouse".format(layout.root), "give deploy_root and wheelhouse_dir two folders"
    names = [name for name in list_folder(layout.root) if name != "lost+found"]  # which a file system of its own has
    if not names or _is_lock(layout.lock) or any(_is_app(os.path.join(layout.apps, app)) for app in list_folder(layout.apps)):
        return None
    if names == ["incoming"] and all(COMING.fullmatch(name) for name in list_folder(layout.incoming)):
        return None  # an upload comes before all others, and was cut off
    shown = names[:_SHOWN] + ["{0} more".format(len(names) - _SHOWN)] * (len(names) > _SHOWN)
    return "the deploy root {0} has what is not of nogcc.wheelhouse: {1}".format(layout.root, ", ".join(shown)), _ELSEWHERE


def _is_lock(path):
    try:
        if not stat.S_ISREG(os.lstat(path).st_mode):
            return False
        with open(path, "rb") as stream:
            return _HELD.fullmatch(stream.read(100)) is not None
    except PermissionError:
        return True  # whoever can't read it can't take it either, and is told so then
    except (FileNotFoundError, NotADirectoryError):
        return False


def _is_app(folder):
    return any(os.path.lexists(os.path.join(folder, name)) for name in ("releases", "current", "history.jsonl"))
