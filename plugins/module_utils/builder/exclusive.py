# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One at a time: a lock that the kernel gives back when its holder ends, however it ends."""
import contextlib
import fcntl
import os


@contextlib.contextmanager
def exclusive(path, on_wait=None):
    """Hold the lock at ``path`` during the block; ``on_wait`` is called once when somebody else holds it.

    A child that inherits the number (file descriptor) that the block is given holds the lock too.
    """
    os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
    with open(path, "ab") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if on_wait:
                on_wait()
            fcntl.flock(stream, fcntl.LOCK_EX)
        yield stream.fileno()


def is_held(path):
    """Tell whether a process holds the lock at ``path``."""
    try:
        with open(path, "rb") as stream:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return False
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
