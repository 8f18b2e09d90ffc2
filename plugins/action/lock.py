# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Write the lock of a requirements file; the options are documented in ``plugins/modules/lock.py``."""
from __future__ import annotations

import os

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.files import write_file
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.unfinished import sweep
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.build_host import ARGUMENTS, RESOLVING, BuildHost
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.build_lock_file import forget_build_locks, path_beside
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.host_action import HostAction
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.inputs import BINARY_OPTIONS, lock_path_for
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.lockfile import differences, is_lock_name, parse_lock, remember
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.named_hashes import keep_named
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.opening import open_wheelhouse
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.requirements import read_requirements
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.version_diff import version_diff


class ActionModule(HostAction):
    """Resolve on the build host, write the lock on the controller."""

    ARGUMENTS = {**ARGUMENTS, **RESOLVING, **BINARY_OPTIONS, "requirements": {"type": "str", "required": True}, "lock": {"type": "str", "default": ""},
                 "upgrade": {"type": "list", "elements": "str", "default": []}}

    def act(self, args, task_vars):
        requirements_path = os.path.abspath(os.path.expanduser(args["requirements"]))
        if is_lock_name(requirements_path):
            raise WheelhouseError(f"{requirements_path} is a lock already", hint="give the requirements that it was made from")
        requirements = read_requirements(requirements_path)
        path = lock_path_for(requirements_path, args["lock"])
        folder = os.path.dirname(path)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise WheelhouseError(f"the lock {path} can't be written: {folder} is not a folder that you may write",
                                  hint="copy the requirements to where they can be kept with their lock, or set wheelhouse_lock")
        before = _read(path)
        if self.check_mode:
            return {"changed": bool(args["upgrade"]) or not _answers(before, path, requirements), "lock": path}
        self.show(f"locking {requirements_path}")
        host = BuildHost(self, args, open_wheelhouse(self, args, task_vars))
        known = _versions(before, path)
        text = host.call({"op": "lock", "files": requirements.files, "entry": requirements.entry, "previous": before if known else None,
                          "upgrade": _upgrade(args["upgrade"]), "environment": args["environment"],
                          "local": _sent(host, requirements, folder), "cooldown": args["cooldown"], "no_binary": args["no_binary"],
                          "only_binary": args["only_binary"]})["lock"]
        text = remember(keep_named(text, requirements.hashes), requirements)
        packages = _versions(text, path)
        changed = text != before
        if changed:
            sweep(folder)
            write_file(path, text.encode())
        changed |= forget_build_locks(path_beside(path), args["upgrade"])
        return {"changed": changed, "lock": path, "diff": version_diff(known, packages, path)}


def _sent(host, requirements, folder):
    """Send the files of the controller that the requirements name; return where they are there, and what the lock is to say."""
    return [{"url": url, "path": host.upload(path), "locked": os.path.relpath(path, folder)} for url, path in requirements.local.items()]


def _answers(text, path, requirements):
    """Tell whether a lock is sound and was made for these requirements."""
    try:
        return text is not None and not differences(parse_lock(text, path), requirements)
    except WheelhouseError:
        return False


def _upgrade(names):
    return ":all:" in names or list(names)


def _read(path):
    try:
        with open(path, encoding="utf-8") as stream:
            return stream.read()
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        return ""


def _versions(text, path):
    """Return name and version of each package of a lock; of one that is missing or nonsense, nothing."""
    try:
        packages = parse_lock(text or "", path).packages
    except WheelhouseError:
        return {}
    return {package["name"]: package.get("version", "") for package in packages}
