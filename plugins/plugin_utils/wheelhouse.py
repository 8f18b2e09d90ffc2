# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The central wheelhouse: plain files, each under its SHA-256, and the manifests that name them.

::

    sources/<sha256>/<filename>          sdists, build requirements and build tools, as downloaded
    wheels/<sha256>/<filename>.whl       what is deployed
    bytecode/<sha256>.zip                .pyc files of one wheel for one interpreter
    builds/<source>/<build-key>.json     memos: from this source, with this build key, that wheel was made
    releases/<app>/<manifest-id>.json    manifests, never changed; .json.sig beside it when it was signed (see signing.py)
    releases/<app>/inputs/<digest>       the id of the manifest fetched last for these inputs
    simple/, index.html                  for pip and uv (see simple_index.py)
"""
from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.files import canonical_json, sha256_of, write_file
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.manifest import ID, SHA256, manifest_id, validate
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.steps import step
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.transfer import place_of
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.kept_files import stored_files


_MEND = "restore it from a backup, or remove it: the release that the lock leads to now is made anew by the next run"


def inputs_digest(inputs: dict) -> str:
    """Return the SHA-256 over what a host asks for: ``app``, ``lock``, ``project`` and ``platform``.

    How it was built, its options and build lock, is left out: production need not know, it takes the manifest that was fetched last.
    """
    return hashlib.sha256(canonical_json({key: inputs[key] for key in ("app", "lock", "project", "platform")})).hexdigest()


class Wheelhouse:
    """The wheelhouse in the folder ``root`` of this machine."""

    def __init__(self, root: str):
        if not root.strip():
            raise WheelhouseError("wheelhouse_dir is empty", hint="set it to a folder of the controller that you may write")
        self.root = os.path.abspath(os.path.expanduser(root))

    def path(self, place: str) -> str:
        """Return the path of the file at ``place``."""
        return os.path.join(self.root, place)

    def check_writable(self) -> None:
        """Raise WheelhouseError unless files can be added. Makes nothing: the folder comes with its first file."""
        nearest = self.root
        while not os.path.lexists(nearest):
            nearest = os.path.dirname(nearest)
        if not os.path.isdir(nearest):
            raise self._unwritable(f"{nearest} is not a folder")
        if not os.access(nearest, os.W_OK | os.X_OK):
            raise self._unwritable(f"permission denied for {nearest}")

    def _unwritable(self, reason: str) -> WheelhouseError:
        return WheelhouseError(f"the wheelhouse {self.root} can't be written: {reason}",
                               hint="set wheelhouse_dir to a folder of the controller that you may write")

    def read_manifest(self, app: str, release: str) -> dict | None:
        """Return the manifest of a release, or None. Raises WheelhouseError when the file is not what its name says."""
        if not ID.fullmatch(release):
            raise WheelhouseError(f"{release!r} is not the id of a release (16 hex digits)", hint=self._known(app))
        path = self.path(f"releases/{app}/{release}.json")
        try:
            with open(path, "rb") as stream:
                found = json.loads(stream.read())
            validate(found)
        except FileNotFoundError:
            return None
        except (ValueError, WheelhouseError) as error:
            raise WheelhouseError(f"{path} is damaged: {error}", hint=_MEND) from error
        if manifest_id(found) != release or found["app"] != app:
            raise WheelhouseError(f"{path} was altered: it is not the manifest {release} of {app}",
                                  hint=_MEND)
        return found

    def require_manifest(self, app: str, release: str) -> dict:
        """Return the manifest of a release that the user named. Raises WheelhouseError when there is none."""
        found = self.read_manifest(app, release)
        if found is None:
            raise WheelhouseError(f"the wheelhouse {self.root} has no release {release} of {app}", hint=self._known(app))
        return found

    def _known(self, app: str) -> str:
        try:
            known = sorted(name[:-5] for name in os.listdir(self.path(f"releases/{app}")) if name.endswith(".json"))
        except OSError:
            known = []
        return f"it has: {', '.join(known[-10:])}" if known else "it has none; run the deploy playbook without wheelhouse_release"

    def find_manifest(self, inputs: dict) -> dict | None:
        """Return the manifest that was made from ``inputs`` (see ``inputs_digest``), or None."""
        release, _build_lock = self._pointer(inputs)
        found = self.read_manifest(inputs["app"], release) if ID.fullmatch(release) else None
        bent = found and any(found[key] != inputs[key] for key in ("app", "lock", "project"))
        return None if bent else found

    def _pointer(self, inputs: dict) -> tuple[str, str]:
        """Return the id of the release that ``inputs`` led to last, and the digest of the build lock that it was built with."""
        try:
            with open(self.path(f"releases/{inputs['app']}/inputs/{inputs_digest(inputs)}"), "rb") as stream:
                release, _space, build_lock = stream.read().decode("ascii", "replace").strip().partition(" ")
        except FileNotFoundError:
            return "", ""
        return release, build_lock

    def missing(self, files: dict[str, tuple[str, int]]) -> dict[str, tuple[str, int]]:
        """Return those of ``files`` that are absent or have another size."""
        def held(place, size):
            try:
                return os.stat(self.path(place)).st_size == size
            except FileNotFoundError:
                return False
        return {place: promise for place, promise in files.items() if not held(place, promise[1])}

    def find_complete(self, inputs: dict) -> dict | None:
        """Return the manifest that was made from ``inputs``, its build options included, if all of its files are here.

        One that was built with another build lock is none; without a build lock at hand there is nothing to hold against it.
        """
        try:
            manifest = self.find_manifest(inputs)
        except WheelhouseError:
            return None  # a damaged manifest; it is the build host that can make it anew
        as_asked = manifest and manifest["options"] == inputs["options"] and inputs.get("build_lock") in (None, self._pointer(inputs)[1])
        return manifest if as_asked and not self.missing(stored_files(manifest)) else None

    def publish(self, manifest: dict, inputs: dict) -> bool:
        """Store ``manifest``, which was made from ``inputs``; all of its files must be here. Returns whether anything was new."""
        release = manifest_id(manifest)
        try:
            new = self.read_manifest(manifest["app"], release) is None
        except WheelhouseError:
            new = True  # a damaged file: what its name promises is at hand
        if new:
            write_file(self.path(f"releases/{manifest['app']}/{release}.json"), canonical_json(manifest))
            step("manifest published")
        pointer = (release, inputs.get("build_lock") or "")
        if self._pointer(inputs) != pointer:
            write_file(self.path(f"releases/{manifest['app']}/inputs/{inputs_digest(inputs)}"), f"{' '.join(pointer).strip()}\n".encode())
            new = True
        return new

    def remember(self, memos: dict[str, dict]) -> bool:
        """Keep the memos of builds, by build key. Returns whether one was new: the first stays as long as its wheel is sound."""
        if not all(SHA256.fullmatch(memo["source"]) and re.fullmatch("[0-9a-f]+", key) for key, memo in memos.items()):
            raise WheelhouseError("the build host describes builds in a way that is unknown here")
        new = {self.path(f"builds/{memo['source']}/{key}.json"): memo for key, memo in memos.items()}
        new = {path: memo for path, memo in new.items() if not self._stands(path, memo)}
        for path, memo in new.items():
            write_file(path, canonical_json(memo))
            step("memo kept")
        return bool(new)

    def _stands(self, path: str, memo: dict) -> bool:
        try:
            with open(path, encoding="utf-8") as stream:
                known = json.load(stream)
            return known == memo or bool(self.sound([place_of("wheels", known["sha256"], known["filename"])]))
        except (OSError, ValueError, TypeError, KeyError, WheelhouseError):
            return False  # there is none, or it is damaged

    def recall(self, sources: list[str]) -> dict[str, dict]:
        """Return the memos, by build key, of what was built from these sources (SHA-256)."""
        found = {}
        for source in sources:
            folder = self.path(f"builds/{source}")
            for name in os.listdir(folder) if os.path.isdir(folder) else []:
                with contextlib.suppress(OSError, ValueError), open(os.path.join(folder, name), encoding="utf-8") as stream:
                    found[name.removesuffix(".json")] = json.load(stream)
        return found

    def commits(self, app: str) -> dict[str, dict]:
        """Return ``{"filename", "sha256", "size"}`` of the sdists that were made of commits of git for releases of an app, by their URL."""
        found = {}
        folder = self.path(f"releases/{app}")
        for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
            # a damaged one stands in the way of no other release
            with contextlib.suppress(OSError, ValueError, KeyError, WheelhouseError), open(os.path.join(folder, name), encoding="utf-8") as stream:
                for wheel in validate(json.load(stream))["wheels"]:
                    source = wheel.get("source") or {}
                    if str(source.get("url")).startswith("git+"):
                        file = {field: source[field] for field in ("filename", "sha256", "size")}
                        place_of("sources", file["sha256"], file["filename"])
                        found[source["url"]] = file
        sound = self.sound([place_of("sources", file["sha256"], file["filename"]) for file in found.values()])
        return {url: file for url, file in found.items() if place_of("sources", file["sha256"], file["filename"]) in sound}

    def sources(self, hashes: list[str]) -> dict[str, tuple[str, int]]:
        """Return place, SHA-256 and size of what is kept under ``sources/`` with these hashes, as far as it is what its name says."""
        return self.sound([f"sources/{sha256}/{name}" for sha256 in sorted(set(hashes)) if os.path.isdir(self.path(f"sources/{sha256}"))
                           for name in os.listdir(self.path(f"sources/{sha256}"))])

    def sound(self, places: list[str]) -> dict[str, tuple[str, int]]:
        """Return SHA-256 and size of those of the ``places`` whose files are here, and are what their names say."""
        found = {}
        for place in places:
            path, sha256 = self.path(place), place.split("/")[1].removesuffix(".zip")
            if os.path.isfile(path) and sha256_of(path) == sha256:
                found[place] = (sha256, os.path.getsize(path))
        return found

    def verify(self, files: dict[str, tuple[str, int]]) -> None:
        """Check the bytes of ``files``. A damaged one is set aside, so that the next run replaces it; raises WheelhouseError."""
        damaged = []
        for place, (sha256, size) in files.items():
            path = self.path(place)
            if not os.path.exists(path):
                damaged.append(f"{place} is missing")
            elif os.stat(path).st_size != size or sha256_of(path) != sha256:
                os.replace(path, f"{path}.damaged")
                os.utime(self.path(place.split("/")[0]))  # the index looks at this
                damaged.append(f"{place} is not what its name says; it was renamed to end in .damaged")
        if damaged:
            raise WheelhouseError(f"the wheelhouse {self.root} is damaged: {'; '.join(damaged)}",
                                  hint="run the deploy or the fetch playbook again: what is missing comes from the build host")
