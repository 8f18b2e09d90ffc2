# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The releases of the wheelhouse: manifests, and which of them some inputs have led to."""
import contextlib
import hashlib
import json
import os

from ..common.errors import WheelhouseError
from ..common.files import canonical_json, write_file
from ..common.kept_files import stored_files
from ..common.manifest import ID, check_app, check_release, manifest_id, validate
from ..common.steps import step
from ..common.transfer import place_of
from .files import missing, sound
from .signatures import read_signature

_MEND = "restore it from a backup, or remove it: the release that the lock leads to now is made anew by the next run"


def inputs_digest(inputs):
    """Return the SHA-256 over what a host asks for: ``app``, ``lock``, ``project`` and ``platform``.

    How it was built, its options and build lock, is left out: production need not know, it takes the manifest that was fetched last.
    """
    return hashlib.sha256(canonical_json({key: inputs[key] for key in ("app", "lock", "project", "platform")})).hexdigest()


def release(root, app, release):
    """Return ``{"manifest", "signature", "known", "problem"}`` of a release; each None when there is none.

    ``known`` are the ids of others, when there is no such release; ``problem`` says why its manifest can't be read.
    """
    check_app(app), check_release(release)
    nothing = {"manifest": None, "signature": None, "known": None, "problem": None}
    try:
        manifest = _read(root, app, release)
    except WheelhouseError as error:
        return dict(nothing, problem=error.as_dict())
    if manifest is None:
        return dict(nothing, known=_known(root, app))
    return dict(nothing, manifest=manifest, signature=read_signature(root, app, release))


def look(root, inputs):
    """Return what ``inputs`` (app, lock, project and platform) have led to.

    ``{"manifest": the one fetched last for them, or None, "build_lock": the digest of the build lock that it was built with, or "",
    "whole": whether all of its files are here, "problem": why the manifest can't be read, or None}``.
    """
    found, build_lock = _pointer(root, inputs)
    nothing = {"manifest": None, "build_lock": "", "whole": False, "problem": None}
    try:
        manifest = _read(root, inputs["app"], found) if ID.fullmatch(found) else None
    except WheelhouseError as error:
        return dict(nothing, problem=error.as_dict())
    if manifest is None or any(manifest[key] != inputs[key] for key in ("app", "lock", "project")):
        return nothing
    return {"manifest": manifest, "build_lock": build_lock, "whole": not missing(root, stored_files(manifest))["missing"], "problem": None}


def publish(root, manifest, inputs):
    """Store ``manifest``, which was made from ``inputs``; all of its files must be here. Returns ``{"new": whether anything was}``."""
    made = manifest_id(validate(manifest))
    known = _pointer(root, inputs)
    try:
        new = _read(root, manifest["app"], made) is None
    except WheelhouseError:
        new = True  # a damaged file: what its name promises is at hand
    if new:
        write_file(_path(root, manifest["app"], made), canonical_json(manifest))
        step("manifest published")
    pointer = (made, inputs.get("build_lock") or "")
    if known != pointer:
        write_file(_pointer_path(root, inputs), (" ".join(pointer).strip() + "\n").encode("ascii"))
        new = True
    return {"new": new}


def commits(root, app):
    """Return ``{"commits": {URL: {"filename", "sha256", "size"}}}``: the sdists that were made of commits of git for releases of an app."""
    found = {}
    folder = os.path.join(root, "releases", check_app(app))
    for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
        # a damaged one stands in the way of no other release
        with contextlib.suppress(OSError, ValueError, KeyError, WheelhouseError), open(os.path.join(folder, name), encoding="utf-8") as stream:
            for wheel in validate(json.load(stream))["wheels"]:
                source = wheel.get("source") or {}
                if str(source.get("url")).startswith("git+"):
                    file = {field: source[field] for field in ("filename", "sha256", "size")}
                    _place(file)
                    found[source["url"]] = file
    whole = sound(root, [_place(file) for file in found.values()])["sound"]
    return {"commits": {url: file for url, file in found.items() if _place(file) in whole}}


def _place(file):
    return place_of("sources", file["sha256"], file["filename"])


def _path(root, app, release):
    return os.path.join(root, "releases", check_app(app), release + ".json")


def _read(root, app, release):
    path = _path(root, app, release)
    try:
        with open(path, "rb") as stream:
            found = json.loads(stream.read().decode("utf-8"))
        validate(found)
    except FileNotFoundError:
        return None
    except (ValueError, WheelhouseError) as error:
        raise WheelhouseError("{0} is damaged: {1}".format(path, error), hint=_MEND)
    if manifest_id(found) != release or found["app"] != app:
        raise WheelhouseError("{0} was altered: it is not the manifest {1} of {2}".format(path, release, app), hint=_MEND)
    return found


def _known(root, app):
    try:
        return sorted(name[:-5] for name in os.listdir(os.path.join(root, "releases", app)) if name.endswith(".json"))[-10:]
    except FileNotFoundError:
        return []


def _pointer_path(root, inputs):
    return os.path.join(root, "releases", check_app(inputs["app"]), "inputs", inputs_digest(inputs))


def _pointer(root, inputs):
    """Return the id of the release that ``inputs`` led to last, and the digest of the build lock that it was built with."""
    try:
        with open(_pointer_path(root, inputs), "rb") as stream:
            found, _space, build_lock = stream.read().decode("ascii", "replace").strip().partition(" ")
    except FileNotFoundError:
        return "", ""
    return found, build_lock
