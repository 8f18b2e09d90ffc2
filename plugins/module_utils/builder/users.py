# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A user for each build, so that no build can write to another's files or signal its processes."""
import contextlib
import fcntl
import grp
import os
import pwd
import signal

# Numbers that nobody is given: systemd leaves 60706-61183 unused (its "Users, Groups, UIDs and GIDs"), Debian gives those from
# 60000 on to named users only (Debian Policy 9.2.2), which are left out below.
FIRST, COUNT = 60800, 256
LOCKS = "/run/wheelhouse-build"


def nobody():
    """Return (uid, gid) of the user that owns nothing."""
    try:
        found = pwd.getpwnam("nobody")
    except KeyError:
        return (65534, 65534)
    return (found.pw_uid, found.pw_gid)


@contextlib.contextmanager
def own_user(locks=LOCKS):
    """Give the block a (uid, gid) that no other process on this host is given meanwhile, or None where there is none (not root)."""
    with contextlib.ExitStack() as stack:
        yield _first_free(stack, locks) if os.geteuid() == 0 else None


def end_processes(user):
    """End the processes that run as ``user`` (uid) on this host; not those of containers, where the same number is another's."""
    for _attempt in range(100):  # one that forks all the time may be missed by one look
        found = [process for process in filter(str.isdigit, os.listdir("/proc")) if _is_of(process, user)]
        if not found:
            return
        for process in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(process), signal.SIGKILL)


def _is_of(process, user):
    folder = os.path.join("/proc", process)
    try:
        with open(os.path.join(folder, "stat"), "rb") as stream:
            ended = stream.read().rpartition(b")")[2].split()[0] in (b"Z", b"X")
        return not ended and os.stat(folder).st_uid == user and os.readlink(folder + "/ns/mnt") == os.readlink("/proc/self/ns/mnt")
    except OSError:
        return False  # it ended meanwhile


def _first_free(stack, locks):
    try:
        os.makedirs(locks, mode=0o755, exist_ok=True)
        for number in range(FIRST, FIRST + COUNT):
            if not _is_mapped(number) or _is_named(number):
                continue
            stream = open(os.path.join(locks, str(number)), "ab")  # pylint: disable=consider-using-with
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                stream.close()
                continue
            stack.callback(stream.close)
            return (number, number)
    except OSError:
        pass  # without a place for locks nobody can be sure; nobody's user does, for all builds
    return None


def _is_mapped(number):
    """Tell whether a container has this number at all (user_namespaces(7))."""
    try:
        with open("/proc/self/uid_map", encoding="ascii") as stream:
            rows = [[int(word) for word in line.split()] for line in stream]
    except OSError:
        return True
    return any(first <= number < first + count for first, _outside, count in rows)


def _is_named(number):
    for look_up in (pwd.getpwuid, grp.getgrgid):
        try:
            look_up(number)
            return True
        except KeyError:
            continue
    return False
