# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Make a staged release the active one, or an earlier one again: switch, restart, look whether it is well, or go back."""
import os
import time

from ..common.errors import WheelhouseError
from ..common.files import fsync_folder
from ..common.manifest import check_release
from ..common.steps import step
from . import claim, confirm as confirming, disk, environment, health as well, history, signed, systemd
from .layout import Layout
from .lock import exclusive
from .prune import prune

SETTLE = 1.0  # seconds; a service that cannot start at all has failed by then


def activate(root, app, release, services=(), health=None, keep=3, actor=None, health_seconds=well.LIMIT, allowed_signers=None,
             signature=None, asked=False, confirm=0):
    """Make the staged ``release`` the active one, restart ``services``, check ``health``, and remove releases beyond ``keep``.

    Returns ``{"changed", "from", "to", "restarted": [units], "pruned": {"releases": [ids], "wheels": n, "bytecode": n}}``. When it
    is active already, nothing is restarted. When a service does not come up or ``health`` (a URL or a command) fails for
    ``health_seconds``, what was active before is active again, and WheelhouseError says why. With ``allowed_signers`` the release
    must have a good ``signature`` (see signed.py). With ``confirm``, in seconds, the host goes back by itself unless ``confirm.confirm``
    is called in time; the result has it too, and nothing is removed before.
    """
    layout = Layout(root)
    units = systemd.check_units(services)
    with disk.explained(layout.root), exclusive(layout):
        claim.let_go()  # of what was staged: it becomes the active one, or may go
        if allowed_signers:
            signed.accept(layout, app, check_release(release), signature, allowed_signers, asked)
        done = _switch(layout, app, release, "deploy", units, health, actor or {}, health_seconds, confirm)
        if not done.get("confirm"):
            step("active")
            done["pruned"] = prune(layout, app, keep)
        step("done")
        return done


def rollback(root, app, release=None, services=(), health=None, keep=None, actor=None, health_seconds=well.LIMIT, allowed_signers=None,
             confirm=0):
    """Make an earlier release the active one: ``release``, or else the one that was active before.

    Returns the same as ``activate``; releases beyond ``keep`` are removed only when it is given. Raises WheelhouseError when
    there is none to go back to, and with ``allowed_signers`` when it is not signed (see signed.py).
    """
    layout = Layout(root)
    units = systemd.check_units(services)
    with disk.explained(layout.root), exclusive(layout):
        existing = layout.release_ids(app)
        if release is None:
            unfinished = _unfinished(layout, app) or {}
            if unfinished.get("action") == "rollback":
                release = unfinished["to"]  # that one was asked for, and cut off
            else:
                release = history.below_top(history.read(layout.history(app)), layout.current_release(app), existing)
        if release is None:
            raise WheelhouseError("there is no earlier release of {0} to go back to".format(app),
                                  hint="releases on this host: {0}".format(", ".join(existing) or "none"))
        if allowed_signers and release in existing:
            signed.require_kept(layout, app, release, allowed_signers)
        done = _switch(layout, app, release, "rollback", units, health, actor or {}, health_seconds, confirm)
        if keep is not None and not done.get("confirm"):
            step("active")
            done["pruned"] = prune(layout, app, keep)
        step("done")
        return done


