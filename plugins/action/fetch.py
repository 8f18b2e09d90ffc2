# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Bring a release from the build host into the wheelhouse; the options are documented in ``plugins/modules/fetch.py``."""
from __future__ import annotations

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.kept_files import compiled_files, requirement_files, source_files, stored_files
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.manifest import manifest_id, validate
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils import build_host
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils import inputs as inputs_
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.host_action import HostAction
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.opening import open_wheelhouse


class ActionModule(HostAction):
    """Ask the build host for the manifests, bring what the wheelhouse lacks in one stream, publish."""

    ARGUMENTS = {**inputs_.ARGUMENTS, **inputs_.BUILD_OPTIONS, **build_host.ARGUMENTS, **build_host.PREPARED, "recheck": {"type": "bool", "default": False}}

    def act(self, args, task_vars):
        wheelhouse = open_wheelhouse(self, args, task_vars)
        wheelhouse.check_writable()
        inputs = inputs_.read_inputs(args)
        if inputs.lock is None:
            return self._nothing_built(f"there is no lock {inputs.lock_path}")
        known = [wheelhouse.find_complete(inputs.as_dict(platform)) for platform in args["platforms"]]
        if known and all(known) and not args["recheck"]:
            return {"changed": not self.check_mode and wheelhouse.update_index(),
                    "releases": [manifest_id(found) for found in known]}
        host = build_host.BuildHost(self, args, wheelhouse)
        if not host.python:
            return self._nothing_built("the build host has no build tools yet")
        wanted = [inputs.as_dict(platform) for platform in args["platforms"] or [host.prepared["platform"]]]
        builds = [host.call({"op": "find", "inputs": one, "build_locks": inputs.build_locks}) for one in wanted]
        reasons = [build["reason"] for build in builds if build["reason"]]
        if reasons:
            return self._nothing_built("; ".join(dict.fromkeys(reasons)))
        manifests = [validate(build["manifest"]) for build in builds]
        missing = self._missing(host, manifests, {key: memo for build in builds for key, memo in build["memos"].items()})
        if self.check_mode:
            return {"changed": bool(missing), "files": len(missing)}
        wheelhouse.forget_unfinished()
        if missing:
            host.bring(missing)
        news = [bool(missing)]
        for manifest, one, build in zip(manifests, wanted, builds):
            news.append(wheelhouse.publish(manifest, one, build["memos"]))
        return {"changed": any(news), "files": len(missing),
                "bytes": sum(size for _sha256, size in missing.values()), "releases": [manifest_id(found) for found in manifests]}

    def _nothing_built(self, reason):
        if self.check_mode:
            return {"changed": True, "releases": []}
        raise WheelhouseError(reason, hint="build first: ansible-playbook nogcc.wheelhouse.build, with the same inventory and variables")

    @staticmethod
    def _missing(host, manifests, memos):
        """Return what the wheelhouse lacks of the releases, and of what it takes to build them again on another host without an index."""
        needed = {place: promise for manifest in manifests for place, promise in stored_files(manifest).items()}
        again = {**compiled_files(memos), **requirement_files(memos), **source_files(host.prepared["files"])}
        missing = host.wheelhouse.missing({**again, **needed})
        besides = sorted(set(missing) - set(needed))
        held = host.call({"op": "held", "places": besides})["held"] if besides else []
        return {place: promise for place, promise in missing.items() if place in needed or place in held}
