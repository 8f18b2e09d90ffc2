# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ask a production host what it has; the options are documented in ``plugins/modules/status.py``."""
from __future__ import annotations

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.manifest import check_app
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.host_action import HostAction
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.production_host import ARGUMENTS, FACT, ProductionHost


class ActionModule(HostAction):
    """One execution; changes nothing."""

    ARGUMENTS = ARGUMENTS

    def act(self, args, task_vars):
        check_app(args["app"])
        status = ProductionHost(self, args).status()
        return {"changed": False, "status": status, "ansible_facts": {FACT: status}}
