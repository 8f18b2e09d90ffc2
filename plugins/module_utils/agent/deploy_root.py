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

#: What comes to the deploy root: an upload, or a file that the host was getting itself (see pull.py).
COMING = re.compile(MADE.pattern + "|" + PART.pattern)

_HELD = re.compile(rb"[0-9\n\0]{0,20}")  # what the lock has: the number of a process, or less after a power cut
_SHOWN = 5  # names
_ELSEWHERE = "choose an empty or new folder for deploy_root"


def require(layout, new=True):
    """Raise WheelhouseError unless the deploy root may be used; without ``new`` it only must not be another's: to go back, or to stay."""
    reason = complaint(layout) if new else _anothers(layout)
    if reason:
        raise WheelhouseError(reason[0], hint=reason[1])


def complaint(layout):
    """Return why the deploy root may not be used, as ``(reason, hint)``; None when it may, also when it is yet to be made."""
    return _open_to_others(layout.root) or _anothers(layout)


def _open_to_others(root):
    """Whoever may write to a folder on the way decides what runs from there, as root perhaps (as with StrictModes in sshd_config(5))."""
    us = os.geteuid()
    for folder in sorted(_way(root) | _way(os.path.realpath(root))):
        try:
            found = os.stat(folder)
        except (FileNotFoundError, NotADirectoryError, PermissionError):
            continue  # nobody's yet; or it can't be used anyway
        if found.st_uid not in (0, us):
            return ("{0} belongs to the user {1}, who could replace what runs below the deploy root {2}".format(folder, _name_of(found.st_uid), root),
                    "chown it to {0}, or choose another deploy_root, or deploy as that user, without become".format(_name_of(us)))
        # where every user has a group alone, what a user makes is often open to it; root's is not
        if found.st_mode & (0o022 if us == 0 else 0o002) and (folder == root or not found.st_mode & stat.S_ISVTX):
            return ("{0} can be written by others, who could replace what runs below the deploy root {1}".format(folder, root),
                    "chmod go-w it, or choose another deploy_root")
    return None


def _way(path):
    return {path} | (_way(os.path.dirname(path)) if path != "/" else set())


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
