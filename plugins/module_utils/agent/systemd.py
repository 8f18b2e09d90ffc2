# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Speak to systemd, by way of the commands of that name on PATH."""
import re
import subprocess

from ..common.errors import WheelhouseError

LIMIT = 300  # seconds; systemd itself gives up sooner unless a unit says otherwise


class ServiceError(WheelhouseError):
    """A unit did not do as it was told; ``log`` is the end of its journal."""


def check_units(units):
    """Return the units as a list; raise WheelhouseError for a name that systemd could not have."""
    for unit in units:
        if not isinstance(unit, str) or not re.fullmatch(r"[A-Za-z0-9@:_.\\][A-Za-z0-9@:_.\\-]*", unit):
            raise WheelhouseError("{0!r} is not the name of a systemd unit".format(unit), hint="correct deploy_services")
    return list(units)


def require_known(units):
    """Raise WheelhouseError for the first unit that systemd has never heard of."""
    for unit in units:
        if b"LoadState=not-found" in call(["show", "--property", "LoadState", unit]).stdout:
            raise WheelhouseError("this host has no unit {0}".format(unit),
                                  hint="install its file and run systemctl daemon-reload, or correct deploy_services")


def restart(unit):
    """Restart a unit, started if it was not; raise ServiceError when that fails."""
    call(["reset-failed", unit], check=False)  # an earlier failure's start limit does not count for another release
    call(["restart", unit])


def stop(unit):
    """Stop a unit."""
    call(["stop", unit])


def require_running(unit, steadily=False):
    """Raise ServiceError unless the unit runs, or is of the kind that runs its course and ends.

    With ``steadily`` a service that systemd had to start again since ``restart`` does not count as running.
    """
    found = properties(unit, "ActiveState", "SubState", "Type", "NRestarts")
    state = found.get("ActiveState", "unknown")
    if found.get("SubState") == "auto-restart" or steadily and found.get("NRestarts", "0") not in ("", "0"):
        state = "ending and being started again and again"
    elif state in ("active", "activating", "reloading") or state == "inactive" and found.get("Type") == "oneshot":
        return
    raise ServiceError("the service {0} is {1} after its restart".format(unit, state), log=journal(unit))


def properties(unit, *names):
    """Return what systemd says of a unit: ``{name: text}``."""
    ran = call(["show", "--property", ",".join(names), unit])
    return dict(line.split("=", 1) for line in ran.stdout.decode("utf-8", "replace").splitlines() if "=" in line)


def journal(unit, lines=20):
    """Return the last lines that the unit wrote; "" when they are not to be had."""
    try:
        ran = subprocess.run(["journalctl", "--unit", unit, "--lines", str(lines), "--no-pager", "--quiet", "--output", "short-iso"],
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return ran.stdout.decode("utf-8", "replace").strip()


def call(words, check=True):
    """Run systemctl; raise ServiceError when it fails, unless ``check`` is False."""
    try:
        ran = subprocess.run(["systemctl", "--no-ask-password"] + words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, timeout=LIMIT, check=False)
    except FileNotFoundError:
        raise WheelhouseError("this host has no systemctl", hint="deploy_services needs systemd; leave it empty elsewhere")
    except OSError as error:
        raise ServiceError("systemctl {0} can't be started: {1}".format(" ".join(words), error.strerror))
    except subprocess.TimeoutExpired:
        raise ServiceError("systemctl {0} took more than {1} s".format(" ".join(words), LIMIT), log=journal(words[-1]))
    if check and ran.returncode != 0:
        said = ran.stderr.decode("utf-8", "replace").strip().splitlines()[:1]
        raise ServiceError("systemctl {0} failed: {1}".format(" ".join(words), said[0] if said else ran.returncode),
                           log=journal(words[-1]))
    return ran
