# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a file can be believed: nobody else may write it, or have its name stand for another. sshd's StrictModes asks the same of its keys."""
import errno
import os
import stat

LINKS = 40  # as many as the kernel follows


def unsafe(path):
    """Return which user's hand could be in the file at the absolute ``path``, as a sentence; None when it can only be root's or ours.

    Looked at are the file, each folder on the way to it, and each link: where it lies, and the way to where it leads. In a folder
    with the sticky bit nobody takes another's file away. Raises OSError when the file is not there.
    """
    for full, status in way(path):
        found = _others(full, status)
        if found:
            return found
    return None


def way(path):
    """Give all that decides where the absolute ``path`` leads, from the top, as (path, status): folders, links, and the way to where these lead.

    The last is what lies there in the end. Raises OSError where it goes no further.
    """
    at, links = "/", 0
    waiting = path.split("/")
    yield "/", os.lstat("/")
    while waiting:
        name = waiting.pop(0)
        if name in ("", ".", ".."):
            at = os.path.dirname(at) if name == ".." else at  # there is no link in it any more
            continue
        full = os.path.join(at, name)
        status = os.lstat(full)
        yield full, status
        if not stat.S_ISLNK(status.st_mode):
            at = full
            continue
        links += 1
        if links > LINKS:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
        target = os.readlink(full)
        at = "/" if target.startswith("/") else at
        waiting[:0] = target.split("/")


def _others(path, status):
    if status.st_uid not in (0, os.geteuid()):
        return "{0} belongs to the user {1}".format(path, status.st_uid)
    sticky = stat.S_ISDIR(status.st_mode) and status.st_mode & stat.S_ISVTX
    if status.st_mode & 0o022 and not sticky and not stat.S_ISLNK(status.st_mode):
        return "{0} has the permissions {1:04o}".format(path, stat.S_IMODE(status.st_mode))
    return None
