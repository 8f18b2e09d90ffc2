# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The file system below the deploy root: may we write, is there room, is it on the disk."""
import contextlib
import ctypes
import errno
import os

from ..common.errors import WheelhouseError

HINTS = {
    errno.ENOSPC: "free some space (an older release: a smaller deploy_keep), then run again",
    errno.EDQUOT: "free some space or raise the quota, then run again",
    errno.EXDEV: "mount nothing below the deploy root, or choose another one: it is one file system",
    errno.EROFS: "mount it read-write, or choose another deploy_root",
    errno.EACCES: "become root, or choose a deploy_root that this user may write to",
    errno.EPERM: "become root, or choose a deploy_root that this user may write to",
}
_ROOT_IS_NOBODY = "it keeps root out too, as NFS does with root_squash: choose another deploy_root, or have it exported with no_root_squash"


def nearest(path):
    """Return the nearest ancestor of ``path``, or itself, that exists."""
    while not os.path.lexists(path):
        path = os.path.dirname(path)
    return path


def writable(root):
    """Return why ``root`` could not be made or written to, as ``(reason, hint)``; None when it could. Changes nothing."""
    found = nearest(root)
    if not os.path.isdir(found):
        return "{0} is not a folder".format(found), "choose another deploy_root, or move that file away"
    flags = os.statvfs(found).f_flag
    if flags & os.ST_RDONLY:
        return "{0} is on a read-only file system".format(found), HINTS[errno.EROFS]
    if flags & os.ST_NOEXEC:
        return ("{0} is on a file system that is mounted noexec: no command and no extension module would work there".format(found),
                "mount it without noexec, or choose another deploy_root")
    if not os.access(found, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids):
        return "{0} is not writable".format(found), HINTS[errno.EACCES] if os.geteuid() else _ROOT_IS_NOBODY
    return None


def divided(root, folders):
    """Return the first of these ``folders`` that is on another file system than ``root``; None when there is none."""
    for folder in folders:
        if os.path.isdir(folder) and os.stat(folder).st_dev != os.stat(root).st_dev:
            return folder
    return None


def free(root):
    """Return how many bytes and inodes are free for ``root``; None for inodes when the file system has no fixed number."""
    found = nearest(root)
    while not os.path.exists(found):  # a link that leads nowhere
        found = nearest(os.path.dirname(found))
    found = os.statvfs(found)
    return found.f_bavail * found.f_frsize, found.f_favail if found.f_files else None


@contextlib.contextmanager
def explained(root):
    """Turn an OSError of a full, read-only or divided file system, or of missing rights, into an error that says what to do."""
    try:
        yield
    except OSError as error:
        if error.errno not in HINTS:
            raise
        raise WheelhouseError("writing below {0} failed: {1}".format(root, error), hint=HINTS[error.errno])


def sync(path):
    """Return when all that was written to the file system of the folder ``path`` is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        if ctypes.CDLL(None).syncfs(handle) != 0:
            os.sync()
    except (AttributeError, OSError):
        os.sync()  # a libc without syncfs(2)
    finally:
        os.close(handle)
