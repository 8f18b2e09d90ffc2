# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Files that travel between the build host and the controller: what is held, what is packed, where uploads go."""
import os
import shutil
import tempfile

from ..common.errors import WheelhouseError
from ..common.files import sha256_of
from ..common.login import login_ids
from ..common.transfer import pack as pack_stream
from . import assemble
from .assemble import find_build, why_not
from .store import Store, remove_left_over


def find(root, inputs, build_locks=()):
    """Return ``{"manifest", "memos", "reason"}`` of the finished build of ``inputs`` (app, lock, project, platform, options).

    ``memos`` are those of the compiled wheels, by build key (see workshop.Workshop). There is no manifest, but a reason, when nothing
    was built, or when that is not to leave (see assemble.why_not).
    """
    store = Store(root)
    manifest, memos = find_build(store, inputs)
    reason = why_not(store, inputs, build_locks) if manifest else "the build host has no finished build of this lock"
    return {"manifest": None if reason else manifest, "memos": {} if reason else memos, "reason": reason}


def accept(root, inputs):
    """Let the build of ``inputs`` be found that was kept back until it was verified."""
    return {"changed": assemble.accept(Store(root), inputs)}


def held(root, places):
    """Return ``{"held": [...]}``: those of the ``places`` (see common.transfer.place_of) that the store has."""
    return {"held": [place for place in places if os.path.isfile(_checked(root, place))]}


def pack(root, places, owner=""):
    """Write the files at ``places`` to one tar that only the login user can read; return ``{"path", "size"}``.

    A file that is no longer what its name promises is removed, so that the next build makes it again, and is an error.
    """
    for place in places:
        path = _checked(root, place)
        promised = place.split("/")[1].partition(".")[0]
        if not os.path.isfile(path):
            raise WheelhouseError("the build host no longer has {0}".format(place), hint="build again")
        if sha256_of(path) != promised:
            os.unlink(path)
            raise WheelhouseError("{0} was damaged on the build host and has been removed".format(place), hint="build again")
    folder = _private_folder(root, "outgoing", owner)
    path = os.path.join(folder, "files.tar")
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        pack_stream(stream, root, places)
        os.fchown(stream.fileno(), *login_ids(owner))
    return {"path": path, "size": os.stat(path).st_size}


def unpack_done(root, path):
    """Remove what ``pack`` wrote."""
    _remove(root, "outgoing", os.path.dirname(path))
    return {}


def receive(root, owner=""):
    """Make a folder that only the login user can write, for an upload; return ``{"incoming": path}``."""
    return {"incoming": _private_folder(root, "uploads", owner)}


def forget_upload(root, path):
    """Remove the uploaded file at ``path`` with the folder that ``receive`` made for it."""
    _remove(root, "uploads", os.path.dirname(path))


def _private_folder(root, kind, owner):
    above = os.path.join(root, kind)
    os.makedirs(above, mode=0o755, exist_ok=True)
    remove_left_over(above)
    folder = tempfile.mkdtemp(dir=above)
    os.chown(folder, *login_ids(owner))
    return folder


def _remove(root, kind, folder):
    if os.path.dirname(os.path.realpath(folder)) == os.path.realpath(os.path.join(root, kind)):
        shutil.rmtree(folder, ignore_errors=True)  # the transfer is over; what stays is removed after a day


def _checked(root, place):
    parts = place.split("/")
    if parts[0] not in ("wheels", "sources", "bytecode") or ".." in parts or not 2 <= len(parts) <= 3:
        raise WheelhouseError("{0!r} is not a place in a store".format(place))
    return os.path.join(root, place)
