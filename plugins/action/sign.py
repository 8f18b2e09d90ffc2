# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Sign the manifests of a release in the wheelhouse; the options are documented in ``plugins/modules/sign.py``."""
from __future__ import annotations

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils import inputs as inputs_
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils import opening, production_host
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.host_action import HostAction
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.signing import sign


class ActionModule(HostAction):
    """Work of the controller; the host is asked only for its platform, where no other is named."""

    ARGUMENTS = {**inputs_.ARGUMENTS, **inputs_.BUILD_OPTIONS, **opening.ARGUMENTS,
                 "python": {"type": "str", "default": "python3"}, "key": {"type": "str", "required": True, "no_log": False},
                 "days": {"type": "int", "default": 0}}

    def act(self, args, task_vars):
        wheelhouse = opening.open_wheelhouse(self, args, task_vars)
        inputs = inputs_.read_inputs(args)
        platforms = args["platforms"] or [self._platform(args)]
        manifests = [inputs.lock and wheelhouse.find_complete(inputs.as_dict(platform)) for platform in platforms]
        if not all(manifests) and not self.check_mode:
            raise WheelhouseError(f"there is nothing to sign: the wheelhouse {wheelhouse.where} has no complete release of {inputs.app}",
                                  hint="run the fetch playbook, with the same inventory and variables")
        signed = sign(wheelhouse, [manifest for manifest in manifests if manifest], args["key"], args["days"], dry=self.check_mode)
        return {"changed": bool(signed) or not all(manifests), "signed": signed}

    def _platform(self, args):
        root = production_host.ARGUMENTS["root"]["default"]  # any root serves to learn the platform
        return self.call("agent", args["python"], {"op": "status", "root": root, "app": args["app"]})[0]["platform"]
