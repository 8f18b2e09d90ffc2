# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""End work with SIGKILL, at a step that has a name or at any moment, so that nothing of its own can tidy up; and count what came of it."""
import os
import signal
import time

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common import steps

LONG = "WHEELHOUSE_TEST_LONG" in os.environ


def moments(short, long):
    """Return how many random moments a test tries: that many, unless WHEELHOUSE_TEST_MOMENTS says otherwise."""
    return int(os.environ.get("WHEELHOUSE_TEST_MOMENTS") or (long if LONG else short))


CALLS = ("rename", "fsync")  # before a name is given to a file, and before one is on the disk: what is temporary lies there then
ALL_CALLS = (*CALLS, "unlink", "symlink")  # and before one is taken away, or a link made


def in_a_child(work, hook=None, after=None, calls=CALLS):
    """Carry out ``work`` in a process group of its own; with ``after`` kill it after so many seconds.

    ``hook`` is told of the named steps, and before each of these ``calls`` of os. Returns its wait status.
    """
    pid = os.fork()
    if not pid:
        status = 1
        try:
            os.setpgid(0, 0)
            steps.hook = hook
            _tell_of(calls)
            work()
            status = 0
        finally:
            os._exit(status)
    if after is not None:
        time.sleep(after)
        try:
            os.killpg(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    return os.waitpid(pid, 0)[1]


def _tell_of(calls):
    """Make steps of these calls; what processes take away that work side by side is none, because they do so in any order."""
    first = os.getpid()
    for name in calls:
        real = getattr(os, name)

        def told(*arguments, real=real, name=name, **options):
            if name != "unlink" or os.getpid() == first:
                steps.step("before " + name)
            return real(*arguments, **options)
        setattr(os, name, told)


def kill_at(number, alone=False):
    """Return a hook that ends the process at the step of that number, and all of its children unless it is to be ``alone``."""
    left = [number]

    def hook(_name):
        left[0] -= 1
        if left[0] < 0:
            kill(alone)
    return hook


def kill(alone):
    """End this process, and its children unless it is to be ``alone``, as the kernel does when memory runs out."""
    if alone:
        os.kill(os.getpid(), signal.SIGKILL)
    os.killpg(0, signal.SIGKILL)


def steps_of(work, path, calls=CALLS):
    """Carry out ``work`` once, with its steps noted in the new file ``path``; return their names, in order, and how many seconds it took."""
    def note(name):
        with open(path, "a") as stream:  # a process that works for another closes what it did not open
            stream.write(name + "\n")
    before = time.monotonic()
    assert in_a_child(work, note, calls=calls) == 0
    took = time.monotonic() - before
    with open(path) as stream:
        return stream.read().splitlines(), took


def report(record_property, tries, kills, broken, helped):
    """Count for the end of the run (see tests/conftest.py), and fail when something was wrong.

    ``kills`` are those of the ``tries`` that came before the work was done: a random moment may be too late.
    """
    record_property("count", ("kills", kills))
    record_property("count", ("broken", len(broken)))
    record_property("count", ("re-runs that needed help", len(helped)))
    assert not broken + helped, "\n".join(broken + helped)
    assert 4 * kills > tries, "most work was not killed"
