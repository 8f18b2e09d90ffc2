# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a file can be believed: nobody else may write it, or have its name stand for another. sshd's StrictModes asks the same of its keys."""
import errno
import os
import stat

LINKS = 40  # as many as the kernel follows
OWNER, PERMISSIONS = "owner", "permissions"


def unsafe(path):
    """Return which user's hand could be in the file at the absolute ``path``, as a sentence; None when it can only be root's or ours.

    Looked at are the file, each folder on the way to it, and each link: where it lies, and the way to where it leads. In a folder
    with the sticky bit nobody takes another's file away. Raises OSError when the file is not there.
    """
    for full, status, above in way(path):
        found = others(status, above)
        if found == OWNER:
            return "{0} belongs to the user {1}".format(full, status.st_uid)
        if found:
            return "{0} has the permissions {1:04o}".format(full, stat.S_IMODE(status.st_mode))
    return None


def others(status, above=None, forbidden=0o022, sticky=True):
    """Return what lets another user than root and ours have a hand in what is of this ``status``: OWNER, PERMISSIONS or "".

    ``forbidden`` permissions on a folder do not matter with the ``sticky`` bit, unless they do to whoever asks. The owner of a link can only
    lead it elsewhere where he may write to the folder that it lies in, whose status is ``above``.
    """
    is_link = stat.S_ISLNK(status.st_mode)
    if status.st_uid not in (0, os.geteuid()) and not (is_link and above and not above.st_mode & 0o022):
        return OWNER
    if status.st_mode & forbidden and not is_link and not (sticky and stat.S_ISDIR(status.st_mode) and status.st_mode & stat.S_ISVTX):
        return PERMISSIONS
    return ""


def way(path):
    """Give all that decides where the absolute ``path`` leads, from the top: folders, links, and the way to where these lead.

    Each is (path, status, status of the folder that it lies in). The last is what lies there in the end. Raises OSError where it goes no further.
    """
    at, links = "/", 0
    waiting = path.split("/")
    above = os.lstat("/")
    yield "/", above, above
    while waiting:
        name = waiting.pop(0)
        if name in ("", ".", ".."):
            at = os.path.dirname(at) if name == ".." else at  # there is no link in it any more
            above = os.lstat(at)
            continue
        full = os.path.join(at, name)
        status = os.lstat(full)
        yield full, status, above
        if not stat.S_ISLNK(status.st_mode):
            at, above = full, status
            continue
        links += 1
        if links > LINKS:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
        target = os.readlink(full)
        at = "/" if target.startswith("/") else at
        above = os.lstat(at)
        waiting[:0] = target.split("/")
