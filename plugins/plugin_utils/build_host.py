# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The controller's view of a build host: its tools, its jobs, and moving files to and from it."""
from __future__ import annotations

import os

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import from_dict
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.host_action import HostAction

#: The arguments of every action that runs on a build host (documented in doc_fragments/build_host.py).
ARGUMENTS = {
    "root": {"type": "str", "required": True},
    "python": {"type": "str", "default": "python3"},
    "tools": {"type": "path", "required": True},
    "environment": {"type": "dict", "default": {}},
}

#: Seconds that one look at a job waits on the host for news; each look costs one SSH execution.
_WAIT = 5


class BuildHost:
    """A build host that ``action`` talks to; ``args`` are the action's (see ``ARGUMENTS``)."""

    def __init__(self, action: HostAction, args: dict):
        self.action = action
        self.root = args["root"]
        self.system_python = args["python"]
        with open(args["tools"], encoding="utf-8") as stream:
            tools = stream.read()
        self.prepared = action.call("builder", self.system_python, {
            "op": "prepare", "root": self.root, "requirements_text": tools, "environment": args["environment"]})[0]
        self.python = self.prepared["python"]

    def call(self, call: dict) -> dict:
        """Carry out one call under the tools' interpreter."""
        return self.action.call("builder", self.python, {"root": self.root, **call})[0]

    def run_job(self, request: dict) -> dict:
        """Start a job, show its progress, and return its result. Raises what it failed with."""
        job = self.call({"op": "start", "request": request})["job"]
        offset = 0
        while True:
            found = self.call({"op": "poll", "job": job, "offset": offset, "wait": _WAIT})
            offset = found["offset"]
            for line in found["lines"]:
                self.action.show(line["text"])
            if found["result"] is not None:
                if "error" in found["result"]:
                    raise from_dict(found["result"]["error"])
                return found["result"]

    def upload(self, local: str) -> str:
        """Copy a file of the controller to the host; return its path there."""
        folder = self.call({"op": "receive", "owner": self.action.login_user()})["incoming"]
        remote = os.path.join(folder, os.path.basename(local))
        self.action.send_file(local, remote)
        return remote
