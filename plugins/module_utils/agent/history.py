# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What was activated when, by whom, and how it ended: one line of JSON each; read as a stack.

A deploy that succeeded puts its release on top; a rollback takes off what is above its target. So a second rollback goes
further back, and never to and fro.
"""
import binascii
import json
import os
import time

from ..common.errors import WheelhouseError
from ..common.files import canonical_json, fsync_folder, write_file


def append(path, action, actor, origin, target, outcome, reason="", token=""):
    """Add a line to the history at ``path``, on the disk when this returns.

    ``action`` is "deploy", "rollback" or "repair", ``outcome`` "ok", "failed", "interrupted", "unconfirmed" or, of a repair that leaves open
    what will be active, "none"; ``actor`` has "user" and "host". ``token`` is what ``begin_activating`` returned.
    """
    entry = {"time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "action": action, "user": actor.get("user", ""),
             "host": actor.get("host", ""), "from": origin, "to": target, "outcome": outcome}
    if reason:
        entry["reason"] = reason
    if token:
        entry["token"] = token
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
    try:
        end = os.lseek(handle, 0, os.SEEK_END)
        cut = b"\n" if end and os.pread(handle, 1, end - 1) != b"\n" else b""  # a line that a power cut left unfinished
        line = cut + canonical_json(entry) + b"\n"
        while line:  # a disk that gets full takes a part, and says so only the next time
            line = line[os.write(handle, line):]
        os.fsync(handle)
    except OSError:
        os.ftruncate(handle, end)
        raise
    finally:
        os.close(handle)
    fsync_folder(os.path.dirname(path))


def read(path):
    """Return the entries of the history at ``path``, oldest first; lines that are not whole are left out."""
    entries = []
    try:
        with open(path, "rb") as stream:
            for line in stream:
                try:
                    entry = json.loads(line.decode("utf-8"))
                except ValueError:
                    continue
                if isinstance(entry, dict) and isinstance(entry.get("to"), str):
                    entries.append(entry)
    except (FileNotFoundError, NotADirectoryError):
        pass
    return entries


def stack(entries):
    """Return the ids that lead to the active release, which is the last."""
    found = []
    for entry in entries:
        if entry.get("outcome") != "ok":
            continue
        if entry.get("action") == "rollback" and entry["to"] in found:
            del found[len(found) - found[::-1].index(entry["to"]):]
        elif entry.get("action") == "rollback":
            found[-1:] = [entry["to"]]
        elif found[-1:] != [entry["to"]]:
            found.append(entry["to"])
    return found


def below_top(entries, current, existing, unfinished=None):
    """Return the id that a rollback from ``current`` goes to: the next below it that is among ``existing``; None without one.

    ``unfinished`` is what ``read_activating`` returned: of a rollback that was cut off it is the one that was asked for, and of a deploy
    that was, wherever it was, or that waits for its confirmation, the one that was active before it. What was found ``unwell`` is none of them.
    """
    action, unwell = (unfinished["action"], unfinished.get("unwell")) if unfinished else ("", False)
    if action == "rollback" and unfinished["to"] in existing and not unwell:
        return unfinished["to"]
    repeated = action == "deploy" and unfinished["from"] == unfinished["to"]
    if action == "deploy" and unfinished["from"] in existing and not (unwell and repeated):
        return unfinished["from"]
    found = stack(entries)
    if current in found and (action != "deploy" or repeated):  # on top, unless somebody changed the link by hand, or it is not on it yet
        del found[len(found) - 1 - found[::-1].index(current):]
    for release in reversed(found):
        if release in existing and release != current:
            return release
    return None


def newest(entries):
    """Return the ids that were ever active and well, the latest first."""
    found = []
    for entry in reversed(entries):
        if entry.get("outcome") == "ok" and entry["to"] not in found:
            found.append(entry["to"])
    return found


def read_activating(layout, app):
    """Return what ``begin_activating`` noted, when the activation was not finished; None otherwise."""
    try:
        with open(layout.activating(app), "rb") as stream:
            found = json.loads(stream.read().decode("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except ValueError:
        found = None
    if isinstance(found, dict) and isinstance(found.get("to"), str) and "action" in found and "from" in found:
        return dict(found, **{"from": found["from"] if found["from"] is None else str(found["from"])})  # what is no id leads nowhere
    raise WheelhouseError("{0} is damaged: whether the last activation was finished is unknown".format(layout.activating(app)),
                          hint="remove it; then run again, and restart the services by hand when nothing changes")


def done_with(layout, app, token):
    """Return the entry of the history that says that what was begun with ``token`` went well, whatever was done since; None without one."""
    found = _of(layout, app, token)
    return found if found and found.get("outcome") == "ok" else None


def _of(layout, app, token):
    """Return the last entry with that token; None without one."""
    return next((entry for entry in reversed(read(layout.history(app))) if token and entry.get("token") == token), None)


def is_final(layout, app, release):
    """Tell whether the last that was activated is ``release``, and it still is active; what was only repaired meanwhile does not count."""
    last = [entry for entry in read(layout.history(app)) if entry.get("outcome") != "none"][-1:]
    return bool(last and last[0]["to"] == release == layout.current_release(app) and last[0].get("outcome") == "ok")


def begin_activating(layout, app, action, origin, target, token=None, **more):
    """Note, before anything is switched, what is about to be, and what ``more`` is to be known then: a process may end at any time.

    Returns a token, a new one unless there is one that the history does not have yet, for the line that says there that it is done.
    """
    token = token if token and not _of(layout, app, token) else binascii.hexlify(os.urandom(8)).decode("ascii")
    write_file(layout.activating(app), canonical_json(dict({"action": action, "from": origin, "to": target, "token": token}, **more)))
    return token


def amend_activating(layout, app, **more):
    """Add what is known only now to the note of an activation that is not finished."""
    found = read_activating(layout, app)
    if found is None:
        raise WheelhouseError("{0} was taken away meanwhile".format(layout.activating(app)), hint="see who removes it, then run again")
    write_file(layout.activating(app), canonical_json(dict(found, **more)))


def is_done(layout, app, activating):
    """Tell whether the history says that this activation (see ``read_activating``) is done: then only its note was not removed any more."""
    return _of(layout, app, activating.get("token")) is not None


def end_activating(layout, app):
    """Note that services and link agree again."""
    try:
        os.unlink(layout.activating(app))
    except FileNotFoundError:
        return
    fsync_folder(layout.app(app))  # after a power cut it would else seem to go on
