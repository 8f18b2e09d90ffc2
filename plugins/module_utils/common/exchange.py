# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where a store's tars lie while they travel: private folders of the login user, which a run that was broken off leaves for a day."""
import os
import shutil
import tempfile
import time

from .errors import WheelhouseError
from .files import make_folders
from .login import login_ids
from .transfer import pack
from .unfinished import MADE

_KEPT = 24 * 3600  # seconds


def checked_path(root, place):
    """Return the path of a ``place`` (see transfer.place_of) below ``root``. Raises WheelhouseError for what is none."""
    parts = place.split("/")
    if parts[0] not in ("wheels", "sources", "bytecode") or ".." in parts or not 2 <= len(parts) <= 3:
        raise WheelhouseError("{0!r} is not a place in a store".format(place))
    return os.path.join(root, place)


def pack_for_login(root, places, owner=""):
    """Write the files at ``places`` to one tar that only the login user can read; return ``{"path", "size"}``."""
    path = os.path.join(private_folder(root, "outgoing", owner), "files.tar")
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            pack(stream, root, places)
            os.fchown(stream.fileno(), *login_ids(owner))
    except BaseException:
        unpack_done(root, path)  # nobody else knows where it is, and the disk may be full of it
        raise
    return {"path": path, "size": os.stat(path).st_size}


def unpack_done(root, path):
    """Remove what ``pack_for_login`` wrote."""
    _remove(root, "outgoing", os.path.dirname(path))
    return {}


def receive(root, owner=""):
    """Make a folder that only the login user can write, for an upload; return ``{"incoming": path}``."""
    return {"incoming": private_folder(root, "uploads", owner)}


def forget_upload(root, path):
    """Remove the uploaded file at ``path`` with the folder that ``receive`` made for it."""
    _remove(root, "uploads", os.path.dirname(path))


def private_folder(root, kind, owner):
    """Make a folder of the login user's in the folder ``kind`` (such as ``uploads``); return its path."""
    above, ids = os.path.join(root, kind), login_ids(owner)
    make_folders(above)
    remove_left_over(above, MADE)
    folder = tempfile.mkdtemp(dir=above)
    os.chown(folder, *ids)
    return folder


def remove_left_over(above, names):
    """Remove what has one of these ``names`` (a pattern) in ``above`` and is a day old: a run that was broken off has left it."""
    for name in filter(names.fullmatch, os.listdir(above)):
        path = os.path.join(above, name)
        try:
            if time.time() - os.lstat(path).st_mtime <= _KEPT:
                continue
            if os.path.isdir(path) and not os.path.islink(path):
                shutil.rmtree(path, ignore_errors=True)  # another run may be removing it too; what stays is tried again
            else:
                os.unlink(path)
        except FileNotFoundError:
            pass  # it was removed between the two looks


def _remove(root, kind, folder):
    if os.path.dirname(os.path.realpath(folder)) == os.path.realpath(os.path.join(root, kind)):
        shutil.rmtree(folder, ignore_errors=True)  # the transfer is over; what stays is removed after a day
