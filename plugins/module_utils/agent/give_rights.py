# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Give back owner and permissions to what lies below a folder, where somebody else may be at work: no link on the way is followed."""
import errno
import os
import stat

from . import below

_ELSEWHERE = (errno.ELOOP, errno.ENOTDIR, errno.ENOENT)  # a link on the way; or it was taken away meanwhile


def give(root, path, owner, mode=None, forbidden=0):
    """Make ``path``, which is below the folder ``root`` or itself, the user ``owner``'s, with the permissions ``mode``, or without the ``forbidden`` bits.

    Of a link only the owner is changed. Does nothing when ``path`` is not there, or only by way of a link.
    """
    root, path = os.fsencode(root), os.fsencode(path)
    name = os.path.basename(path) if path != root else None
    try:
        with below.opened(root, os.path.dirname(path) if name else root) as folder:
            if name is None:
                _give(folder, owner, mode, forbidden)
            elif stat.S_ISLNK(os.lstat(name, dir_fd=folder).st_mode):
                os.chown(name, owner, -1, dir_fd=folder, follow_symlinks=False)
            else:
                handle = _open(name, folder, owner)
                try:
                    _give(handle, owner, mode, forbidden)
                finally:
                    os.close(handle)
    except below.Elsewhere:
        return
    except OSError as error:
        if error.errno not in _ELSEWHERE:
            raise


def _open(name, above, owner):
    """Open what is no link; where only we could have taken our own right to read it, have it back."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        return os.open(name, flags, dir_fd=above)
    except PermissionError:
        if os.lstat(name, dir_fd=above).st_uid != owner:
            raise
        os.chmod(name, 0o700, dir_fd=above)
        return os.open(name, flags, dir_fd=above)


def _give(handle, owner, mode, forbidden):
    at = os.fstat(handle)
    if at.st_uid != owner:
        os.fchown(handle, owner, -1)
    has = stat.S_IMODE(os.fstat(handle).st_mode)
    wanted = has & ~forbidden if mode is None else mode
    if has != wanted:
        os.fchmod(handle, wanted)
