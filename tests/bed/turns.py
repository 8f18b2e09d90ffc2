# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One run at a time, with a podman that works."""
import contextlib
import fcntl

from . import definition, images, reboot


@contextlib.contextmanager
def alone():
    """Hold off other runs on this machine, whichever clone they come from."""
    images.cache().mkdir(parents=True, exist_ok=True)
    with open(images.cache() / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def mend(try_podman, say):
    """Find out whether podman works; make it work again after a start of the machine that it did not notice."""
    try:
        try_podman()
    except definition.BedError:
        if not reboot.is_stale():
            raise
        say("the machine was started anew: podman is told so")
        reboot.forget()
