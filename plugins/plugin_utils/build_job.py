# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A job on a build host, seen from the controller: what it is asked, what it is given, and what comes back."""
from __future__ import annotations

import os

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError, from_dict
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.build_host import BuildHost, limits
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.build_lock_file import (
    merged, of_packages, path_beside, read_build_locks, write_build_locks)
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.inputs import Inputs
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.local_files import keep_local_files, local_files
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.project import read_project, write_tar


class BuildJob:
    """Jobs for ``inputs`` on ``host``; ``args`` are those of the action ``build``."""

    def __init__(self, host: BuildHost, inputs: Inputs, args: dict):
        self.host = host
        self.inputs = inputs
        self.args = args

    def run(self, task: str, platform: dict, **more) -> dict:
        """Have the host do one task (see builder/job.py) for ``platform``; return its result. Raises what it failed with.

        New build locks are written beside the lock, even when the job fails: what they lock is decided.
        """
        self.host.wheelhouse.forget_unfinished()
        keep_local_files(self.host.wheelhouse, local_files(self.inputs.lock, self.inputs.lock_path))
        request = self._request(task, platform, more)
        self.host.supply(request)
        if self.inputs.project:
            with self.host.wheelhouse.scratch() as folder:
                archive = os.path.join(folder, "project.tar")
                write_tar(self.inputs.project, archive)
                if read_project(self.inputs.project.root).digest != self.inputs.project.digest:
                    raise WheelhouseError(f"{self.inputs.project.root} was changed while it was read", hint="run again")
                request["project"]["archive"] = self.host.upload(archive)
        result, locks = self.host.run_job(request)
        failed = from_dict(result["error"]) if "error" in result else None
        try:
            if locks:
                self._keep(locks)
                self.host.call({"op": "forget_claimed", "locks": locks})
        except WheelhouseError as error:
            raise failed or error from error
        if failed:
            raise failed
        return result

    def _request(self, task: str, platform: dict, more: dict) -> dict:
        inputs = self.inputs
        commits = self.host.wheelhouse.commits(inputs.app) if any("vcs" in package for package in inputs.lock.packages) else {}
        sources = [package[kind]["hashes"]["sha256"] for package in inputs.lock.packages for kind in ("sdist", "archive") if kind in package]
        sources += [file["sha256"] for file in commits.values()]
        sources += [inputs.project.digest] if inputs.project else []
        return {"task": task, "app": inputs.app, "lock": inputs.lock.sha256, "packages": inputs.lock.packages, "platform": platform,
                "project": {"digest": inputs.project.digest, "archive": None} if inputs.project else None,
                "build_locks": inputs.build_locks, "commits": commits, "known": self.host.wheelhouse.recall(sources),
                "environment": self.args["environment"], "cooldown": self.args["cooldown"], **limits(self.args), **inputs.options, **more}

    def _keep(self, locks: list[dict]) -> None:
        path = path_beside(self.inputs.lock_path)
        try:
            with self.host.wheelhouse.alone():  # several hosts may build for the same lock
                known = of_packages(merged(read_build_locks(path), locks), self.inputs.lock.packages)
                write_build_locks(path, known)
        except OSError as error:
            raise WheelhouseError(f"the build requirements can't be written to {path}: {error.strerror}",
                                  hint="copy the requirements to where they can be kept with their lock") from error
        self.inputs.build_locks = known
        names = sorted({lock["name"] for lock in locks})
        self.host.action.show(f"locked the build requirements of {', '.join(names)}: commit {os.path.basename(path)} with the lock")
