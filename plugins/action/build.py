# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Build the wheels of a lock on the build host; the options are documented in ``plugins/modules/build.py``."""
from __future__ import annotations

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.kept_files import compiled_files, requirement_files, source_files
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils import build_host
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils import inputs as inputs_
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.build_job import BuildJob
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.host_action import HostAction
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.opening import open_wheelhouse


class ActionModule(HostAction):
    """Have the build host make every wheel of the release and its manifest, or its share of the wheels, or verify those of another host."""

    ARGUMENTS = {
        **inputs_.ARGUMENTS, **inputs_.BUILD_OPTIONS, **build_host.ARGUMENTS, **build_host.PREPARED,
        "task": {"type": "str", "choices": ["release", "share", "verify", "accept"], "default": "release"},
        "share": {"type": "int", "default": 0},
        "shares": {"type": "int", "default": 1},
        "verify": {"type": "bool", "default": False},
        "compiled": {"type": "dict", "default": {}},
        **build_host.LIMITS, **build_host.RESOLVING,
    }

    def act(self, args, task_vars):
        inputs = inputs_.read_inputs(args)
        if inputs.lock is None and not self.check_mode:
            raise WheelhouseError(f"there is no lock {inputs.lock_path}", hint="run the lock playbook, or the build role as a whole")
        if self.check_mode:
            return {"changed": True, "releases": [], "compiled": {}, "own": {}}
        host = build_host.BuildHost(self, args, open_wheelhouse(self, args, task_vars))
        job = BuildJob(host, inputs, args)
        return getattr(self, f"_{args['task']}")(host, job, args)

    @staticmethod
    def _release(host, job, args):
        results = [job.run("release", platform, verify=args["verify"]) for platform in args["platforms"] or [host.prepared["platform"]]]
        return {"changed": any(result["changed"] for result in results), "releases": [result["id"] for result in results],
                "built": sorted({name for result in results for name in result["built"]}),
                "compiled": {source: wheel for result in results for source, wheel in result["compiled"].items()}}

    @staticmethod
    def _share(host, job, args):
        """What is built here goes to the wheelhouse, from where the host that puts the release together takes it."""
        result = job.run("share", host.prepared["platform"], share=[args["share"], args["shares"]])
        memos = result["memos"]
        missing = host.wheelhouse.missing({**compiled_files(memos), **requirement_files(memos), **source_files(result["sources"])})
        if args["share"] > 0:
            if missing:
                host.bring(missing)
            host.wheelhouse.remember(memos)
        return {"changed": result["changed"], "built": result["built"]}

    @staticmethod
    def _accept(host, job, args):
        platforms = args["platforms"] or [host.prepared["platform"]]
        accepted = [host.call({"op": "accept", "inputs": job.inputs.as_dict(platform)}) for platform in platforms]
        return {"changed": any(one["changed"] for one in accepted)}

    @staticmethod
    def _verify(host, job, args):
        if not args["compiled"]:
            return {"changed": False, "verified": [], "own": {}}
        return job.run("verify", host.prepared["platform"], compiled=args["compiled"], another=args["shares"] > 1)
