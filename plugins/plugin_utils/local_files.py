# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Wheels and sdists of a lock that lie on the controller (``name @ file:///path``): the wheelhouse keeps them for build hosts."""
from __future__ import annotations

import os
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import Blocked, WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.files import sha256_of
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.transfer import pack_files, place_of
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.lock_table import artifacts_of
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.lockfile import Lock
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.wheelhouse import Wheelhouse


@dataclass
class LocalFile:
    """A file of ``package`` at ``path`` (absolute), which belongs at ``place`` in a store."""

    package: str
    path: str
    place: str
    sha256: str


def local_files(lock: Lock, lock_path: str) -> list[LocalFile]:
    """Return the files that the lock at ``lock_path`` names by path or ``file://`` URL, for any platform."""
    found = []
    for package in lock.packages:
        for artifact in artifacts_of(package):
            path = artifact.get("path")
            if urlsplit(artifact.get("url") or "").scheme == "file":
                path = unquote(urlsplit(artifact["url"]).path)
            if path:
                filename, sha256 = artifact["filename"], artifact["hashes"]["sha256"]
                kind = "wheels" if filename.endswith(".whl") else "sources"
                found.append(LocalFile(package["name"], os.path.normpath(os.path.join(os.path.dirname(lock_path), path)),
                                       place_of(kind, sha256, filename), sha256))
    return found


def keep_local_files(wheelhouse: Wheelhouse, files: list[LocalFile]) -> None:
    """Have the files in the wheelhouse; once there, they are no longer needed elsewhere.

    Raises Blocked with all that are gone, or are not what was locked.
    """
    problems = []
    held = wheelhouse.sound([file.place for file in files]) if files else {}
    wanted = {file.place: file for file in files if file.place not in held}
    for file in wanted.values():
        try:
            _check(file)
        except WheelhouseError as error:
            problems.append(error.as_dict())
    if problems:
        raise Blocked("files that the lock names can't be used", problems)
    if wanted:
        with wheelhouse.scratch() as folder:
            archive = os.path.join(folder, "files.tar")
            with open(archive, "wb") as stream:
                pack_files(stream, {place: file.path for place, file in wanted.items()})
            wheelhouse.take(archive, {place: (file.sha256, os.path.getsize(file.path)) for place, file in wanted.items()})


def _check(file: LocalFile) -> None:
    if not os.path.isfile(file.path):
        raise WheelhouseError(f"there is no file {file.path} on the controller", package=file.package, hint="put it there, or lock again")
    if (found := sha256_of(file.path)) != file.sha256:
        raise WheelhouseError(f"{file.path} is not the file that was locked: SHA-256 {found}, locked was {file.sha256}",
                              package=file.package, hint="restore it; a new version should have a name of its own. Then lock again")
