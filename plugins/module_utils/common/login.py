# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whom the connection belongs to: the user who may write uploads and read downloads, when we are root in their stead."""
import os
import pwd


def login_ids(owner=""):
    """Return (uid, gid) of the user that logged in.

    sudo and doas tell; where they don't, ``owner``, the name that the controller believes, is taken. Its ssh configuration may
    name another, so it comes last. Without root it is always this process's own user: nothing can be handed on.
    """
    if os.geteuid() != 0:
        return os.geteuid(), os.getegid()
    if os.environ.get("SUDO_UID", "").isdigit():
        return int(os.environ["SUDO_UID"]), int(os.environ.get("SUDO_GID", os.environ["SUDO_UID"]))
    try:
        found = pwd.getpwnam(os.environ.get("DOAS_USER") or owner)
    except KeyError:
        return os.geteuid(), os.getegid()
    return found.pw_uid, found.pw_gid
