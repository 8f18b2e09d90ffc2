# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One ``[[packages]]`` table of a lock (PEP 751): what in it can't be used, said before a build host is asked for anything."""
from __future__ import annotations

import re
from urllib.parse import quote, unquote, urlsplit

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.address import check_addresses, shown, without_credentials
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.third_party import (
    InvalidMarker, InvalidVersion, Marker, Version, canonicalize_name)

_SHA256 = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?", re.IGNORECASE)
_FILE_NAME = re.compile(r"[^./\\\x00-\x20-][^/\\\x00-\x1f]{0,199}")
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def check_table(package):
    """Yield what is wrong with one ``[[packages]]`` table, and add the file names that PEP 751 lets a lock leave out."""
    if not isinstance(package, dict) or not isinstance(package.get("name"), str):
        yield "it has no name"
        return
    if not _NAME.fullmatch(package["name"]):
        yield "that is not the name of a package"
    package["name"] = canonicalize_name(package["name"])
    if "version" in package:
        try:
            Version(package["version"])
        except (InvalidVersion, TypeError):
            yield f"{package['version']!r} is not a version (PEP 440)"
    if "marker" in package:
        try:
            Marker(package["marker"])
        except (InvalidMarker, TypeError, AttributeError):
            yield f"{package['marker']!r} is not a marker (PEP 508)"
    if not isinstance(package.get("requires-python", ""), str):
        yield f"its requires-python is {package['requires-python']!r}"
    if not any(kind in package for kind in ("wheels", "sdist", "archive", "vcs", "directory")):
        yield "it has no wheel, no sdist and no other source"
    wheels = package.get("wheels", [])
    if not isinstance(wheels, list):
        yield "its wheels are not a list"
        return
    for artifact in artifacts_of(package):
        yield from _check_artifact(artifact)
    if "vcs" in package:
        yield from _check_commit(package["vcs"])


def artifacts_of(package: dict) -> list[dict]:
    """Return the tables of a package's files."""
    return [*package.get("wheels", []), *(package[kind] for kind in ("sdist", "archive") if kind in package)]


def _check_artifact(artifact):
    if not isinstance(artifact, dict):
        yield "an artifact is not a table"
        return
    path = _path_of_url(artifact.get("url"))
    if wrong := _address_problem(artifact.get("url")):
        yield wrong
        return
    if path is None and isinstance(artifact.get("path"), str):
        path = quote(artifact["path"])
    if path is None:
        yield f"{artifact.get('name') or artifact.get('path') or 'an artifact'} has no URL"
        return
    artifact["filename"] = str(artifact.get("name") or unquote(path.rsplit("/", 1)[-1]))
    if not _FILE_NAME.fullmatch(artifact["filename"]):
        yield f"{artifact['filename']!r} is not the name of a file"
    hashes = artifact.get("hashes")
    if not isinstance(hashes, dict) or not _SHA256.fullmatch(str(hashes.get("sha256", ""))):
        yield f"{artifact['filename']} has no SHA-256"
    size = artifact.get("size")
    if size is not None and (not isinstance(size, int) or isinstance(size, bool) or size < 0):
        yield f"{artifact['filename']} has the size {size!r}"


def _check_commit(vcs):
    if not isinstance(vcs, dict):
        yield "its vcs is not a table"
        return
    url = str(vcs.get("url", ""))
    if vcs.get("type") != "git" or url.partition("://")[0] not in ("http", "https"):
        yield f"it comes from {vcs.get('type')} at {shown(url) or vcs.get('path')}, and only git at https:// can be built"
    if wrong := _address_problem(url, given=False):
        yield wrong
    elif without_credentials(url) != url:  # git would be told on its command line
        yield f"the URL {shown(url)} has credentials in it: give them in build_environment (GIT_CONFIG_COUNT, GIT_CONFIG_KEY_0, GIT_CONFIG_VALUE_0)"
    if not _COMMIT.fullmatch(str(vcs.get("commit-id", ""))):
        yield f"its commit-id {vcs.get('commit-id')!r} is not a full one"
    if not isinstance(vcs.get("subdirectory", ""), str):
        yield f"its subdirectory is {vcs['subdirectory']!r}"


def _address_problem(url, given: bool = True) -> str:
    try:
        check_addresses("its URL", str(url), given)
    except WheelhouseError as error:
        return error.message
    return ""


def _path_of_url(url) -> str | None:
    try:
        parts = urlsplit(url)
        return parts.path if parts.scheme else None
    except (ValueError, TypeError, AttributeError):
        return None
