# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which build host does what: each platform of production has hosts that can build for it, one of which puts the release together."""
from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import Blocked, WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.platform import COMPARED, differences, version_tuple


@dataclass
class Part:
    """What one host does.

    ``platforms`` are those whose releases it puts together; ``share`` is its number, from 0, among the ``shares`` hosts that build for the
    same platform (none: it has nothing to do); ``locks`` tells whether it is the one that resolves; ``verifies`` names the host whose
    wheels it would build a second time, or is empty, and ``verified_by`` the other host that does that for this one's.
    """

    platforms: list[dict]
    share: int
    shares: int
    locks: bool
    verifies: str
    verified_by: str = ""


def divide(platforms: list[dict], builders: dict[str, dict]) -> dict[str, Part]:
    """Return the Part of each of the ``builders`` (name to its platform); without ``platforms`` they build for their own.

    The first of several that serve a platform puts its releases together. The one with the lowest Python resolves: a lock serves that
    version and later ones. Raises Blocked with every platform that nobody can build for.
    """
    wanted = platforms or _distinct(builders.values())
    unserved = [platform for platform in wanted if not _serving(platform, builders)]
    if unserved:
        hosts = "; ".join(f"{name} is {describe(platform)}" for name, platform in builders.items()) or "there is none"
        raise Blocked("there is no build host for a platform of production", [WheelhouseError(
            f"{describe(platform)} (the build hosts: {hosts})", hint="add a build host of the same distribution release and Python version, "
            "or set build_python on one to that Python").as_dict() for platform in unserved])
    groups = {tuple(_serving(platform, builders)) for platform in wanted}
    resolving = min((name for group in groups for name in group), key=lambda name: version_tuple(builders[name]["python"]))
    parts = {name: Part([], 0, 0, name == resolving, "") for name in builders}
    for group in groups:
        for number, name in enumerate(group):
            parts[name].share, parts[name].shares = number, len(group)
        parts[group[0]].platforms = [platform for platform in wanted if _serving(platform, builders)[0] == group[0]]
        parts[group[min(1, len(group) - 1)]].verifies = group[0]
        parts[group[0]].verified_by = group[1] if len(group) > 1 else ""
    return parts


def describe(platform: dict) -> str:
    """Return the platform in a few words."""
    return "Python {python} ({abi}) on {os}, {machine}, {libc}".format(**{field: platform.get(field, "unknown") for field in COMPARED})


def _serving(platform: dict, builders: dict[str, dict]) -> list[str]:
    return [name for name, own in builders.items() if not differences(platform, own)]


def _distinct(platforms) -> list[dict]:
    found: list[dict] = []
    for platform in platforms:
        if not any(not differences(platform, other) for other in found):
            found.append(platform)
    return found
