# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What shows that a folder is a build root: of what is in it, the tools come first, or what the controller sends for them."""
import re

from ..common import own_folder
from ..common.own_folder import SHA256, UPLOAD
from ..common.unfinished import PART

JOB = re.compile("[0-9]{8}T[0-9]{6}-[0-9a-f]{8}")  # as job.py names them

_BUILD_ROOT = own_folder.Kind(
    "build root", "build_root",
    signs=(("tools", "[0-9a-f]{16}-cp[0-9]+[a-z]*"), ("jobs", JOB.pattern), ("sources", SHA256), ("wheels", SHA256), ("bytecode", SHA256 + "[.]zip")),
    begun=dict(dict.fromkeys(("jobs", "sources", "wheels", "bytecode", "builds", "releases", "environments", "work", "reading", "locking"), ""),
               tools="lock", uploads=UPLOAD, outgoing=UPLOAD, incoming=PART.pattern, cache="boot|build|requirements|resolve|toolchain"))


def require(root):
    """Raise WheelhouseError when the folder ``root`` is somebody else's."""
    own_folder.require(root, _BUILD_ROOT)
