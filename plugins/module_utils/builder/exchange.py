# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the build host has for the controller: what is finished, what is held, what is packed."""
import os

from ..common.errors import WheelhouseError
from ..common.exchange import checked_path, pack_for_login
from ..common.files import sha256_of
from . import assemble
from .assemble import find_build, why_not
from .store import Store


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
    return {"held": [place for place in places if os.path.isfile(checked_path(root, place))]}


def pack(root, places, owner=""):
    """Write the files at ``places`` to one tar that only the login user can read; return ``{"path", "size"}``.

    A file that is no longer what its name promises is removed, so that the next build makes it again, and is an error.
    """
    for place in places:
        path = checked_path(root, place)
        promised = place.split("/")[1].partition(".")[0]
        if not os.path.isfile(path):
            raise WheelhouseError("the build host no longer has {0}".format(place), hint="build again")
        if sha256_of(path) != promised:
            os.unlink(path)
            raise WheelhouseError("{0} was damaged on the build host and has been removed".format(place), hint="build again")
    return pack_for_login(root, places, owner)
