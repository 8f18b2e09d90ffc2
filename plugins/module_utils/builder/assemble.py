# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Describe the wheels of a release and write its manifest, last of all."""
import hashlib
import json
import os
from concurrent.futures import ThreadPoolExecutor, as_completed

from ..common.errors import Blocked, WheelhouseError
from ..common.files import canonical_json, write_file
from ..common.manifest import SCHEMA, manifest_id, places, validate
from .bytecode import bytecode_of
from .needs import packages_of
from .uv import without_credentials
from .wheel_facts import facts_of


def describe_wheels(store, rows, say):
    """Return ``[((artifact, wheel), facts, bytecode)]`` for the rows ``(artifact, {"filename", "sha256", "size"})``.

    What is not remembered is worked out on all processors. Raises Blocked with every wheel that can't be described.
    """
    def describe_one(row):
        _artifact, wheel = row
        facts = facts_of(store, wheel["sha256"], wheel["filename"])
        return row, facts, bytecode_of(store, wheel["sha256"], wheel["filename"])

    new = sum(1 for _artifact, wheel in rows if store.recall("facts", wheel["sha256"]) is None)
    if new:
        say("making the bytecode of {0} wheels".format(new))
    found, problems = [], []
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        waiting = {pool.submit(describe_one, row): row for row in rows}
        for future in as_completed(waiting):
            try:
                found.append(future.result())
            except WheelhouseError as error:
                problems.append(dict(error.as_dict(), package=waiting[future][0].name))
    if problems:
        raise Blocked("some wheels can't be used", sorted(problems, key=lambda problem: problem["package"]))
    _refuse_twins(found)
    return sorted(found, key=lambda row: row[1]["name"])


def _refuse_twins(found):
    names = [facts["name"] for _row, facts, _code in found]
    twins = sorted({name for name in names if names.count(name) > 1})
    if twins:
        raise WheelhouseError("the project is called {0}, and so is a package of the lock".format(", ".join(twins)),
                              hint="take it out of the requirements: the project's own tree is built from wheelhouse_project")


def make_manifest(request, platform, described):
    """Return the manifest of a build request; ``described`` comes from ``describe_wheels``."""
    packages = packages_of({library for _row, facts, _code in described for library in facts["libraries"]})
    project = request.get("project")
    return validate({
        "schema": SCHEMA, "app": request["app"], "lock": request["lock"], "project": project["digest"] if project else None,
        "platform": platform,
        "options": {name: sorted(set(request.get(name) or ())) for name in ("no_binary", "only_binary")},
        "wheels": [_entry(artifact, wheel, facts, bytecode, packages) for (artifact, wheel), facts, bytecode in described]})


def _entry(artifact, wheel, facts, bytecode, packages):
    return {
        "name": facts["name"], "version": facts["version"], "filename": wheel["filename"], "sha256": wheel["sha256"], "size": wheel["size"],
        "source": _source(artifact), "bytecode": bytecode,
        "needs": {"libc_version": facts["libc_version"], "libraries": facts["libraries"],
                  "packages": sorted({packages[library] for library in facts["libraries"] if library in packages})}}


def _source(artifact):
    if artifact.kind == "project":
        return {"project": artifact.sha256, "filename": None, "sha256": None, "size": None, "url": None}
    return {"filename": artifact.filename, "sha256": artifact.sha256, "size": artifact.size, "url": without_credentials(artifact.url)}


def write_manifest(store, manifest):
    """Write the manifest to ``releases/<app>/<id>.json``; return (id, whether it is new)."""
    release = manifest_id(manifest)
    path = store.path("releases", manifest["app"], release + ".json")
    new = not os.path.exists(path)
    if new:
        write_file(path, canonical_json(manifest))
    store.remember("inputs", _inputs_key({key: manifest[key] for key in ("app", "lock", "project", "platform", "options")}),
                   {"release": release})
    return release, new


def find_manifest(store, inputs):
    """Return the manifest that the last build of ``inputs`` (app, lock, project, platform, options) made, or None.

    Only one whose files are all here counts.
    """
    known = store.recall("inputs", _inputs_key(inputs))
    if not known:
        return None
    try:
        with open(store.path("releases", inputs["app"], known["release"] + ".json"), encoding="utf-8") as stream:
            manifest = json.load(stream)
    except (OSError, ValueError):
        return None
    for place, (_sha256, size) in places(manifest).items():
        try:
            if os.stat(store.path(place)).st_size != size:
                return None
        except OSError:
            return None
    return manifest


def _inputs_key(inputs):
    return hashlib.sha256(canonical_json({key: inputs[key] for key in ("app", "lock", "project", "platform", "options")})).hexdigest()
