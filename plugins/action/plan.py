# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Find out, on the controller, what is to be locked and built; the options are documented in ``plugins/modules/plan.py``."""
from __future__ import annotations

from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils import inputs as inputs_
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils import production_host
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.host_action import HostAction
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.wheelhouse import Wheelhouse


class ActionModule(HostAction):
    """Compare the inputs with what the wheelhouse has. Changes nothing, and asks the host only for an unknown platform."""

    ARGUMENTS = {**inputs_.ARGUMENTS, **inputs_.BUILD_OPTIONS, "wheelhouse_dir": {"type": "str", "required": True},
                 "python": {"type": "str", "default": "python3"}}

    def act(self, args, task_vars):
        wheelhouse = Wheelhouse(args["wheelhouse_dir"])
        wheelhouse.check_writable()
        inputs = inputs_.read_inputs(args)
        platforms = args["platforms"]
        if inputs.lock and not platforms:
            # any root serves to learn the platform of the build host
            root = production_host.ARGUMENTS["root"]["default"]
            status = self.call("agent", args["python"], {"op": "status", "root": root, "app": inputs.app})[0]
            platforms = [status["platform"]]
        done = inputs.lock is not None and all(wheelhouse.find_complete(inputs.as_dict(platform)) for platform in platforms)
        return {"changed": False, "lock_needed": inputs.lock is None, "build_needed": not done, "lock": inputs.lock_path}
