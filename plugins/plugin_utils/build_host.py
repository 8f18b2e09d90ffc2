# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The controller's view of a build host: its tools, its jobs, and moving files to and from it."""
from __future__ import annotations

import os
import re

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.steps import step
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils import opening, this_run
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.host_action import HostAction
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.wheelhouse import Wheelhouse

#: The arguments of every action that runs on a build host (documented in doc_fragments/build_host.py).
ARGUMENTS = {
    "root": {"type": "str", "required": True},
    "python": {"type": "str", "default": "python3"},
    "tools": {"type": "path", "required": True},
    "environment": {"type": "dict", "default": {}},
    **opening.ARGUMENTS,
}

#: What is known already of the tools (documented in the modules that take it).
PREPARED = {"prepared": {"type": "dict", "default": {}}}

#: How requirements and build requirements are resolved (documented in doc_fragments/resolving.py).
RESOLVING = {"cooldown": {"type": "str", "default": ""}}

#: The arguments that say what one build may take (documented in plugins/modules/build.py).
LIMITS = {
    "timeout": {"type": "int", "default": 3600},
    "memory": {"type": "int", "default": 0},
    "allow_network": {"type": "bool", "default": False},
}

#: Seconds that one look at a job waits on the host for news; each look costs one SSH execution.
_WAIT = 5


def limits(args: dict) -> dict:
    """Return the members of a build request (see builder/job.py) for ``LIMITS``. Raises WheelhouseError for a limit that is none."""
    if args["timeout"] < 1 or args["memory"] < 0:
        raise WheelhouseError(f"build_timeout {args['timeout']} or build_memory {args['memory']} is out of range",
                              hint="build_timeout is at least 1 (second), build_memory at least 0 (MB; 0 means all that is available)")
    return {"timeout": args["timeout"], "memory": args["memory"] << 20, "allow_network": args["allow_network"]}


def look_for_tools(args: dict) -> dict:
    """Return the call that asks a host whether it has the tools, and changes nothing; ``args`` as in ``ARGUMENTS``."""
    with open(args["tools"], encoding="utf-8") as stream:
        return {"op": "prepare", "root": args["root"], "requirements_text": stream.read(), "environment": args["environment"], "make": False}


class BuildHost:
    """A build host that ``action`` talks to; ``args`` are the action's (see ``ARGUMENTS``)."""

    def __init__(self, action: HostAction, args: dict, wheelhouse: Wheelhouse):
        self.action = action
        self.root = args["root"]
        self.python = args["python"]
        self.wheelhouse = wheelhouse
        if not action.check_mode:
            this_run.begin_work()
            wheelhouse.forget_unsent()
        seen = args.get("prepared") or {}
        self.prepared = seen if seen.get("python") else self._prepare(args)
        self.python = self.prepared["python"]  # empty in check mode, on a host that has no tools yet

    def _prepare(self, args: dict) -> dict:
        """Have the tools installed, from the wheelhouse where it holds them, else from the index."""
        look = look_for_tools(args)
        found = self.call(look)
        if found["python"] or self.action.check_mode:
            return found
        held = self.wheelhouse.sources(re.findall(r"sha256:([0-9a-f]{64})", look["requirements_text"]))
        if held:
            self._send(held)
        return self.call({**look, "make": True})

    def call(self, call: dict) -> dict:
        """Carry out one call; under the tools' interpreter, once there is one."""
        return self.action.call("builder", self.python, {"root": self.root, **call})[0]

    def run_job(self, request: dict) -> tuple[dict, list[dict]]:
        """Start a job, show its progress, and return its result and the build locks that it made. Errors are in the result."""
        found = self.call({"op": "start", "request": request, "wait": _WAIT})
        job, locks = found["job"], []
        while True:
            for line in found["lines"]:
                if "text" in line:
                    self.action.show(line["text"])
                else:
                    locks.append(line["build_lock"])
            if found["result"] is not None:
                return found["result"], locks
            found = self.call({"op": "poll", "job": job, "offset": found["offset"], "wait": _WAIT})

    def supply(self, request: dict) -> None:
        """Send what the wheelhouse has and the host lacks for a build request, before it downloads or builds that."""
        if not request["known"] and self.wheelhouse.is_empty():
            return  # to ask the build host costs an execution
        sent: set[str] = set()
        while True:
            places = self.call({"op": "lacking", "request": request})["places"]
            held = self.wheelhouse.sound([place for place in places if place not in sent])
            if not held:
                return
            self._send(held)
            sent.update(held)

    def _send(self, files: dict[str, tuple[str, int]]) -> None:
        self.action.show(f"sending {len(files)} files of the wheelhouse, {sum(size for _sha256, size in files.values()) / 1e6:.1f} MB")
        with self.wheelhouse.tar(files) as archive:
            self.call({"op": "take", "path": self.upload(archive), "files": files})

    def bring(self, files: dict[str, tuple[str, int]]) -> None:
        """Bring files of the host's store into the wheelhouse, in one stream."""
        self.action.show(f"fetching {len(files)} files, {sum(size for _sha256, size in files.values()) / 1e6:.1f} MB")
        packed = self.call({"op": "pack", "places": sorted(files), "owner": self.action.login_user()})
        try:
            with self.wheelhouse.scratch() as folder:
                local = os.path.join(folder, "files.tar")
                self.action.bring_file(packed["path"], local)
                step("files brought")
                self.wheelhouse.take(local, files)
        finally:
            self.call({"op": "unpack_done", "path": packed["path"]})

    def upload(self, local: str) -> str:
        """Copy a file of the controller to the host; return its path there."""
        folder = self.call({"op": "receive", "owner": self.action.login_user()})["incoming"]
        remote = os.path.join(folder, os.path.basename(local))
        self.action.send_file(local, remote)
        return remote
