# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A connection to this machine that notes, in the file COUNTED, each execution and its worker's memory."""
from __future__ import annotations

import os
import resource
import time

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.connection.local import Connection as LocalConnection

DOCUMENTATION = """
name: counted
short_description: run on this machine and count
description: Only for tests.
author: The nogcc.wheelhouse authors
options:
  become_success_timeout: {description: See the connection C(local)., type: int, default: 10}
  become_strip_preamble: {description: See the connection C(local)., type: bool, default: true}
extends_documentation_fragment: connection_pipelining
"""


class Connection(LocalConnection):
    """Each line of the file has what was done, the host, the bytes that it took, and the most memory that the worker had, in kB.

    The hosts named in SENDERS wait for each other before what they do second: that is when they share what they are sent.
    """

    transport = "counted"

    def _rows(self):
        with open(os.environ["COUNTED"], encoding="utf-8") as stream:
            return [line.split() for line in stream]

    def _wait_for_others(self):
        senders, own = set(os.environ.get("SENDERS", "").split()), self._play_context.remote_addr
        if own not in senders or [row[1] for row in self._rows() if row[0] != "sends"].count(own) != 1:
            return
        self._note("sends", 0)
        end = time.monotonic() + 60
        while not senders <= {row[1] for row in self._rows() if row[0] == "sends"}:
            if time.monotonic() > end:
                raise AnsibleConnectionFailure(f"not all of {sorted(senders)} came to send")
            time.sleep(0.01)

    def _note(self, what, size):
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        with open(os.environ["COUNTED"], "a", encoding="utf-8") as stream:
            stream.write(f"{what} {self._play_context.remote_addr} {size} {memory}\n")

    def exec_command(self, cmd, in_data=None, sudoable=True):
        self._wait_for_others()
        found = super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
        self._note("exec", len(in_data or b""))
        return found

    def put_file(self, in_path, out_path):
        self._wait_for_others()
        super().put_file(in_path, out_path)
        self._note("put", os.path.getsize(in_path))
