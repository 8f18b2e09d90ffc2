# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whom the connection belongs to: the user who may write uploads and read downloads, when we are root in their stead."""
import os
import pwd

from .errors import WheelhouseError


def login_ids(owner=""):
    """Return (uid, gid) of the user that logged in.

    sudo and doas tell; where they don't, ``owner``, the name that the controller believes, is taken. Its ssh configuration may
    name another, so it comes last. Without root it is always this process's own user: nothing can be handed on. Raises WheelhouseError
    when sudo or doas tell of another one then, who could neither write an upload nor read a download.
    """
    if os.geteuid() != 0:
        _refuse_another(owner)
        return os.geteuid(), os.getegid()
    if os.environ.get("SUDO_UID", "").isdigit():
        return int(os.environ["SUDO_UID"]), int(os.environ.get("SUDO_GID", os.environ["SUDO_UID"]))
    try:
        found = pwd.getpwnam(os.environ.get("DOAS_USER") or owner)
    except KeyError:
        return os.geteuid(), os.getegid()
    return found.pw_uid, found.pw_gid


def _refuse_another(owner):
    """Refuse what can't be handed on; root may write and read what is anybody's, and ``owner`` is nobody else but us."""
    ours = _name_of(os.geteuid())
    login = os.environ.get("SUDO_USER") or os.environ.get("DOAS_USER") or ours
    if login not in (ours, "root") and owner != ours:
        raise WheelhouseError("{0} logged in and became {1}, who can't hand files over to {0}, nor take any".format(login, ours),
                              hint="become root, log in as {0}, or have hosts take what they lack from a web server (deploy_source: pull)".format(ours))


def _name_of(uid):
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
