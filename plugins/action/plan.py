# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Find out what is to be locked and built; the options are documented in ``plugins/modules/plan.py``."""
from __future__ import annotations

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import Blocked, WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils import build_host
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils import inputs as inputs_
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils import opening
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.host_action import HostAction
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.sharing import describe


class ActionModule(HostAction):
    """Compare the inputs with what the wheelhouse has. Changes nothing, and asks the host for its platform only when that matters."""

    ARGUMENTS = {**inputs_.ARGUMENTS, **inputs_.BUILD_OPTIONS, **build_host.ARGUMENTS, "only_lock": {"type": "bool", "default": False},
                 "recheck": {"type": "bool", "default": False},
                 "toolchain": {"type": "dict", "default": {}}, "packages": {"type": "list", "elements": "str", "default": []}}

    def act(self, args, task_vars):
        found = {"changed": False, "host": self.host_name}
        if args["only_lock"]:
            return {**found, "lock_needed": True, "build_needed": False, **self._survey(args)}
        wheelhouse = opening.open_wheelhouse(self, args, task_vars)
        inputs = inputs_.read_inputs(args)
        platforms, own = args["platforms"], {}
        if not platforms:
            own = self._survey(args)
            platforms = [own["platform"]]
        wheelhouse.expect([inputs.as_dict(platform) for platform in platforms if inputs.lock])
        wheelhouse.check_writable()
        if inputs.lock:
            _check_serves(inputs, platforms)
        done = inputs.lock is not None and not args["recheck"] and all(wheelhouse.find_complete(inputs.as_dict(platform)) for platform in platforms)
        found.update(lock_needed=inputs.lock is None, build_needed=not done, lock=inputs.lock_path)
        return found if done else {**found, **(own or self._survey(args))}

    def _survey(self, args):
        """Ask all that there is to know of the host, in one execution."""
        asked = {"op": "survey", "toolchain": args["toolchain"], "packages": args["packages"]}
        found, prepared = self.call("builder", args["python"], asked, build_host.look_for_tools(args))
        return {**found, "prepared": prepared}


def _check_serves(inputs, platforms):
    problems = [WheelhouseError(f"the lock {inputs.lock_path} was made for Python {inputs.lock.requires_python}, which leaves out {describe(platform)}",
                                hint="lock again, with a build host of that platform in the play").as_dict()
                for platform in platforms if not inputs.lock.serves(platform["python"])]
    if problems:
        raise Blocked("the lock does not serve production", problems)
