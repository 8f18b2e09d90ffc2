# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a process is about to use, so that another one which tidies up leaves it alone: a lock that the kernel gives back when the process ends.

Between two operations of one deploy the deploy root's own lock is free, and an age tells nothing when the clock jumps.
"""
import contextlib
import errno
import fcntl
import os

_handles = []  # of what this process holds
_NONE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)  # gone, or a link: nobody's


def hold(path):
    """Keep the folder ``path`` from being tidied up until ``let_go``, or until this process ends.

    Tell whether it is there, and nobody removes it just now. It never waits: any user may lock what any user may read.
    """
    try:
        handle = _open(path)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return False
    except OSError:
        pass  # a file system without locks on folders
    _handles.append(handle)
    try:
        return os.path.samestat(os.lstat(path), os.fstat(handle))
    except FileNotFoundError:
        return False


@contextlib.contextmanager
def holding(path):
    """Keep the folder ``path`` from being tidied up within the block."""
    handle = _open(path)
    try:
        with contextlib.suppress(OSError):  # a file system without locks on folders
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        yield
    finally:
        os.close(handle)


def let_go():
    """Hold nothing any more."""
    while _handles:
        os.close(_handles.pop())


@contextlib.contextmanager
def unheld(path):
    """Tell whether no process holds ``path``; none comes to hold it within the block."""
    try:
        handle = _open(path)
    except OSError as error:
        yield error.errno in _NONE
        return
    try:
        free = True
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            free = False
        except OSError:
            pass  # a file system without locks on folders
        yield free
    finally:
        os.close(handle)


def _open(path):
    return os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
