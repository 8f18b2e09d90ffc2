# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One process after another: Ansible runs the same action for several hosts at the same time, and two controllers may share a wheelhouse."""
import contextlib
import fcntl
import os

from .files import make_folders

NAME = ".lock"


@contextlib.contextmanager
def alone_in(folder):
    """Hold the lock of ``folder`` during the block; the kernel gives it back however the holder ends.

    It is a file in it: NFS locks no folders, nor files that are open for reading only (flock(2)).
    """
    handle = _open(folder)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _open(folder):
    try:
        return os.open(os.path.join(folder, NAME), os.O_RDWR | os.O_CREAT, 0o644)
    except FileNotFoundError:
        make_folders(folder)
        return _open(folder)
