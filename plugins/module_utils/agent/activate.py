# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Make a staged release the active one, or an earlier one again: switch, restart, look whether it is well, or go back."""
import contextlib
import os

from ..common.errors import WheelhouseError
from ..common.manifest import check_release
from ..common.steps import step
from . import claim, confirm as confirming, disk, environment, health as well, history, signed, switch, systemd
from .layout import Layout
from .lock import exclusive
from .prune import prune


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
    with disk.explained(layout.root), exclusive(layout, app):
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
             confirm=0, token=None):
    """Make an earlier release the active one: ``release``, or else the one that was active before.

    Returns the same as ``activate``; releases beyond ``keep`` are removed only when it is given. ``token`` is the caller's for this one
    rollback: asked once more with it, because the answer was lost, the host does not go back further. Raises WheelhouseError when
    there is none to go back to, and with ``allowed_signers`` when it is not signed (see signed.py).
    """
    layout = Layout(root)
    units = systemd.check_units(services)
    with disk.explained(layout.root), exclusive(layout, new=False):
        repeated = history.done_with(layout, app, token)
        if repeated:
            _unfinished(layout, app)
            done = {"changed": True, "from": repeated["from"], "to": repeated["to"], "restarted": units}
        else:
            release = release or _before(layout, app, token)
            if allowed_signers and release in layout.release_ids(app):
                signed.require_kept(layout, app, release, allowed_signers)
            done = _switch(layout, app, release, "rollback", units, health, actor or {}, health_seconds, confirm, token)
        if keep is not None and not done.get("confirm"):
            step("active")
            done["pruned"] = prune(layout, app, keep)
        step("done")
        return done


def _before(layout, app, token):
    """Return the id of the release that a rollback goes to when nobody says which; asked once more with its ``token``, it is the same."""
    unfinished, existing = _unfinished(layout, app), layout.release_ids(app)
    if token and unfinished and unfinished.get("token") == token:
        return unfinished["to"]
    release = history.below_top(history.read(layout.history(app)), layout.current_release(app), existing, unfinished)
    if release is None:
        raise WheelhouseError("there is no earlier release of {0} to go back to".format(app),
                              hint="releases on this host, of which -e wheelhouse_release=<id> takes one: {0}".format(", ".join(existing) or "none"))
    return release


def _switch(layout, app, release, action, units, health, actor, health_seconds, confirm, token=None):
    if not os.path.isdir(layout.release(app, check_release(release))):
        raise WheelhouseError("the release {0} of {1} is not on this host".format(release, app),
                              hint="deploy it; releases here: {0}".format(", ".join(layout.release_ids(app)) or "none"))
    origin = current = layout.current_release(app)
    unfinished = _unfinished(layout, app)
    if unfinished:  # the last activation was cut off; whether what is current now is well, nobody knows
        origin = unfinished["from"]
        if origin is not None and current != release and not switch.is_there(layout, app, origin):
            origin = current
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
    try:
        token = history.begin_activating(layout, app, action, origin, release, token, **pending)
        step("noted")
        switch.keep_way_back(layout, app, origin)
        switch.point(layout, app, release)
    except OSError:
        if not unfinished and layout.current_release(app) == origin:  # there is nothing to take back
            with contextlib.suppress(OSError):
                _end(layout, app)
        raise
    step("switched")
    try:
        for unit in units:
            systemd.restart(unit)
        step("restarted")
        if health:
            well.wait_until_well(health, health_seconds)
        switch.require_running(units, settle=not health)
    except Exception as error:  # whatever it is, the release can't be told to be well
        if not isinstance(error, WheelhouseError):
            error = WheelhouseError("whether it is well can't be found out: {0}".format(error or type(error).__name__))
        raise _go_back(layout, app, release, action, origin, units, actor, error, health, health_seconds)
    step("well")
    left = current if origin == release else origin
    done = {"changed": True, "from": left, "to": release, "restarted": units}
    if confirm:
        confirming.rearm(layout, app)
        return dict(done, confirm=confirm)
    history.append(layout.history(app), action, actor, left, release, "ok", token=token)
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
    switch.end(layout, app)
    confirming.disarm(layout, app)


def _go_back(layout, app, release, action, origin, units, actor, error, health, health_seconds):
    """Restore what was active before; return the error that tells of both."""
    journals = [] if isinstance(error, systemd.ServiceError) else [systemd.journal(unit) for unit in units]
    log = "\n".join(text for text in [error.log] + journals if text)
    message = "the release {0} of {1} is not well: {2}".format(release, app, error.message)
    stays, trouble = "it was active before as well, and is left so" if origin == release else "", []  # what was repaired, and cut off
    try:
        if not stays:
            trouble = switch.restore(layout, app, origin, units, settle=not health)
    except switch.Gone as gone:
        stays = "it stays active, because {0}".format(gone.message)
    except OSError as second:
        with contextlib.suppress(OSError, WheelhouseError):  # the disk may not take that either
            history.amend_activating(layout, app, unwell=True)
        return WheelhouseError("{0}; it is still active, because the host can't go back: {1}".format(message, second.strerror), log=log,
                               hint="make room, or mend what the host says, then run again or roll back")
    if origin and health and not stays and not trouble:
        try:
            well.wait_until_well(health, health_seconds)
        except Exception as second:
            trouble.append("it is not well either: {0}".format(getattr(second, "message", second)))
    reason = "; ".join(text for text in (error.message, stays) if text)
    notes = [lambda: history.append(layout.history(app), action, actor, origin, release, "failed", reason)]
    if stays:  # with the note the next run looks again whether it is well
        notes += [lambda: confirming.disarm(layout, app), lambda: history.amend_activating(layout, app, unwell=True)]
    else:
        notes.append(lambda: _end(layout, app))
    for note in notes:
        try:
            note()
        except (OSError, WheelhouseError) as second:
            trouble.append("that can't be written down: {0}".format(getattr(second, "message", None) or second.strerror))
    message += "; {0}".format(stays or (origin and "{0} is active again".format(origin)) or "nothing is active, as before")
    if trouble:
        message += ", but {0}".format("; ".join(trouble))
    todo = "see the log, and deploy another release, or roll back to one" if stays else "see the log; the release stays on the host until the next deploy"
    return WheelhouseError(message, hint=error.hint or todo, log=log)
