# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Describe the wheels of a release and write its manifest, last of all."""
import hashlib
import json
import os
from concurrent.futures import ThreadPoolExecutor

from ..common.errors import Blocked, WheelhouseError
from ..common.files import canonical_json, write_file
from ..common.manifest import SCHEMA, manifest_id, places, validate
from ..common.steps import step
from .bytecode import bytecode_of, is_remembered
from .choose import count
from .os_packages import OsPackages
from .uv import without_credentials
from .wheel_facts import facts_of


def read_all_facts(store, rows):
    """Return the facts (see wheel_facts) for the rows ``(artifact, {"filename", "sha256", "size"})``, in the same order.

    Raises Blocked with every wheel that can't be used, WheelhouseError when two wheels have one name.
    """
    facts = _each(rows, lambda wheel: facts_of(store, wheel["sha256"], wheel["filename"]))
    names = [found["name"] for found in facts]
    twins = sorted({name for name in names if names.count(name) > 1})
    if twins:
        raise WheelhouseError("the project is called {0}, and so is a package of the lock".format(", ".join(twins)),
                              hint="take it out of the requirements: the project's own tree is built from wheelhouse_project")
    return facts


def make_all_bytecode(store, rows, say):
    """Return ``{"sha256", "size"}`` of the bytecode, or None, for the same rows; what is not remembered is made on all processors."""
    new = sum(1 for _artifact, wheel in rows if not is_remembered(store, wheel["sha256"]))
    if new:
        say("making the bytecode of {0} wheel{1}".format(new, "" if new == 1 else "s"))
    return _each(rows, lambda wheel: bytecode_of(store, wheel["sha256"], wheel["filename"]))


def _each(rows, function):
    """Call ``function`` with the wheel of each row, in parallel, the largest first; return what it returned, in order."""
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        order = sorted(range(len(rows)), key=lambda number: -rows[number][1]["size"])
        waiting = {number: pool.submit(function, rows[number][1]) for number in order}
    found, problems = [], []
    for number, (artifact, _wheel) in enumerate(rows):
        try:
            found.append(waiting[number].result())
        except WheelhouseError as error:
            problems.append(dict(error.as_dict(), package=artifact.name))
    if problems:
        raise Blocked("{0} can't be used".format(count(problems, "wheel")), problems)
    return found


def make_manifest(store, request, platform, rows, facts, bytecode):
    """Return the manifest of a build request from what the functions above returned for its rows."""
    carried = {soname for found in facts for soname in found["carries"]}  # packages load the libraries of one another
    facts = [dict(found, **{kind: [soname for soname in found[kind] if soname not in carried] for kind in ("libraries", "optional")})
             for found in facts]
    installed = OsPackages(soname for found in facts for soname in found["libraries"])
    numbered = {wheel["sha256"]: found for (_artifact, wheel), found in zip(rows, facts)}
    providers = _each(rows, lambda wheel: installed.providers(store, wheel, numbered[wheel["sha256"]]))
    entries = [_entry(*row, found, code, provided) for row, found, code, provided in zip(rows, facts, bytecode, providers)]
    project = request.get("project")
    return validate({
        "schema": SCHEMA, "app": request["app"], "lock": request["lock"], "project": project["digest"] if project else None,
        "platform": platform, "options": _options(request), "wheels": sorted(entries, key=lambda entry: entry["name"])})


def _options(request):
    """Return the options that decide what becomes of a lock; one that is off by default only where it is on."""
    found = {name: sorted(set(request.get(name) or ())) for name in ("no_binary", "only_binary")}
    return dict(found, bundle_libraries=True) if request.get("bundle_libraries") else found


def _entry(artifact, wheel, facts, bytecode, providers):
    return {
        "name": facts["name"], "version": facts["version"], "filename": wheel["filename"], "sha256": wheel["sha256"], "size": wheel["size"],
        "source": _source(artifact), "bytecode": bytecode, "requires_python": facts["requires_python"],
        "needs": {"libc_version": facts["libc_version"], "libraries": facts["libraries"], "optional": facts["optional"],
                  "packages": sorted({text for found in providers.values() for text in found}), "providers": providers}}


def _source(artifact):
    if artifact.kind == "project":
        return {"project": artifact.sha256, "filename": None, "sha256": None, "size": None, "url": None}
    return {"filename": artifact.filename, "sha256": artifact.sha256, "size": artifact.size, "url": without_credentials(artifact.url)}


def write_manifest(store, manifest, keys):
    """Write the manifest to ``releases/<app>/<id>.json``; ``keys`` are the build keys of what was compiled. Return (id, whether it is new)."""
    step("described")
    release = manifest_id(manifest)
    path = store.path("releases", manifest["app"], release + ".json")
    new = not os.path.exists(path)
    if new:
        write_file(path, canonical_json(manifest))
    step("manifest written")
    store.remember("inputs", _inputs_key({key: manifest[key] for key in ("app", "lock", "project", "platform", "options")}),
                   {"release": release, "keys": keys})
    return release, new


def find_build(store, inputs):
    """Return (manifest, memos by build key) of the last build of ``inputs`` (app, lock, project, platform, options), or (None, {}).

    Only one whose files are all here counts.
    """
    known = store.recall("inputs", _inputs_key(inputs))
    try:
        with open(store.path("releases", inputs["app"], known["release"] + ".json"), encoding="utf-8") as stream:
            manifest = json.load(stream)
        whole = all(os.stat(store.path(place)).st_size == size for place, (_sha256, size) in places(manifest).items())
    except (TypeError, OSError, ValueError):
        return None, {}
    memos = {key: store.recall("", key) for key in known.get("keys", ())}
    return (manifest, {key: memo for key, memo in memos.items() if memo}) if whole else (None, {})


def _inputs_key(inputs):
    return hashlib.sha256(canonical_json({key: inputs[key] for key in ("app", "lock", "project", "platform", "options")})).hexdigest()
