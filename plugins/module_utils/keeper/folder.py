# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What shows that a folder is a wheelhouse (see main.py for what is in it)."""
from ..common import own_folder
from ..common.own_folder import SHA256, UPLOAD

_WHEELHOUSE = own_folder.Kind(
    "wheelhouse", "wheelhouse_dir",
    signs=(("wheels", SHA256), ("simple", "[.]catalogue[.]json"), ("sources", SHA256), ("bytecode", SHA256 + "[.]zip"),
           ("releases", ".*", "[0-9a-f]{16}[.]json")),
    begun=dict(dict.fromkeys(("wheels", "sources", "bytecode", "releases", "simple"), ""),
               builds=SHA256, uploads=UPLOAD, outgoing="[0-9a-f]{16}[.]tar([.]lock)?|" + UPLOAD))


def require(root):
    """Raise WheelhouseError when the folder ``root`` is somebody else's."""
    own_folder.require(root, _WHEELHOUSE)
