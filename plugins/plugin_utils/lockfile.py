# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lock: ``pylock.toml`` as PEP 751 defines it, every artifact with URL and SHA-256.

A lock that we wrote remembers in its ``[tool.nogcc-wheelhouse]`` table which requirements it answers, so that a change
of the requirements is seen without resolving again. Other tools' locks are held against the requirements themselves.
"""
from __future__ import annotations

import hashlib
import json
import os
import re
import tomllib
from dataclasses import dataclass

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import Blocked, WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.lock_table import check_table
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.named_hashes import strangers
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.requirements import Requirements, canonical
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.third_party import InvalidSpecifier, Marker, Requirement, SpecifierSet, canonicalize_name

TABLE = "nogcc-wheelhouse"
_ANSWERS = ("requirements", "constraints")  # what stands in it
_LOCK_NAME = re.compile(r"pylock(\.[^.]+)?\.toml")


@dataclass
class Lock:
    """A lock that was read and found sound.

    ``packages`` holds the ``[[packages]]`` tables with a ``filename`` added to each artifact, ``sha256`` is of the file's bytes,
    ``answers`` the requirements and constraints that it was made for, or None when its maker did not say, ``requires_python`` the
    versions of Python that it was resolved for (PEP 440), empty for all.
    """

    packages: list[dict]
    sha256: str
    answers: dict | None
    requires_python: str = ""

    def serves(self, python: str) -> bool:
        """Tell whether it was resolved for this version of Python, such as ``3.11``: which bug fix does not matter."""
        return SpecifierSet(self.requires_python).contains(f"{python}.999")


def is_lock_name(path: str) -> bool:
    """Tell whether a file of this name is a lock (PEP 751: ``pylock.toml`` or ``pylock.<name>.toml``)."""
    return _LOCK_NAME.fullmatch(os.path.basename(path)) is not None


def remember(text: str, requirements: Requirements) -> str:
    """Return the lock ``text`` with our table, which says what it answers, at its end."""
    def array(name, values):
        rows = "".join(f"    {toml_string(value)},\n" for value in values)
        return f"{name} = [\n{rows}]\n" if values else f"{name} = []\n"
    table = array("requirements", requirements.wanted) + array("constraints", requirements.constraints)
    return f"{text.rstrip()}\n\n[tool.{TABLE}]\n{table}"


def parse_lock(text: str, path: str) -> Lock:
    """Read the lock ``text`` of the file ``path``.

    Raises WheelhouseError when it is not TOML or not a lock of version 1, Blocked with everything that is wrong in its packages.
    """
    again = "lock again: ansible-playbook nogcc.wheelhouse.lock, with the same inventory and variables"
    try:
        found = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise WheelhouseError(f"{path} is not TOML: {error}", hint=again) from error
    version = found.get("lock-version")
    if not isinstance(version, str) or version.split(".")[0] != "1":
        raise WheelhouseError(f"{path} is no lock of PEP 751 version 1: its lock-version is {version!r}", hint=again)
    packages = found.get("packages")
    if not isinstance(packages, list) or not packages:
        raise WheelhouseError(f"{path} locks no packages", hint=again)
    problems = [WheelhouseError(problem, package=_name_of(package)).as_dict()
                for package in packages for problem in check_table(package)]
    if problems:
        raise Blocked(f"{path} can't be used; {again}", problems)
    table = _table(found)
    if table is not None and not _is_table_of_texts(table):
        raise WheelhouseError(f"{path}: its table [tool.{TABLE}] was altered", hint=again)
    requires_python = found.get("requires-python", "")
    try:
        SpecifierSet(requires_python)
    except (InvalidSpecifier, TypeError, AttributeError) as error:
        raise WheelhouseError(f"{path}: its requires-python {requires_python!r} can't be read", hint=again) from error
    portable = json.loads(json.dumps(packages, default=str))  # TOML has dates, which could not travel to the build host
    answers = None if table is None else {word: table[word] for word in _ANSWERS}
    return Lock(portable, hashlib.sha256(text.encode()).hexdigest(), answers, requires_python)


def differences(lock: Lock, requirements: Requirements) -> list[str]:
    """Say in which ways ``lock`` does not answer ``requirements``; an empty list when it does."""
    rows = strangers(lock.packages, requirements.hashes)
    if lock.answers is None:
        return rows + [problem for text in requirements.wanted if (problem := _unanswered(lock, Requirement(text)))]
    for word, wanted in zip(_ANSWERS, (requirements.wanted, requirements.constraints)):
        known = lock.answers.get(word, [])
        rows += [f"{text} was added to the {word}" for text in wanted if text not in known]
        rows += [f"{text} is no longer in the {word}" for text in known if text not in wanted]
    return rows


def versions_for(lock: Lock, platform: dict) -> dict[str, str]:
    """Return name and version of each package that the lock has for ``platform``, its markers evaluated (PEP 508)."""
    environment = {"python_version": platform["python"], "python_full_version": platform["python"] + ".0", "os_name": "posix",
                   "sys_platform": "linux", "platform_system": "Linux", "platform_machine": platform["machine"],
                   "implementation_name": "cpython", "platform_python_implementation": "CPython",
                   "extras": frozenset(), "dependency_groups": frozenset()}
    return {package["name"]: package.get("version", "") for package in lock.packages
            if "marker" not in package or Marker(package["marker"]).evaluate(environment)}


def _unanswered(lock: Lock, wanted: Requirement) -> str:
    versions = [package.get("version") for package in lock.packages if package["name"] == canonicalize_name(wanted.name)]
    if not versions:
        return "" if wanted.marker else f"{canonical(wanted)} is not in it"
    if any(version is None or wanted.specifier.contains(version, prereleases=True) for version in versions):
        return ""
    return f"{canonical(wanted)} is wanted, but it has {', '.join(versions)}"


def _table(found: dict):
    tools = found.get("tool")
    return tools.get(TABLE) if isinstance(tools, dict) else None


def _is_table_of_texts(table) -> bool:
    return isinstance(table, dict) and all(
        isinstance(table.get(word), list) and all(isinstance(text, str) for text in table[word]) for word in _ANSWERS)


def _name_of(package) -> str:
    return str(package.get("name", "a package without a name")) if isinstance(package, dict) else "a package"


def toml_string(value: str) -> str:
    """Return ``value`` as a basic string of TOML."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")  # TOML's basic strings are JSON's but for this one
