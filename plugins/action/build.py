# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Build the wheels of a lock on the build host; the options are documented in ``plugins/modules/build.py``."""
from __future__ import annotations

import os

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils import build_host
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils import inputs as inputs_
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.host_action import HostAction, scratch_folder
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.project import write_tar
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.wheelhouse import Wheelhouse


class ActionModule(HostAction):
    """Have the build host make every wheel of the release and its manifest."""

    ARGUMENTS = {**inputs_.ARGUMENTS, **inputs_.BUILD_OPTIONS, **build_host.ARGUMENTS, "wheelhouse_dir": {"type": "str", "required": True}}

    def act(self, args, task_vars):
        inputs = inputs_.read_inputs(args)
        if inputs.lock is None:
            if self.check_mode:
                return {"changed": True, "releases": []}
            raise WheelhouseError(f"there is no lock {inputs.lock_path}", hint="run the lock playbook, or the build role as a whole")
        if self.check_mode:
            return {"changed": True, "releases": []}
        host = build_host.BuildHost(self, args)
        results = [self._build(host, inputs, platform, args) for platform in args["platforms"] or [host.prepared["platform"]]]
        return {"changed": any(result["changed"] for result in results), "releases": [result["id"] for result in results],
                "built": sorted({name for result in results for name in result["built"]})}

    def _build(self, host, inputs, platform, args):
        request = {**inputs.as_dict(platform), "packages": inputs.lock.packages, "environment": args["environment"], "jobs": None,
                   **inputs.options}
        request.pop("options")
        if inputs.project:
            with scratch_folder(Wheelhouse(args["wheelhouse_dir"]).root) as folder:
                archive = os.path.join(folder, "project.tar")
                write_tar(inputs.project, archive)
                request["project"] = {"digest": inputs.project.digest, "archive": host.upload(archive)}
        return host.run_job(request)
