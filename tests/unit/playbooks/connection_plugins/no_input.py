# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A connection to this machine that can run commands and copy files, and has no standard input, as some have none."""
from __future__ import annotations

from ansible.errors import AnsibleError
from ansible.plugins.connection.local import Connection as LocalConnection

DOCUMENTATION = """
name: no_input
short_description: run on this machine without standard input
description: Only for tests.
author: The nogcc.wheelhouse authors
options:
  become_success_timeout: {description: See the connection C(local)., type: int, default: 10}
  become_strip_preamble: {description: See the connection C(local)., type: bool, default: true}
extends_documentation_fragment: connection_pipelining
"""


class Connection(LocalConnection):
    """As paramiko and others do, it refuses what it can't pass on."""

    transport = "no_input"
    has_pipelining = False

    def exec_command(self, cmd, in_data=None, sudoable=True):
        if in_data:
            raise AnsibleError("this connection has no standard input")
        return super().exec_command(cmd, in_data=None, sudoable=sudoable)
