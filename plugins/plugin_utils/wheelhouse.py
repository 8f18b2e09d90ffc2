# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The central wheelhouse, as the controller sees it: what is asked of it and given to it, wherever its folder lies."""
from __future__ import annotations

import functools
import os
from contextlib import AbstractContextManager

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError, from_dict
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.manifest import ID, manifest_id, validate
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.turns import alone_in
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.keeper.files import hash_in
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.keeper.signatures import digest
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.here import Here
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.host_action import scratch_folder
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.outgoing import shared_tar
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.there import There

Files = dict[str, tuple[str, int]]  # place to SHA-256 and size in bytes


class Wheelhouse:
    """The wheelhouse at ``site``, or in the folder of this machine that is named. What is done there is in ``module_utils/keeper``.

    ``where`` names it in messages. What a run asks more than once costs it one execution of the wheelhouse's host.
    """

    def __init__(self, site: Here | There | str):
        self.site = Here(site) if isinstance(site, str) else site
        self.where = self.site.where

    def expect(self, inputs: list[dict] = (), releases: list[tuple[str, str]] = ()) -> None:
        """Ask for all at once that ``check_writable`` and ``find_complete`` will want to know of ``inputs``, and ``read_manifest`` of ``releases``."""
        self.site.expect(*([{"op": "check_writable"}] if inputs else []), *(_look(one) for one in inputs), *(_release(*one) for one in releases))

    def check_writable(self) -> None:
        """Raise WheelhouseError unless files can be added."""
        self.site.ask({"op": "check_writable"})

    def read_manifest(self, app: str, release: str) -> dict | None:
        """Return the manifest of a release, or None. Raises WheelhouseError when the file is not what its name says."""
        if not ID.fullmatch(release):
            raise WheelhouseError(f"{release!r} is not the id of a release (16 hex digits)", hint="nogcc.wheelhouse.status tells which a host has")
        return self._checked(self.site.ask(_release(app, release))[0], app, release)

    def require_manifest(self, app: str, release: str) -> dict:
        """Return the manifest of a release that the user named. Raises WheelhouseError when there is none."""
        found = self.read_manifest(app, release)
        if found is None:
            known = self.site.ask(_release(app, release))[0]["known"]
            raise WheelhouseError(f"the wheelhouse {self.where} has no release {release} of {app}", hint=(
                f"it has: {', '.join(known)}" if known else "it has none; run the deploy playbook without wheelhouse_release"))
        return found

    def find_manifest(self, inputs: dict) -> dict | None:
        """Return the manifest that was fetched last for ``inputs``, or None. Raises WheelhouseError for one that is damaged."""
        return self._checked(self.site.ask(_look(inputs))[0], inputs["app"])

    def find_complete(self, inputs: dict) -> dict | None:
        """Return the manifest that was made from ``inputs``, its build options included, if all of its files are there.

        One that was built with another build lock is none; without a build lock at hand there is nothing to hold against it. Nor is a
        damaged one: it is the build host that can make it anew.
        """
        found = self.site.ask(_look(inputs))[0]
        manifest = None if found["problem"] else self._checked(found, inputs["app"])
        as_asked = manifest and manifest["options"] == inputs["options"] and inputs.get("build_lock") in (None, found["build_lock"])
        return manifest if as_asked and found["whole"] else None

    def _checked(self, found: dict, app: str, release: str | None = None) -> dict | None:
        """Return the manifest of an answer that came over a wire, which may have altered it."""
        if found["problem"]:
            raise from_dict(found["problem"])
        manifest = found["manifest"]
        if manifest is not None and (validate(manifest)["app"] != app or release not in (None, manifest_id(manifest))):
            raise WheelhouseError(f"the wheelhouse {self.where} gave another manifest than {release or 'one'} of {app}",
                                  hint="find out who altered it there")
        return manifest

    def signature(self, app: str, release: str) -> str | None:
        """Return the text of a release's signature, or None."""
        return self.site.ask(_release(app, release))[0]["signature"]

    def signatures(self, app: str) -> dict[str, str]:
        """Return the text of every signature of an app's releases."""
        return self.site.call({"op": "signatures", "app": app})[0]["signatures"]

    def keep_signatures(self, app: str, seen: dict[str, str], new: dict[str, str]) -> bool:
        """Store new signatures, unless others came since ``signatures`` returned ``seen``; return whether it was done."""
        return self.site.change({"op": "keep_signatures", "app": app, "seen": digest(seen), "new": new})[0]["kept"]

    def missing(self, files: Files) -> Files:
        """Return those of ``files`` that are absent or have another size."""
        absent = {*self.site.call({"op": "missing", "files": files})[0]["missing"]}
        return {place: promise for place, promise in files.items() if place in absent}

    def publish(self, manifest: dict, inputs: dict, memos: dict[str, dict] | None = None) -> bool:
        """Show the wheels of ``manifest`` in the index, and store it; it was made from ``inputs`` by the builds of ``memos``.

        All of its files must be there. The manifest comes last: where it is, nothing is left to do. Returns whether anything was new.
        """
        index, remembered, published = self.site.change({"op": "index"}, {"op": "remember", "memos": memos or {}},
                                                        {"op": "publish", "manifest": manifest, "inputs": inputs})
        return index["changed"] or remembered["new"] or published["new"]

    def update_index(self) -> bool:
        """Bring the index up to date where wheels were added or set aside since. Returns whether a page changed."""
        return self.site.change({"op": "index", "unsure": False})[0]["changed"]

    def remember(self, memos: dict[str, dict]) -> bool:
        """Keep the memos of builds, by build key. Returns whether one was new."""
        return self.site.change({"op": "remember", "memos": memos})[0]["new"]

    def recall(self, sources: list[str]) -> dict[str, dict]:
        """Return the memos, by build key, of what was built from these sources (SHA-256)."""
        return self.site.call({"op": "recall", "sources": sources})[0]["memos"]

    def commits(self, app: str) -> dict[str, dict]:
        """Return ``{"filename", "sha256", "size"}`` of the sdists that were made of commits of git for releases of an app, by their URL."""
        return self.site.call({"op": "commits", "app": app})[0]["commits"]

    def is_empty(self) -> bool:
        """Tell whether there is nothing that a build host could be given."""
        return self.site.call({"op": "is_empty"})[0]["empty"]

    def sources(self, hashes: list[str]) -> Files:
        """Return what is kept under ``sources/`` with these hashes, as far as it is what its name says."""
        return _promises(self.site.call({"op": "sources", "hashes": hashes})[0]["sound"])

    def sound(self, places: list[str]) -> Files:
        """Return those of the ``places`` whose files are there, and are what their names say."""
        return _promises(self.site.call({"op": "sound", "places": places})[0]["sound"])

    def seals(self, places: list[str]) -> dict[str, str]:
        """Return, by SHA-256, what the wheels and the bytecode at ``places`` hold (see keeper/seals.py)."""
        return self.site.ask({"op": "seals", "places": places})[0]["seals"]

    def alone(self) -> AbstractContextManager[None]:
        """Take turns with the other workers of this run, and with all others that use the wheelhouse where it lies on the controller."""
        return alone_in(self.site.spool)

    def scratch(self) -> AbstractContextManager[str]:
        """Give a private folder of the controller, gone afterwards, for what goes to or comes from the wheelhouse."""
        return scratch_folder(self.site.spool)

    def tar(self, files: Files) -> AbstractContextManager[str]:
        """Give the path, on the controller, of a tar of ``files``, whose bytes were verified; shared with others that want the same."""
        return shared_tar(os.path.join(self.site.spool, "outgoing"), files, functools.partial(self.site.write_tar, files))

    def take(self, archive: str, files: Files) -> None:
        """Add ``files`` from the tar at ``archive``, a path of the controller."""
        self.site.take(archive, files)

    def forget_unsent(self) -> None:
        """Remove what runs that were killed left on the controller of sending. Costs a look at a few folders there."""
        self.site.forget_unsent()

    def forget_unfinished(self) -> None:
        """Remove what such runs left unfinished in the wheelhouse: for who is about to add to it."""
        self.site.call({"op": "forget_unfinished"})


def _look(inputs: dict) -> dict:
    return {"op": "look", "inputs": {key: inputs[key] for key in ("app", "lock", "project", "platform")}}


def _release(app: str, release: str) -> dict:
    return {"op": "release", "app": app, "release": release}


def _promises(sizes: dict[str, int]) -> Files:
    return {place: (hash_in(place), size) for place, size in sizes.items()}
