# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Run a build's commands without network, without credentials, as an unprivileged user, with all output in a log."""
import contextlib
import os
import shutil
import signal
import subprocess
import sys

from ..common.errors import WheelhouseError
from . import hiding
from .output import follow
from .users import end_processes, nobody, own_user

SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# The best first. With a process namespace, whatever a build leaves running ends with it; with a mount namespace, homes and shared
# folders are hidden; where /proc may not be mounted again, or namespaces other than the network's are refused, that one alone will do.
_NAMESPACES = (
    ("--net", "--ipc", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"),
    ("--net", "--ipc", "--mount", "--pid", "--fork", "--kill-child"),
    ("--net", "--pid", "--fork", "--kill-child", "--mount-proc"),
    ("--net", "--pid", "--fork", "--kill-child"),
    ("--net",),
)
# setpriv still has its old rights while it starts a program: only that program can tell whether it would be able to start another
_CAN_WORK = "import os, sys; os.stat(sys.argv[1])"
_PROCESSES = 4096  # of one user: enough for every build, too few to take the host
# when memory runs out, the kernel ends a build before anything else of the host (proc(5))
_EXPENDABLE = '{ echo 1000 > /proc/self/oom_score_adj; } 2> /dev/null; exec "$@"'


class Sandbox:
    """The way to run a command that works on this host.

    ``namespaces`` are flags of unshare(1), ``users`` tells whether they need a user namespace around them, ``owner`` is the
    (uid, gid) that a build's folders must belong to, ``own`` whether nothing else runs as this user, ``memory`` the bytes that
    one process may take, or None.
    """

    def __init__(self, namespaces, users, owner, own=False, memory=None):
        self.namespaces = tuple(namespaces)
        self.users = users
        self.owner = owner
        self.own = own
        self.memory = memory

    @property
    def drop(self):
        """What is put before a command to leave the privileges behind; empty when we have none."""
        if os.geteuid() != 0:
            return []
        # a change of user forgets the signal that is to come when the parent dies, so that it is asked for again
        return [*WITH_US, "--reuid", str(self.owner[0]), "--regid", str(self.owner[1]), "--clear-groups",
                "--no-new-privs"]

    @contextlib.contextmanager
    def lease(self):
        """Give the block a sandbox with a user that no other build has meanwhile, where that is possible (root)."""
        with own_user() as owner:
            yield self if owner is None else Sandbox(self.namespaces, self.users, owner, True, self.memory)

    def give(self, *folders):
        """Hand the folders, with all that they hold, to the user that builds."""
        if os.geteuid() != 0:
            return
        for top in folders:
            os.lchown(top, *self.owner)
            for folder, names, files in os.walk(top):
                for name in names + files:
                    os.lchown(os.path.join(folder, name), *self.owner)

    def run(self, command, cwd, environment, log, timeout, allowed=None):
        """Run ``command``; its output is appended to the open binary file ``log``, shortened when it is endless. Returns the exit code.

        Raises WheelhouseError when it takes longer than ``timeout`` seconds, the rest of the ``allowed`` ones, or was killed.
        Whatever it left running is ended.
        """
        reader, writer = os.pipe()
        try:
            with subprocess.Popen(self.wrap(command, cwd, environment), cwd=cwd, env=environment, stdin=subprocess.DEVNULL, stdout=writer,
                                  stderr=subprocess.STDOUT, start_new_session=True) as process:
                try:
                    os.close(writer)
                    ended = follow(process, reader, log, timeout)
                finally:
                    self._end(process)
        finally:
            os.close(reader)
        if not ended:
            raise WheelhouseError("it was still building after {0} s and was ended".format(timeout if allowed is None else allowed),
                                  hint="if it only needs longer, set build_timeout to more seconds")
        if process.returncode in (-signal.SIGKILL, 128 + signal.SIGKILL):
            raise WheelhouseError("its build was killed: most likely the build host ran out of memory",
                                  hint="give the build host more memory, or use a published wheel")
        return process.returncode

    def wrap(self, command, cwd, environment):
        """Return ``command`` with all that is put before it. Tools are named by their path: PATH is the build's own."""
        limits = [tool("prlimit"), "--core=0"] + (["--data={0}".format(self.memory)] if self.memory else [])
        if os.geteuid() == 0:
            limits.append("--nproc={0}".format(_PROCESSES))
        enter = self._enter([cwd, *command, *(environment.get(name, "") for name in ("HOME", "TMPDIR", "SSL_CERT_FILE"))])
        expendable = [tool("sh"), "-c", _EXPENDABLE, "sh"]
        if not self.users:
            return [*expendable, *enter, *limits, *self.drop, *command]
        # root of a user namespace could look behind what hides; without its capabilities it is as good as anybody
        powerless = [tool("setpriv"), "--bounding-set", "-all", "--no-new-privs"] if enter else []
        return [*expendable, *limits, *self.drop, tool("unshare"), "--user", "--map-root-user", *enter, *powerless, *command]

    def _enter(self, needed):
        """Return what enters the namespaces: they must end with us, even when we are killed."""
        if not self.namespaces:
            return []
        hidden = []
        if "--mount" in self.namespaces:
            paths = [path for path in [*needed, sys.executable, sys.prefix, sys.base_prefix] if os.path.isabs(path)]
            hidden = hiding.places(paths, network="--net" not in self.namespaces)
        return [*WITH_US, tool("unshare"), *self.namespaces,
                tool("sh"), "-c", hiding.SCRIPT, "sh", tool("mount"), *hidden, "--"]

    def _end(self, process):
        """End what is still running."""
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        if self.own and "--pid" not in self.namespaces:  # what has left its session: all that this user has
            end_processes(self.owner[0])


def find_sandbox(network=False, memory=None):
    """Return a Sandbox that was seen to work here; with ``network`` one that is only for commands which need the network.

    ``memory`` is how many bytes one process may take. Raises WheelhouseError when there is none.
    """
    owner = nobody() if os.geteuid() == 0 else (os.geteuid(), os.getegid())
    probe = [sys.executable, "-I", "-S", "-c", _CAN_WORK, sys.executable]
    environment = {"PATH": SYSTEM_PATH, "TMPDIR": os.path.dirname(sys.executable)}
    complaints = []
    for namespaces, users in _ways(network):
        sandbox = Sandbox(namespaces, users, owner, False, memory)
        try:
            ran = subprocess.run(sandbox.wrap(probe, "/", environment), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                 stdin=subprocess.DEVNULL, cwd="/", env=environment, check=False)
        except OSError as error:
            complaints.append("{0}: {1}".format(error.filename, error.strerror))
            continue
        if ran.returncode == 0:
            return sandbox
        complaints.append(ran.stdout.decode("utf-8", "replace").strip().split("\n")[-1])
    advice = ("build as root (become), with util-linux installed; in a container, allow CAP_SYS_ADMIN or user namespaces; build_root and "
              "build_python must be where every user may go")
    raise WheelhouseError("this host can't run a build {0}".format("as an unprivileged user" if network else "without network"),
                          log="\n".join(dict.fromkeys(complaints)),
                          hint=advice if network else advice + ". Or let builds use the network: build_allow_network")


def _ways(network):
    """Yield (namespaces, whether in a user namespace), the best first."""
    kinds = [tuple(flag for flag in flags if flag != "--net") for flags in _NAMESPACES] if network else list(_NAMESPACES)
    for users in [False, True] if os.geteuid() == 0 else [True]:
        yield from ((kind, users) for kind in kinds if kind)
    if network:
        yield (), False


def tool(name):
    """Return the path of a program of the system's, or its name when there is none."""
    return shutil.which(name, path=SYSTEM_PATH) or name


#: Put before a command: it ends when we do, however that is, and never writes what the next run removes.
WITH_US = (tool("setpriv"), "--pdeathsig", "KILL")


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
            "PYTHONNOUSERSITE": "1", "USER": "nobody", "LOGNAME": "nobody"}
