# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Find out what a host lacks for a release; the options are documented in ``plugins/modules/check.py``."""
from __future__ import annotations

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.manifest import check_app, manifest_id
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils import opening, production_host, wanted
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.host_action import HostAction
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.signing import require_signature


class ActionModule(HostAction):
    """A host that has the release already is not asked."""

    ARGUMENTS = {**wanted.ARGUMENTS, **production_host.ARGUMENTS, "install": {"type": "bool", "default": False},
                 "allowed_signers": {"type": "str", "default": ""}}

    def act(self, args, task_vars):
        check_app(args["app"])
        host = production_host.ProductionHost(self, args)
        status = host.status(args["status"])
        wheelhouse = opening.open_wheelhouse(self, args, task_vars)
        manifest = wanted.wanted_manifest(wheelhouse, args, status, foresee=self.check_mode)
        if manifest is None or manifest_id(manifest) in status["releases"]:
            return {"changed": False, "blockers": [], "system_packages": []}
        signature = require_signature(wheelhouse, manifest) if args["allowed_signers"] else None
        found = host.check(manifest, signature, bool(args["release"]))
        packages = found["system_packages"] if args["install"] else []
        host.install(packages)
        return {"changed": bool(packages), "blockers": found["blockers"], "system_packages": found["system_packages"]}
