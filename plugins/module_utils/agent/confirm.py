# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The dead man's switch: an activation that nobody confirms is taken back by the host itself, also after a reboot.

While a confirmation is pending there are a unit and its timer below /etc/systemd/system, and our own code below the deploy root. A
transient timer (systemd-run) would be gone after a reboot; this one is enabled, so that it counts anew from then. When the timer elapses
while somebody works on the host, or too early because the time counts from when the release was found well, it comes again soon.
"""
import io
import os
import sys
import time
import zipfile

from ..common.errors import WheelhouseError
from ..common.files import make_folders, write_file
from ..common.steps import step
from ..common.unfinished import sweep
from . import disk, history, switch, systemd, units
from .layout import Layout
from .lock import Busy, exclusive
from .prune import prune
from .safe_path import unsafe

PACKAGE = "nogcc_wheelhouse"
AGAIN = 5  # seconds until the next look, when somebody works on the host or it is too early
MAIN = "import sys\nfrom {0}.agent.confirm import expire\nsys.exit(expire(*sys.argv[1:]))\n".format(PACKAGE)

SERVICE = """[Unit]
Description=Return from a release of {app} that nobody confirmed
[Service]
Type=oneshot
ExecStart={python} -I {code} {root} {app}
"""

TIMER = """[Unit]
Description=Wait for the confirmation of a release of {app}
[Timer]
OnActiveSec={seconds}
OnUnitInactiveSec={again}
AccuracySec=1
[Install]
WantedBy=timers.target
"""


def confirm(root, app, release, keep=3, actor=None):
    """Make the activation of ``release`` final, and remove releases beyond ``keep``; return ``{"changed": True, "pruned": ...}``.

    Asked once more, because the answer was lost, it says the same. Raises WheelhouseError when it is too late, because the host went back.
    """
    layout = Layout(root)
    with disk.explained(layout.root), exclusive(layout, new=False):
        pending = history.read_activating(layout, app)
        if pending and history.is_done(layout, app, pending) and not history.is_final(layout, app, release):
            _end(layout, app)  # the host went back, and could not say so any more
            pending = None
        if not pending and history.is_final(layout, app, release):
            return {"changed": True, "pruned": prune(layout, app, keep)}
        if not pending or pending["to"] != release or not pending.get("confirm") or layout.current_release(app) != release:
            raise WheelhouseError("the release {0} of {1} waits for no confirmation: active is {2}".format(
                release, app, layout.current_release(app) or "none"),
                hint="the host went back by itself when the confirmation did not come; a longer deploy_confirm_timeout gives more time")
        if not history.is_done(layout, app, pending):
            history.append(layout.history(app), pending["action"], actor or {}, pending["from"], release, "ok", token=pending.get("token", ""))
        step("confirmed")
        _end(layout, app)
        return {"changed": True, "pruned": prune(layout, app, keep)}


def expire(root, app):
    """Return to the release before, unless the activation was confirmed. What the timer calls; returns the exit status."""
    layout = Layout(root)
    try:
        with exclusive(layout, wait=0, tidy=False, new=False):
            pending = history.read_activating(layout, app)
            if pending and history.is_done(layout, app, pending):
                switch.end(layout, app)
            elif pending and not _is_due(pending):
                return 0  # it comes again
            elif pending and pending.get("confirm"):
                _take_back(layout, app, pending)
            disarm(layout, app)
            return 0
    except (WheelhouseError, OSError) as error:
        sys.stdout.write("{0}\n".format(error))
        return 0 if isinstance(error, Busy) else 1  # it comes again, either way


def _take_back(layout, app, pending):
    """Return from what nobody confirmed, or stay where there is nothing to return to; write that down, and say it."""
    reason, origin = "not confirmed in {0} s".format(pending["confirm"]), pending["from"]
    try:
        services, wrong = _services(layout, app, pending)
        trouble, gone = wrong + switch.restore(layout, app, origin, services), None
        said = "{0}: {1} is active again".format(reason, origin or "none")
    except switch.Gone as error:
        trouble, gone = [], error
        said = reason = "{0}, and stays active: {1}".format(reason, error.message)
    try:
        history.append(layout.history(app), pending["action"], pending.get("actor") or {}, origin, pending["to"], "unconfirmed", reason,
                       token="" if gone else pending.get("token", ""))
    except OSError as error:  # it would go back again and again
        trouble.append("that can't be written down: {0}".format(error.strerror))
    if not gone:  # else it can be confirmed still, and the next deploy looks whether it is well
        switch.end(layout, app)
    sys.stdout.write("the release {0} of {1} was {2}{3}{4}\n".format(pending["to"], app, said, ", but " * bool(trouble), "; ".join(trouble)))


def _services(layout, app, pending):
    """Return those of the services that can be some, and what is wrong with the others: somebody may have altered the note."""
    right, wrong, found = [], [], pending.get("services") or []
    for unit in found if isinstance(found, list) else [found]:
        try:
            right += systemd.check_units([unit])
        except WheelhouseError as error:
            wrong.append("{0}, and was left out (see {1})".format(error.message, layout.activating(app)))
    return right, wrong


def _end(layout, app):
    switch.end(layout, app)
    disarm(layout, app)


def arm(layout, app, seconds, python):
    """Have systemd call ``expire`` in ``seconds``, and again after a reboot. Raises WheelhouseError where that is not possible."""
    if os.geteuid() != 0:
        raise WheelhouseError("deploy_confirm_timeout needs a unit of systemd, which only root can install",
                              hint="become root, or leave deploy_confirm_timeout at 0")
    systemd.call(["--version"])
    code = os.path.join(layout.root, "agent", "confirm.pyz")
    make_folders(os.path.dirname(code))
    others = unsafe(os.path.dirname(code))
    if others:
        raise WheelhouseError("root would run, when nobody confirms, what others may put in the place of {0}: {1}".format(code, others),
                              hint="chown root and chmod go-w that, or do without a confirmation (deploy_confirm_timeout=0)")
    write_file(code, _packed())
    words = {"app": app, "seconds": int(seconds), "again": AGAIN, "python": _quoted(python), "code": _quoted(code), "root": _quoted(layout.root)}
    service, timer = units.names(layout, app)
    sweep(units.UNITS)
    write_file(os.path.join(units.UNITS, service), SERVICE.format(**words).encode("utf-8"))
    write_file(os.path.join(units.UNITS, timer), TIMER.format(**words).encode("utf-8"))
    systemd.call(["daemon-reload"])
    systemd.call(["enable", "--quiet", timer])
    units.force()
    systemd.call(["restart", timer])


def rearm(layout, app):
    """Count the time from now on: the timer may have elapsed already, and its service be about to look."""
    history.amend_activating(layout, app, since=_now())
    systemd.call(["restart", units.names(layout, app)[1]])


def _now():
    """Return which start of the host this is, and the seconds since then, which no change of the clock touches."""
    with open("/proc/sys/kernel/random/boot_id") as stream:
        return [stream.read().strip(), time.clock_gettime(time.CLOCK_MONOTONIC)]


def _is_due(pending):
    """Tell whether the time for a confirmation is over; after a start of the host the timer alone counts."""
    boot, seconds = pending.get("since") or ["", 0]
    now = _now()
    return boot != now[0] or now[1] - seconds >= pending["confirm"]


def disarm(layout, app):
    """Remove timer and unit, if there are any."""
    found = units.present(layout, app)
    if not found:
        return
    sweep(units.UNITS)
    systemd.call(["disable", "--quiet", "--now", units.names(layout, app)[1]], check=False)
    for path in found:
        os.unlink(path)
    units.force()
    systemd.call(["daemon-reload"], check=False)


def _quoted(path):
    """Return a path as a word of ExecStart (systemd.service(5))."""
    return '"{0}"'.format(path.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$"))


def _packed():
    """Return this very code as a file that an interpreter runs: nobody sends it when the controller is gone."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in sorted(dict(_sources(), **{"__main__.py": MAIN, PACKAGE + "/__init__.py": ""}).items()):
            archive.writestr(zipfile.ZipInfo(name), text)
    return data.getvalue()


def _sources():
    """Return the sources of the host's half, by name: from memory, where it came by the connection, or else from its folder."""
    if hasattr(__loader__, "sources"):
        return {name: text for name, text in __loader__.sources.items() if name.startswith(PACKAGE + "/")}
    found = {}
    top = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    for folder in ("agent", "common"):
        for name in os.listdir(os.path.join(top, folder)):
            if name.endswith(".py"):
                with open(os.path.join(top, folder, name), encoding="utf-8") as stream:
                    found["{0}/{1}/{2}".format(PACKAGE, folder, name)] = stream.read()
    return found
