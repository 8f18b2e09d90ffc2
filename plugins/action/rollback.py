# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Return to the release that was active before; the options are documented in ``plugins/modules/rollback.py``."""
from __future__ import annotations

import secrets

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.manifest import check_app
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils import production_host
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.host_action import HostAction


class ActionModule(HostAction):
    """One execution; nothing travels, because the release is still on the host."""

    ARGUMENTS = {**production_host.ARGUMENTS, **production_host.ACTIVATION, "release": {"type": "str", "default": ""}}

    def act(self, args, task_vars):
        check_app(args["app"])
        args = production_host.checked(args, lenient=True)
        host = production_host.ProductionHost(self, args)
        if self.check_mode:
            status = host.status()
            target = args["release"] or status["previous"]
            if not target or target not in status["releases"]:
                raise WheelhouseError(f"there is no release of {args['app']} to go back to",
                                      hint=f"this host has: {', '.join(status['releases']) or 'none'}")
            return {"changed": target != status["current"] or bool(status["unfinished"]), "from": status["current"], "to": target}
        call = host.activation("rollback", release=args["release"] or None, token=secrets.token_hex(8))  # the connection may repeat it
        found = host.confirm(host.call(call)[0])
        self.show(f"{args['app']}: release {found['to']} is active, after {found['from'] or 'none'}")
        return {**found, "ansible_facts": {production_host.FACT: {}}}
