# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Hashes that the requirements name (``--hash=sha256:…``): of such a package no other file is locked, whatever the index says.

uv, which makes the lock, reads them and goes by the index.
"""
from __future__ import annotations

import re
import tomllib

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import Blocked, WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.lock_table import artifacts_of

_HASH = re.compile(r"\s--hash(?:=|\s+)(\w+):([0-9A-Fa-f]+)")
_NAME = re.compile(r'name = "([^"]+)"\s*')
_SHA256 = re.compile(r'\bsha256 = "([0-9a-f]{64})"')


def hashes_in(line: str) -> set[str] | None:
    """Return the SHA-256 hashes of a requirement's line; None when it names none. One of another kind names no file of a lock."""
    found = _HASH.findall(line)
    return {digest.lower() for kind, digest in found if kind == "sha256"} if found else None


def keep_named(text: str, hashes: dict[str, set[str]]) -> str:
    """Return the lock ``text``, as uv writes it, without the files of packages in ``hashes`` that these do not name.

    Raises Blocked with every package of which nothing is left.
    """
    kept, name = [], ""
    for line in text.splitlines(keepends=True):
        name = "" if line.startswith("[") else found[1] if (found := _NAME.fullmatch(line)) else name
        digests = _SHA256.findall(line)
        if len(digests) != 1 or name not in hashes or digests[0] in hashes[name]:  # each file is on a line of its own
            kept.append(line)
    narrowed = "".join(kept)
    lost = [package for package in tomllib.loads(narrowed).get("packages", [])
            if not _is_named(package, hashes) or not _has_source(package)]
    if lost:
        raise Blocked("the index has other files than the requirements name by their hashes", [WheelhouseError(
            f"no file of version {package.get('version', '')} has a hash that the requirements name", package=package["name"],
            hint="find out what changed: the index, or the requirements").as_dict() for package in lost])
    return narrowed


def strangers(packages: list[dict], hashes: dict[str, set[str]]) -> list[str]:
    """Say which packages of a lock have files that ``hashes`` do not name."""
    return [f"{package['name']} has a file whose hash the requirements do not name"
            for package in packages if not _is_named(package, hashes)]


def _is_named(package, hashes):
    return package["name"] not in hashes or all(file["hashes"].get("sha256") in hashes[package["name"]] for file in artifacts_of(package))


def _has_source(package):
    return bool(artifacts_of(package)) or "vcs" in package or "directory" in package
