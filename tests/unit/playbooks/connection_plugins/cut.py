# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A connection to this machine that breaks after CUT_AFTER bytes of a stream, or of a file; or before as many of the last ones, where it is not above 0."""
from __future__ import annotations

import os

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.connection.local import Connection as LocalConnection

DOCUMENTATION = """
name: cut
short_description: run on this machine over a line that breaks
description: Only for tests.
author: The nogcc.wheelhouse authors
options:
  become_success_timeout: {description: See the connection C(local)., type: int, default: 10}
  become_strip_preamble: {description: See the connection C(local)., type: bool, default: true}
extends_documentation_fragment: connection_pipelining
"""


class Connection(LocalConnection):
    """What runs on the host sees the end of its input, and nobody hears its answer."""

    transport = "cut"

    def exec_command(self, cmd, in_data=None, sudoable=True):
        cut = int(os.environ["CUT_AFTER"])
        limit = cut if cut > 0 else len(in_data or b"") + cut
        if not in_data or len(in_data) < limit:
            return super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
        super().exec_command(cmd, in_data=in_data[:limit], sudoable=sudoable)
        raise AnsibleConnectionFailure("the line broke")

    def put_file(self, in_path, out_path):
        with open(in_path, "rb") as reader, open(out_path, "wb") as writer:
            writer.write(reader.read(int(os.environ["CUT_AFTER"])))
        raise AnsibleConnectionFailure("the line broke")