def _switch(layout, app, release, action, units, health, actor, health_seconds, confirm):
    if not os.path.isdir(layout.release(app, check_release(release))):
        raise WheelhouseError("the release {0} of {1} is not on this host".format(release, app),
                              hint="deploy it; releases here: {0}".format(", ".join(layout.release_ids(app)) or "none"))
    origin = layout.current_release(app)
    unfinished = _unfinished(layout, app)
    if unfinished:  # the last activation was cut off; whether what is current now is well, nobody knows
        origin = unfinished["from"]
        if unfinished["to"] != release:
            history.append(layout.history(app), unfinished["action"], actor, origin, unfinished["to"], "interrupted")
    elif origin == release:
        confirming.disarm(layout, app)  # what a run left that was killed before it began
        return {"changed": False, "from": origin, "to": release, "restarted": []}
    systemd.require_known(units)
    pending = {"confirm": confirm, "services": units, "actor": actor} if confirm else {}
    if confirm:
        try:
            confirming.arm(layout, app, confirm, environment.interpreter())
        except BaseException:
            if not unfinished:  # else it is the one before that is waited for
                confirming.disarm(layout, app)
            raise
    step("armed")
    token = history.begin_activating(layout, app, action, origin, release, **pending)
    step("noted")
    point(layout, app, release)
    step("switched")
    try:
        for unit in units:
            systemd.restart(unit)
        step("restarted")
        if health:
            well.wait_until_well(health, health_seconds)
        elif units:
            time.sleep(SETTLE)
        for unit in units:
            systemd.require_running(unit, steadily=not health)
    except (WheelhouseError, OSError, MemoryError) as error:
        if not isinstance(error, WheelhouseError):
            error = WheelhouseError("whether it is well can't be found out: {0}".format(error or type(error).__name__))
        raise _go_back(layout, app, release, action, origin, units, actor, error, health, health_seconds)
    step("well")
    done = {"changed": True, "from": origin, "to": release, "restarted": units}
    if confirm:
        confirming.rearm(layout, app)
        return dict(done, confirm=confirm)
    history.append(layout.history(app), action, actor, origin, release, "ok", token=token)
    step("written down")
    _end(layout, app)
    return done


def _unfinished(layout, app):
    """Return the activation that was cut off, or None; one that was done but for its note is ended now."""
    found = history.read_activating(layout, app)
    if found and history.is_done(layout, app, found):
        _end(layout, app)
        return None
    return found


def _end(layout, app):
    history.end_activating(layout, app)
    confirming.disarm(layout, app)


def _go_back(layout, app, release, action, origin, units, actor, error, health, health_seconds):
    """Restore what was active before; return the error that tells of both."""
    journals = [] if isinstance(error, systemd.ServiceError) else [systemd.journal(unit) for unit in units]
    log = "\n".join(text for text in [error.log] + journals if text)
    if origin == release:  # what was repaired, and cut off: there is nothing to go back to
        history.append(layout.history(app), action, actor, origin, release, "failed", error.message)
        return WheelhouseError("the release {0} of {1} is not well: {2}; it was active before as well, and is left so".format(
            release, app, error.message), hint=error.hint or "see the log, and roll back to another release", log=log)
    origin, trouble = restore(layout, app, release, origin, units)
    if origin and health and not trouble:
        try:
            well.wait_until_well(health, health_seconds)
        except (WheelhouseError, OSError) as second:
            trouble.append("it is not well either: {0}".format(getattr(second, "message", second)))
    history.append(layout.history(app), action, actor, origin, release, "failed", error.message)
    _end(layout, app)
    message = "the release {0} of {1} is not well: {2}; {3}".format(
        release, app, error.message, "{0} is active again".format(origin) if origin else "nothing is active, as before")
    if trouble:
        message += ", but {0}".format("; ".join(trouble))
    return WheelhouseError(message, hint=error.hint or "see the log; the release stays on the host until the next deploy", log=log)


def restore(layout, app, release, origin, units):
    """Make ``origin``, which was active before ``release``, active again, or nothing when there was none; restart or stop the units.

    Returns what is active now, or None, and the reasons why units did not do as told.
    """
    if not (origin and os.path.isdir(layout.release(app, origin))):
        origin = None
    point(layout, app, origin)
    step("switched back")
    trouble = []
    for unit in units:
        try:
            if origin:
                systemd.restart(unit)
            else:
                systemd.stop(unit)
        except WheelhouseError as error:
            trouble.append(error.message)
    return origin, trouble


def point(layout, app, release):
    """Make ``current`` point to ``release``, at once; with None remove it."""
    current = layout.current(app)
    if release is None:
        if os.path.lexists(current):
            os.unlink(current)
    else:
        fresh = current + ".new"
        if os.path.lexists(fresh):
            os.unlink(fresh)
        os.symlink("releases/" + release, fresh)
        step("link made")
        try:
            os.rename(fresh, current)
        except OSError:
            os.unlink(fresh)
            raise
    fsync_folder(os.path.dirname(current))
