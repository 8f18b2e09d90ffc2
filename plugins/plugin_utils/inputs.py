# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a release is made from: the requirements, their lock, the project's tree, and pip's binary options."""
from __future__ import annotations

import dataclasses
import hashlib
import os
from dataclasses import dataclass

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import Blocked, WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.files import canonical_json
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.manifest import check_app
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.platform import family
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils import this_run
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.build_lock_file import path_beside, read_build_locks
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.lockfile import Lock, differences, is_lock_name, parse_lock
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.project import Project, read_project
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.requirements import Requirements, read_requirements

#: The arguments that describe the inputs, shared by the actions that need them (documented in doc_fragments/inputs.py).
ARGUMENTS = {
    "app": {"type": "str", "required": True},
    "requirements": {"type": "str", "required": True},
    "lock": {"type": "str", "default": ""},
    "project": {"type": "str", "default": ""},
}

#: The arguments that say how wheels are chosen and for what (documented in doc_fragments/binary_options.py and platforms.py).
BINARY_OPTIONS = {
    "no_binary": {"type": "list", "elements": "str", "default": []},
    "only_binary": {"type": "list", "elements": "str", "default": []},
}
#: Those that decide what becomes of a lock and are off by default: they are part of a release's inputs only where they are on.
SWITCHES = {"bundle_libraries": {"type": "bool", "default": False}}
BUILD_OPTIONS = {**BINARY_OPTIONS, **SWITCHES, "platforms": {"type": "list", "elements": "dict", "default": []}}


@dataclass
class Inputs:
    """The inputs of a release, as they lie on the controller. ``lock`` is None as long as there is none.

    ``build_locks`` are those of the build lock file beside the lock (see build_lock_file).
    """

    app: str
    requirements: Requirements | None
    lock_path: str
    lock: Lock | None
    project: Project | None
    options: dict
    build_locks: list[dict]

    def as_dict(self, platform: dict) -> dict:
        """Return what determines the manifest for ``platform`` (see ``wheelhouse.inputs_digest``)."""
        return {"app": self.app, "lock": self.lock.sha256, "project": self.project.digest if self.project else None,
                "platform": platform, "options": self.options, "build_lock": self._build_lock(family(platform))}

    def _build_lock(self, kind: str) -> str | None:
        locks = [lock for lock in self.build_locks if lock["platform"] == kind]
        return hashlib.sha256(canonical_json(locks)).hexdigest() if locks else None


def read_inputs(args: dict) -> Inputs:
    """Read the inputs that ``ARGUMENTS`` describe. Raises Blocked with all that can't be used."""
    problems = []

    def attempt(function, *arguments):
        try:
            return function(*arguments)
        except WheelhouseError as error:
            problems.append(error)
            return None

    if not args["requirements"].strip():
        raise WheelhouseError("wheelhouse_requirements is empty", hint="set it to the path of the requirements file on the controller")
    attempt(check_app, args["app"])
    path = os.path.abspath(os.path.expanduser(args["requirements"]))
    ready = is_lock_name(path)
    requirements = None if ready else attempt(read_requirements, path)
    lock_path = path if ready else attempt(lock_path_for, path, args["lock"])
    lock = attempt(_read_lock, lock_path, ready) if lock_path else None
    if lock and requirements:
        attempt(_check_answers, lock, lock_path, requirements)
    build_locks = attempt(read_build_locks, path_beside(lock_path)) if lock_path else []
    project = attempt(read_project, os.path.expanduser(args["project"])) if args["project"] else None
    if len(problems) == 1:
        raise problems[0]
    if problems:
        raise Blocked("the inputs can't be used", [reason for error in problems for reason in getattr(error, "reasons", [error.as_dict()])])
    return Inputs(args["app"], requirements, lock_path, lock, project,
                  _options(args), build_locks)


def _options(args: dict) -> dict:
    return {**{key: sorted(set(args.get(key, []))) for key in BINARY_OPTIONS}, **{key: True for key in SWITCHES if args.get(key)}}


def lock_path_for(requirements: str, lock: str) -> str:
    """Return where the lock of a requirements file lies: beside it, unless ``lock`` names another path."""
    path = os.path.join(os.path.dirname(requirements), os.path.expanduser(lock) or "pylock.toml")
    if not is_lock_name(path):
        raise WheelhouseError(f"wheelhouse_lock {lock!r} is not the name of a lock", hint="use pylock.toml or pylock.<name>.toml (PEP 751)")
    return path


def _read_lock(path: str, required: bool) -> Lock | None:
    try:
        with open(path, encoding="utf-8") as stream:
            return Lock(**this_run.known("lock", stream.read(), lambda text: dataclasses.asdict(parse_lock(text, path))))
    except (FileNotFoundError, NotADirectoryError):
        if required:
            raise WheelhouseError(f"there is no lock {path}", hint="give the path of a requirements file or of a pylock.toml") from None
        return None
    except UnicodeDecodeError as error:
        raise WheelhouseError(f"{path} is not UTF-8 text", hint="restore it from your version control") from error
    except OSError as error:
        raise WheelhouseError(f"{path} can't be read: {error.strerror}", hint="see to its permissions") from error


def _check_answers(lock: Lock, path: str, requirements: Requirements) -> None:
    if rows := differences(lock, requirements):
        raise WheelhouseError(
            f"the lock {path} does not match {os.path.join(requirements.root, requirements.entry)}: {'; '.join(rows)}",
            hint="lock again: ansible-playbook nogcc.wheelhouse.lock, with the same inventory and variables; "
                 "or undo the change of the requirements")
