# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Make a release the current one on a production host; the options are documented in ``plugins/modules/deploy.py``."""
from __future__ import annotations

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import Blocked, WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.manifest import check_app, manifest_id
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils import inputs as inputs_
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils import production_host
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.host_action import HostAction
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.lockfile import versions_for
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.version_diff import version_diff
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.wheelhouse import Wheelhouse


class ActionModule(HostAction):
    """Nothing to do costs one execution, or none when the run knows the host's status already."""

    ARGUMENTS = {
        **inputs_.ARGUMENTS, **production_host.ARGUMENTS, **production_host.ACTIVATION,
        "requirements": {"type": "str", "default": ""},
        "release": {"type": "str", "default": ""},
        "smoke_imports": {"type": "list", "elements": "str"},
        "wheelhouse_dir": {"type": "str", "required": True},
        "status": {"type": "dict", "default": {}},
    }

    def act(self, args, task_vars):
        check_app(args["app"])
        host = production_host.ProductionHost(self, args)
        status = host.status(args["status"])
        wheelhouse = Wheelhouse(args["wheelhouse_dir"])
        manifest = self._manifest(wheelhouse, args, status)
        title = f"{args['app']} on {self.host_name}"
        if manifest is None:
            return {"changed": True, "from": status["current"], "diff": version_diff(status["packages"], self._foresee(args, status), title)}
        release = manifest_id(manifest)
        packages = {wheel["name"]: wheel["version"] for wheel in manifest["wheels"]}
        found = {"from": status["current"], "to": release, "release": release, "diff": version_diff(status["packages"], packages, title)}
        if status["current"] == release and not status["unfinished"]:
            return {**found, "changed": False}
        if self.check_mode:
            blockers = host.call({"op": "check", "manifest": manifest})[0]["blockers"]
            if blockers:
                raise Blocked(f"{args['app']} can't be deployed", blockers)
            return {**found, "changed": True}
        found.update(host.deploy(wheelhouse, manifest, release, {*status["wheels"], *status["bytecode"]}, args["smoke_imports"]))
        return {**found, "changed": True, "ansible_facts": {production_host.FACT: {}}}

    @staticmethod
    def _foresee(args, status):
        """Return the packages that a release would have that is not built yet; the project's own stays as it is."""
        inputs = inputs_.read_inputs(args)
        locked = versions_for(inputs.lock, status["platform"]) if inputs.lock else {}
        own = {name: version for name, version in status["packages"].items() if inputs.project and name not in locked}
        return {**own, **locked}

    def _manifest(self, wheelhouse, args, status):
        """Return the manifest to deploy; None when check mode has to foresee a build that was not made."""
        if args["release"]:
            return wheelhouse.require_manifest(args["app"], args["release"])
        inputs = inputs_.read_inputs(args)
        manifest = inputs.lock and wheelhouse.find_manifest(inputs.as_dict(status["platform"]))
        if manifest or self.check_mode:
            return manifest
        platform = ", ".join(f"{key} {value}" for key, value in sorted(status["platform"].items()))
        missing = WheelhouseError(f"the wheelhouse {wheelhouse.root} has no release of {args['app']} for this host ({platform})",
                                  hint="run the deploy playbook, or build and fetch on a build host of the same platform")
        reasons = [missing.as_dict()]
        if not status["root_writable"]:
            reasons.append(WheelhouseError(status["root_reason"], hint="see to the filesystem, or set deploy_root").as_dict())
        raise Blocked(f"{args['app']} can't be deployed", reasons)
