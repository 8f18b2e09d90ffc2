# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Say what this build host does of the work; the options are documented in ``plugins/modules/divide.py``."""
from __future__ import annotations

from dataclasses import asdict

from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.host_action import HostAction
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.sharing import divide


class ActionModule(HostAction):
    """A decision of the controller: no host is asked."""

    ARGUMENTS = {"plans": {"type": "list", "elements": "dict", "required": True}, "platforms": {"type": "list", "elements": "dict", "default": []}}

    def act(self, args, task_vars):
        builders = {plan["host"]: plan["platform"] for plan in args["plans"] if plan.get("platform")}
        return {"changed": False, **asdict(divide(args["platforms"], builders)[self.host_name])}
