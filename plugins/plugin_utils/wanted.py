# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which release a production host is to have: the one that was asked for, or the one that the lock leads to."""
from __future__ import annotations

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import Blocked, WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils import inputs as inputs_
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils import opening
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.lockfile import versions_for
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.wheelhouse import Wheelhouse

#: The arguments that say which release is wanted (documented in doc_fragments/inputs.py and wanted.py).
ARGUMENTS = {
    **inputs_.ARGUMENTS,
    "requirements": {"type": "str", "default": ""},
    "release": {"type": "str", "default": ""},
    **opening.ARGUMENTS,
    "status": {"type": "dict", "default": {}},
}


def wanted_manifest(wheelhouse: Wheelhouse, args: dict, status: dict, foresee: bool = False) -> dict | None:
    """Return the manifest for a host of this ``status``. Raises Blocked with all that is known to stand in the way.

    With ``foresee``, as in check mode, None says that it has still to be built.
    """
    if args["release"]:
        return wheelhouse.require_manifest(args["app"], args["release"])
    if not args["requirements"]:
        raise WheelhouseError("nothing says what to deploy",
                              hint="set wheelhouse_requirements, or wheelhouse_release to the id of a release")
    inputs = inputs_.read_inputs(args)
    manifest = inputs.lock and wheelhouse.find_manifest(inputs.as_dict(status["platform"]))
    if manifest or foresee:
        return manifest
    reasons = [_why_nothing(wheelhouse, inputs, status["platform"]).as_dict()]
    if not status["root_writable"]:
        reasons.append(WheelhouseError(status["root_reason"], hint="see to the filesystem, or set deploy_root").as_dict())
    raise Blocked(f"{args['app']} can't be deployed", reasons)


def _why_nothing(wheelhouse: Wheelhouse, inputs: inputs_.Inputs, platform: dict) -> WheelhouseError:
    if inputs.lock is None:
        return WheelhouseError(f"there is no lock {inputs.lock_path} yet",
                               hint="run the deploy playbook as a whole, or lock, build and fetch")
    described = ", ".join(f"{key} {value}" for key, value in sorted(platform.items()))
    return WheelhouseError(f"the wheelhouse {wheelhouse.where} has no release of {inputs.app} for this host ({described})",
                           hint="run the deploy playbook, or build and fetch on a build host of the same platform")


def foreseen_packages(args: dict, status: dict) -> dict[str, str]:
    """Return name and version of the packages that a release would have that is not built yet; the project's version stays."""
    inputs = inputs_.read_inputs(args)
    locked = versions_for(inputs.lock, status["platform"]) if inputs.lock else {}
    own = inputs.project.name if inputs.project else ""
    return {**locked, **{name: version for name, version in status["packages"].items() if name == own}}
