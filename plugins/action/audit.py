# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Hold a production host against its manifests; the options are documented in ``plugins/modules/audit.py``."""
from __future__ import annotations

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.manifest import check_app
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils import auditing, opening, production_host
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.host_action import HostAction


class ActionModule(HostAction):
    """Two executions: what is there, and what is wrong with it. Changes nothing."""

    ARGUMENTS = {**production_host.ARGUMENTS, **opening.ARGUMENTS, "tools": {"type": "bool", "default": True},
                 "allowed_signers": {"type": "str", "default": ""}}

    def act(self, args, task_vars):
        check_app(args["app"])
        host = production_host.ProductionHost(self, args)
        audit = auditing.Repair(host, opening.open_wheelhouse(self, args, task_vars), host.status()["releases"])
        found = audit.audit(look_for_tools=args["tools"], allowed_signers=args["allowed_signers"])
        for line in auditing.history_lines(found["history"]):
            self.show(f"{args['app']}: {line}")
        result = {"changed": False, **{key: found[key] for key in ("current", "previous", "releases", "findings", "history")}}
        if found["findings"]:
            return {**result, "failed": True, "msg": auditing.told(args["app"], found)}
        counts = f"{found['files']} files in {len(found['releases'])} releases and {found['wheels']} trees of the store"
        self.show(f"{args['app']}: release {found['current']} is active; {counts} are what the manifests say")
        return result
