# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Run a build's commands without network, without credentials, as an unprivileged user, with all output in a log."""
import os
import pwd
import signal
import subprocess
import sys

from ..common.errors import WheelhouseError

SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# The best first. With a process namespace, whatever a build leaves running ends with it; where /proc may not be mounted again,
# or namespaces other than the network's are refused, the network's alone will do.
_NAMESPACES = (
    ("--net", "--pid", "--fork", "--kill-child", "--mount-proc"),
    ("--net", "--pid", "--fork", "--kill-child"),
    ("--net",),
)
# setpriv still has its old rights while it starts a program: only that program can tell whether it would be able to start another
_CAN_WORK = "import os, sys; os.stat(sys.argv[1])"


class Sandbox:
    """The way to run a command that works on this host.

    ``prefix`` is put before a command to take the network away, ``drop`` to leave the privileges behind (empty when we have
    none), ``owner`` is the (uid, gid) that a build's folders must belong to.
    """

    def __init__(self, prefix, drop, owner):
        self.prefix = list(prefix)
        self.drop = list(drop)
        self.owner = owner

    def give(self, *folders):
        """Hand the folders, with all that they hold, to the user that builds."""
        if os.geteuid() != 0:
            return
        for top in folders:
            os.lchown(top, *self.owner)
            for folder, names, files in os.walk(top):
                for name in names + files:
                    os.lchown(os.path.join(folder, name), *self.owner)

    def run(self, command, cwd, environment, log, timeout, network=False):
        """Run ``command``; its output is appended to the open binary file ``log``. Returns the exit code.

        Raises WheelhouseError when it takes longer than ``timeout`` seconds. Whatever it left running is ended.
        """
        prefix = self.drop if network else self.prefix
        with subprocess.Popen(prefix + list(command), cwd=cwd, env=environment, stdin=subprocess.DEVNULL, stdout=log,
                              stderr=subprocess.STDOUT, start_new_session=True) as process:
            try:
                return process.wait(timeout)
            except subprocess.TimeoutExpired:
                raise WheelhouseError("it was still building after {0} s and was ended".format(timeout)) from None
            finally:
                try:
                    os.killpg(process.pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass


def find_sandbox(network=False):
    """Return a Sandbox that was seen to work here; with ``network`` one that is only for commands which need the network.

    Raises WheelhouseError when there is none.
    """
    root = os.geteuid() == 0
    owner = _unprivileged() if root else (os.geteuid(), os.getegid())
    # a change of user forgets the signal that is to come when the parent dies, so that it is asked for again
    drop = ["setpriv", "--pdeathsig", "KILL", "--reuid", str(owner[0]), "--regid", str(owner[1]), "--clear-groups",
            "--no-new-privs"] if root else []
    complaints = []
    for prefix in [drop] if network else _prefixes(drop):
        try:
            ran = subprocess.run([*prefix, sys.executable, "-I", "-S", "-c", _CAN_WORK, sys.executable], stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, cwd="/", check=False)
        except OSError as error:
            complaints.append("{0}: {1}".format(prefix[0], error.strerror))
            continue
        if ran.returncode == 0:
            return Sandbox(prefix, drop, owner)
        complaints.append(ran.stdout.decode("utf-8", "replace").strip().split("\n")[-1])
    raise WheelhouseError("this host can't run a build {0}".format("as an unprivileged user" if network else "without network"),
                          log="\n".join(dict.fromkeys(complaints)),
                          hint="build as root (become), with util-linux installed; in a container, allow CAP_SYS_ADMIN or user "
                               "namespaces; build_root and build_python must be where the user nobody may go")


def _prefixes(drop):
    """Yield what may be put before a command to take the network away, the best first."""
    # the namespaces must end with us, even when we are killed
    unshare = ["setpriv", "--pdeathsig", "KILL", "unshare"]
    for flags in _NAMESPACES if drop else ():
        yield [*unshare, *flags, *drop]
    for flags in _NAMESPACES:
        yield [*drop, *unshare, "--user", "--map-root-user", *flags]


def _unprivileged():
    try:
        found = pwd.getpwnam("nobody")
    except KeyError:
        return (65534, 65534)
    return (found.pw_uid, found.pw_gid)


def build_environment(home, temporary, binaries, jobs):
    """Return the whole environment of a build: what it needs, and nothing of ours.

    ``home`` and ``temporary`` are folders of its own, ``binaries`` holds the programs of its build requirements, ``jobs`` is how
    many processes it may use. SOURCE_DATE_EPOCH is the first moment that a zip can hold, 1980-01-01.
    """
    return dict(fixed_environment(), PATH=binaries + ":" + SYSTEM_PATH, HOME=home, TMPDIR=temporary, VIRTUAL_ENV=os.path.dirname(binaries),
                MAX_JOBS=str(jobs), MAKEFLAGS="-j{0}".format(jobs), CMAKE_BUILD_PARALLEL_LEVEL=str(jobs), CARGO_BUILD_JOBS=str(jobs))


def fixed_environment():
    """Return the part of a build's environment that decides what comes out of it."""
    return {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TZ": "UTC", "SOURCE_DATE_EPOCH": "315532800", "PYTHONHASHSEED": "0",
            "PYTHONNOUSERSITE": "1"}
