# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""SSH without compression: what is sent is compressed already, and Ansible's default, ``-C``, makes sending it three times as slow."""
from __future__ import annotations

import hashlib
import shlex


def send_uncompressed(connection) -> None:
    """Have an Ansible connection not compress from now on, when it is SSH and was told to with ``-C``.

    SSH connections that are kept open (``ControlPersist``) compress or not as the first one did, so ours are kept apart, unless
    the user says by ``ControlPath`` which one is to be taken.
    """
    if connection.transport != "ssh":
        return
    words = shlex.split(connection.get_option("ssh_args") or "")
    others = [connection.get_option(name) or "" for name in ("ssh_common_args", "ssh_extra_args", "sftp_extra_args")]
    if "-C" not in words or connection.get_option("control_path") or "controlpath" in " ".join([*words, *others]).lower():
        return
    login = "-".join(str(connection.get_option(name)) for name in ("host", "port", "remote_user"))
    connection.set_option("ssh_args", shlex.join(word for word in words if word != "-C"))
    connection.set_option("control_path", "%(directory)s/w" + hashlib.sha256(login.encode()).hexdigest()[:10])
