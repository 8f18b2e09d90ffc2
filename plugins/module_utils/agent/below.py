# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Open a folder that lies below another one, where somebody else may be at work: no link on the way is followed."""
import contextlib
import errno
import os

from ..common.errors import WheelhouseError

_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Elsewhere(WheelhouseError):
    """A link on the way leads elsewhere, or it ends at what is no folder."""


@contextlib.contextmanager
def opened(root, path, make=False):
    """Give a descriptor of the folder ``path``, which is below the folder ``root`` or itself; with ``make`` it is made where it is missing.

    ``root`` may be a link. Raises Elsewhere where anything on the way from there is no real folder, and FileNotFoundError where there is none.
    """
    root, path = os.fsencode(root), os.fsencode(path)
    handle, at = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC), root
    try:
        for name in os.path.relpath(path, root).split(b"/"):
            at = os.path.join(at, name)
            above, handle = handle, _enter(handle, name, at, make)
            os.close(above)
        yield handle
    finally:
        os.close(handle)


def _enter(above, name, path, make):
    try:
        try:
            return os.open(name, _FLAGS, dir_fd=above)
        except FileNotFoundError:
            if not make:
                raise
        os.mkdir(name, 0o755, dir_fd=above)
        return os.open(name, _FLAGS, dir_fd=above)
    except OSError as error:
        if error.errno not in (errno.ENOTDIR, errno.ELOOP):
            raise OSError(error.errno, error.strerror, os.fsdecode(path))
        raise Elsewhere("{0} is a link, or no folder: nothing is put or removed where it leads".format(os.fsdecode(path)),
                        hint="see who put it there, and move it away")
