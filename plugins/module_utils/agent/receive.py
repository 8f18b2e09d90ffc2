# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Make a place for an upload that is too large for the request's own stream."""
import os
import tempfile

from ..common.files import make_folders
from ..common.login import login_ids
from . import deploy_root, disk
from .check import check, require
from .layout import Layout


def receive(root, app, manifest, owner=""):
    """Return what ``check`` returns, and as ``incoming`` the path of a new folder that the login user owns, or None.

    None when nothing is missing. ``stage`` removes the folder with the upload in it. Raises Blocked when the release
    cannot be staged here anyway.
    """
    found = check(root, app, manifest)
    require(found, app)
    if not found["missing"]:
        return dict(found, incoming=None)
    return dict(found, incoming=upload(root, app, owner)["incoming"])


def upload(root, app, owner=""):
    """Return, as ``incoming``, the path of a new folder that the login user owns."""
    layout, ids = Layout(root), login_ids(owner)
    deploy_root.require(layout, app)
    with disk.explained(layout.root):
        umask = os.umask(0o022)
        try:
            make_folders(layout.incoming)
            os.chmod(layout.incoming, 0o711)  # the owner passes through, and cannot list the others' uploads
            folder = tempfile.mkdtemp(dir=layout.incoming)  # 0700
            os.chown(folder, *ids)
        finally:
            os.umask(umask)
    return {"incoming": folder}
