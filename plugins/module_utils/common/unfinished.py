# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is not finished yet, and what a process that was killed left so.

Whoever makes such a file or folder holds a lock on it, which the kernel gives back when that process ends, however it ends. So
anybody can tell what is left over from what is being made, and nothing has to wait until it is old.
"""
import contextlib
import fcntl
import os
import re
import shutil
import tempfile

PREFIX = ".tmp-wheelhouse-"
#: What the temporary folders are called that tempfile makes without a prefix.
MADE = re.compile("tmp[a-z0-9_]{8}")
#: What is kept of a file that a host was getting itself.
PART = re.compile("[0-9a-f]{64}[.]part")

NAME = re.compile(re.escape(PREFIX) + "[a-z0-9_]{8}")  # as tempfile makes them


def begin_file(folder):
    """Make a new file in ``folder`` that ``sweep`` leaves alone as long as it is open; return (file descriptor, path)."""
    while True:
        handle, path = tempfile.mkstemp(prefix=PREFIX, dir=folder)
        if _claim(handle, path):
            return handle, path
        os.close(handle)


@contextlib.contextmanager
def temporary_folder(parent):
    """Give a new private folder in ``parent`` that ``sweep`` leaves alone during the block; it is gone afterwards."""
    while True:
        path = tempfile.mkdtemp(prefix=PREFIX, dir=parent)
        handle = _open(path)
        if handle is not None and _claim(handle, path):
            break
        if handle is not None:
            os.close(handle)
    try:
        yield path
    finally:
        try:
            shutil.rmtree(path)
        finally:
            os.close(handle)


def sweep(folder):
    """Remove from ``folder`` what nobody is making any more; do nothing when there is no such folder."""
    try:
        names = os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return
    for name in names:
        if NAME.fullmatch(name):
            _remove(os.path.join(folder, name))


def sweep_below(top):
    """Remove the same from the folder ``top`` and all those in it."""
    for folder, _folders, _files in os.walk(top):
        sweep(folder)


def _remove(path):
    handle = _open(path)
    if handle is None:
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.isdir(path):
            shutil.rmtree(path, ignore_errors=True)  # what stays is in nobody's way; the next one tries again
        else:
            os.unlink(path)
    except OSError:
        pass  # it is being made; or another one removes it too
    finally:
        os.close(handle)


def _open(path):
    try:
        return os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None  # another user's, or gone


def _claim(handle, path):
    """Lock what was just made; tell whether it is still there, because ``sweep`` may have come first."""
    try:
        fcntl.flock(handle, fcntl.LOCK_SH)
    except OSError:
        pass  # a file system without locks, on which nothing can be swept
    try:
        return os.path.samestat(os.stat(path), os.fstat(handle))
    except FileNotFoundError:
        return False
