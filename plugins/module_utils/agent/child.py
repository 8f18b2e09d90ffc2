# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Run ``probe.py`` in a child process: in which interpreter, as which user, for how long."""
import json
import os
import pwd
import stat
import subprocess

from ..common.errors import WheelhouseError
from . import probe
from .following import follow

LIMIT = 300  # seconds; importing a large application from a cold disk may take one of these minutes


def try_out(python, wanted, home="", unprivileged=False, limit=LIMIT):
    """Return the failures that the probe found for ``wanted`` (see probe.py) with the interpreter at the path ``python``.

    A list of ``{"failed", "name", "reason", "log"}``; a probe that ended too early is one of them, with ``failed`` "process".
    ``home`` is its HOME. With ``unprivileged`` the probe runs as nobody, if we are root.
    """
    user = _nobody(python) if unprivileged and os.geteuid() == 0 else None
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8", "HOME": home or "/", "TMPDIR": home or "/tmp"}
    if "LD_LIBRARY_PATH" in os.environ:
        environment["LD_LIBRARY_PATH"] = os.environ["LD_LIBRARY_PATH"]
    if home and user:
        os.chown(home, user[0], user[1])
    try:
        process = subprocess.Popen(
            [python, "-I", "-B", "-c", probe.__loader__.get_source(probe.__name__)], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, cwd="/", start_new_session=True,
            preexec_fn=(lambda: _become(*user)) if user else None)
    except OSError as error:
        raise WheelhouseError("the interpreter {0} does not start: {1}".format(python, error))
    (output, errors), ended = follow(process, limit, json.dumps(wanted).encode("utf-8"))
    reason = "exit status {0}".format(process.returncode)
    if not ended:
        reason = "no end after {0} s".format(limit)
    elif process.returncode < 0:
        reason = "signal {0}".format(-process.returncode)
    return _failures(output, errors, reason)


def _failures(output, errors, reason):
    failures = []
    trying = "to start the interpreter"
    for line in output.decode("utf-8", "replace").splitlines():
        try:
            said = json.loads(line)
        except ValueError:
            break  # cut off in the middle of a line
        if said.get("done"):
            return failures
        if "trying" in said:
            trying = said["trying"]
        else:
            failures.append(dict({"log": ""}, **said))
    log = "\n".join(errors.decode("utf-8", "replace").splitlines()[-12:])
    return failures + [{"failed": "process", "name": trying, "reason": reason, "log": log}]


def _nobody(python):
    """Return user, group and groups for a process without rights of its own that may still run ``python``.

    Where a folder on the way is open to one group only, the process gets that group. None where only the owner may pass:
    then nobody else can use the release either.
    """
    try:
        found = pwd.getpwnam("nobody")
        user, group = found.pw_uid, found.pw_gid
    except KeyError:
        user = group = 65534
    groups = set()
    for folder in (os.path.realpath(os.path.dirname(python)), os.path.dirname(os.path.realpath(python))):
        while folder != "/":
            seen = os.stat(folder)
            if not seen.st_mode & stat.S_IXOTH:
                if not seen.st_mode & stat.S_IXGRP or seen.st_gid == 0:
                    return None
                groups.add(seen.st_gid)
            folder = os.path.dirname(folder)
    return user, group, sorted(groups)


def _become(user, group, groups):
    os.setgroups(groups)
    os.setgid(group)
    os.setuid(user)
