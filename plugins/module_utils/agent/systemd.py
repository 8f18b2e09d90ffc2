# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Speak to systemd, by way of the commands of that name on PATH."""
import re
import subprocess

from ..common.errors import WheelhouseError

LIMIT = 300  # seconds; systemd itself gives up sooner unless a unit says otherwise


def check_units(units):
    """Return the units as a list; raise WheelhouseError for a name that systemd could not have."""
    for unit in units:
        if not isinstance(unit, str) or not re.fullmatch(r"[A-Za-z0-9@:_.\\][A-Za-z0-9@:_.\\-]*", unit):
            raise WheelhouseError("{0!r} is not the name of a systemd unit".format(unit))
    return list(units)


def restart(unit):
    """Restart a unit, started if it was not; raise WheelhouseError, with the end of its journal, when that fails."""
    _call(["reset-failed", unit], check=False)  # an earlier failure's start limit does not count for another release
    _call(["restart", unit])


def stop(unit):
    """Stop a unit."""
    _call(["stop", unit])


def require_active(unit):
    """Raise WheelhouseError, with the end of its journal, unless the unit runs, or has run its course."""
    ran = _call(["is-active", unit], check=False)
    state = ran.stdout.decode("utf-8", "replace").strip()
    if ran.returncode != 0 and state not in ("activating", "inactive") or state == "activating" and _restarts(unit):
        raise WheelhouseError("the service {0} is {1} after its restart".format(unit, state or "unknown"), log=journal(unit))


def journal(unit, lines=20):
    """Return the last lines that the unit wrote; "" when they are not to be had."""
    try:
        ran = subprocess.run(["journalctl", "--unit", unit, "--lines", str(lines), "--no-pager", "--quiet", "--output", "short-iso"],
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return ran.stdout.decode("utf-8", "replace").strip()


def _restarts(unit):
    """Tell whether systemd waits to start the unit once more, after it failed."""
    ran = _call(["show", "--property", "SubState", unit], check=False)
    return b"auto-restart" in ran.stdout


def _call(words, check=True):
    try:
        ran = subprocess.run(["systemctl", "--no-ask-password"] + words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, timeout=LIMIT, check=False)
    except FileNotFoundError:
        raise WheelhouseError("this host has no systemctl", hint="deploy_services needs systemd; leave it empty elsewhere")
    except subprocess.TimeoutExpired:
        raise WheelhouseError("systemctl {0} took more than {1} s".format(" ".join(words), LIMIT), log=journal(words[-1]))
    if check and ran.returncode != 0:
        said = ran.stderr.decode("utf-8", "replace").strip().splitlines()[:1]
        raise WheelhouseError("systemctl {0} failed: {1}".format(" ".join(words), said[0] if said else ran.returncode),
                              log=journal(words[-1]))
    return ran
