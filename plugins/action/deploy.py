# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Make a release the current one on a production host; the options are documented in ``plugins/modules/deploy.py``."""
from __future__ import annotations

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import Blocked
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.manifest import check_app, manifest_id
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils import auditing, opening, production_host, this_run, wanted
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.host_action import HostAction
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.signing import require_signature
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.version_diff import version_diff


class ActionModule(HostAction):
    """Nothing to do costs one execution, or none when the run has just asked for the host's status and changed nothing since."""

    ARGUMENTS = {
        **wanted.ARGUMENTS, **production_host.ARGUMENTS, **production_host.ACTIVATION, **production_host.SOURCE,
        "smoke_imports": {"type": "list", "elements": "str"},
        "system_packages": {"type": "str", "choices": ["check", "install"], "default": "check"},
        "repair": {"type": "bool", "default": False},
    }

    def act(self, args, task_vars):
        check_app(args["app"])
        args, web = production_host.checked(args), production_host.web_server(args)
        host = production_host.ProductionHost(self, args)
        status = host.status(args["status"])
        wheelhouse = opening.open_wheelhouse(self, args, task_vars)
        if not self.check_mode:
            wheelhouse.forget_unsent()
        manifest = wanted.wanted_manifest(wheelhouse, args, status, foresee=self.check_mode)
        title = f"{args['app']} on {self.host_name}"
        if manifest is None:
            foreseen = wanted.foreseen_packages(args, status)
            return {"changed": True, "from": status["current"], "diff": version_diff(status["packages"], foreseen, title)}
        release = manifest_id(manifest)
        packages = {wheel["name"]: wheel["version"] for wheel in manifest["wheels"]}
        signature, asked = None, bool(args["release"])
        if args["allowed_signers"]:
            signature = require_signature(wheelhouse, manifest)
        repaired = auditing.put_right(host, wheelhouse, status, args, self.check_mode) if args["repair"] else {}
        if repaired and not self.check_mode or _is_done(status, release, signature) and not this_run.is_fresh(status["asked"]):
            status = host.status()
        found = {"from": status["current"], "to": release, "release": release, "diff": version_diff(status["packages"], packages, title), **repaired}
        if _is_done(status, release, signature):
            return {**found, "changed": bool(repaired), **({"ansible_facts": {production_host.FACT: {}}} if repaired else {})}
        installs = args["system_packages"] == "install" and release not in status["releases"]
        if installs or self.check_mode:
            found["system_packages"] = self._ready(host, args["app"], (manifest, signature, asked), installs, bool(repaired) and self.check_mode)
        if self.check_mode:
            return {**found, "changed": True}
        deployed = host.deploy(wheelhouse, manifest, release, {*status["wheels"], *status["bytecode"]}, args["smoke_imports"], signature, asked, web)
        found.update(host.confirm(deployed))
        self.show(f"{args['app']}: release {release} is active, after {status['current'] or 'none'}")
        return {**found, "changed": True, "ansible_facts": {production_host.FACT: {}}}

    @staticmethod
    def _ready(host, app, subject, installs, repairing):
        """Install what a release lacks, when nothing else stands in its way, if that ``installs``; return the names of these packages."""
        looked = host.check(*subject, repairing=repairing)
        lacking = looked["system_packages"] if installs else []
        if lacking:
            looked = host.check(*subject, repairing=repairing, installing=lacking)
        if looked["blockers"]:
            raise Blocked(f"{app} can't be deployed", looked["blockers"])
        host.install(lacking)
        return lacking


def _is_done(status, release, signature):
    """Tell whether a host of this status has all that is wanted: the release whole and active, and accepted when it is to be signed."""
    verified = signature is None or release in status["signed"]
    return status["current"] == release and release in status["releases"] and not status["unfinished"] and verified
