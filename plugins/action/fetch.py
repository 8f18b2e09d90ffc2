# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Bring a release from the build host into the wheelhouse; the options are documented in ``plugins/modules/fetch.py``."""
from __future__ import annotations

import os

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.manifest import manifest_id, validate
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.transfer import unpack
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils import build_host
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils import inputs as inputs_
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.host_action import HostAction, scratch_folder
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.simple_index import update_index
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.wheelhouse import Wheelhouse, stored_files


class ActionModule(HostAction):
    """Ask the build host for the manifests, bring what the wheelhouse lacks in one stream, publish."""

    ARGUMENTS = {**inputs_.ARGUMENTS, **inputs_.BUILD_OPTIONS, **build_host.ARGUMENTS, "wheelhouse_dir": {"type": "str", "required": True}}

    def act(self, args, task_vars):
        wheelhouse = Wheelhouse(args["wheelhouse_dir"])
        wheelhouse.check_writable()
        inputs = inputs_.read_inputs(args)
        if inputs.lock is None:
            return self._nothing_built(f"there is no lock {inputs.lock_path}")
        known = [wheelhouse.find_complete(inputs.as_dict(platform)) for platform in args["platforms"]]
        if known and all(known):
            return {"changed": not self.check_mode and update_index(wheelhouse.root), "releases": [manifest_id(found) for found in known]}
        host = build_host.BuildHost(self, args)
        manifests = [self._find(host, inputs.as_dict(platform)) for platform in args["platforms"] or [host.prepared["platform"]]]
        if None in manifests:
            return self._nothing_built("the build host has no finished build of this lock")
        files = {place: promise for manifest in manifests for place, promise in stored_files(manifest).items()}
        missing = wheelhouse.missing(files)
        if self.check_mode:
            return {"changed": bool(missing), "files": len(missing)}
        if missing:
            self._bring(host, wheelhouse, missing)
        published = [wheelhouse.publish(manifest) for manifest in manifests]
        indexed = update_index(wheelhouse.root)
        return {"changed": bool(missing) or any(published) or indexed, "files": len(missing),
                "bytes": sum(size for _sha256, size in missing.values()), "releases": [manifest_id(found) for found in manifests]}

    def _nothing_built(self, reason):
        if self.check_mode:
            return {"changed": True, "releases": []}
        raise WheelhouseError(reason, hint="build first: ansible-playbook nogcc.wheelhouse.build, with the same inventory and variables")

    @staticmethod
    def _find(host, inputs):
        manifest = host.call({"op": "find", "inputs": inputs})["manifest"]
        if manifest is not None:
            validate(manifest)
        return manifest

    def _bring(self, host, wheelhouse, missing):
        size = sum(size for _sha256, size in missing.values())
        self.show(f"fetching {len(missing)} files, {size / 1e6:.1f} MB")
        packed = host.call({"op": "pack", "places": sorted(missing), "owner": self.login_user()})
        try:
            with scratch_folder(wheelhouse.root) as folder:
                archive = os.path.join(folder, "files.tar")
                self.bring_file(packed["path"], archive)
                with open(archive, "rb") as stream:
                    unpack(stream, wheelhouse.root, missing)
        finally:
            host.call({"op": "unpack_done", "path": packed["path"]})
