# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Describe the wheels of a release and write its manifest, last of all."""
import hashlib
import json
import os
from concurrent.futures import ThreadPoolExecutor

from ..common.address import without_credentials
from ..common.errors import Blocked, WheelhouseError
from ..common.files import canonical_json, write_file
from ..common.manifest import SCHEMA, manifest_id, places, validate
from ..common.platform import family
from ..common.steps import step
from .build_locks import text_of
from .bytecode import bytecode_of, is_remembered
from .choose import count
from .os_packages import OsPackages
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


def tell_of_paths(facts, say):
    """Say which wheels load a shared library by a path; the manifest has none of these, and a host finds out when it tries the release."""
    for found in facts:
        for path in found["paths"]:
            say("{0} loads the shared library {1} by a path: no host can be told beforehand that it lacks that one".format(found["name"], path))


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


def write_manifest(store, manifest, keys, locks=(), unverified=False):
    """Write the manifest to ``releases/<app>/<id>.json``; return (id, whether it is new).

    ``keys`` are the build keys of what was compiled, ``locks`` the build locks that this took. ``unverified`` keeps it here until it was
    accepted (see ``accept``).
    """
    step("described")
    release = manifest_id(manifest)
    path = store.path("releases", manifest["app"], release + ".json")
    new = not os.path.exists(path)
    if new:
        write_file(path, canonical_json(manifest))
    step("manifest written")
    store.remember("inputs", _inputs_key({key: manifest[key] for key in ("app", "lock", "project", "platform", "options")}),
                   {"release": release, "keys": keys, "unverified": unverified,
                    "locks": sorted([lock["name"], lock["version"], text_of(lock)] for lock in locks)})
    return release, new


def accept(store, inputs):
    """Let the last build of ``inputs`` be found, which was kept back; return whether it was."""
    known = store.recall("inputs", _inputs_key(inputs)) or {}
    if known.get("unverified"):
        store.remember("inputs", _inputs_key(inputs), dict(known, unverified=False))
    return bool(known.get("unverified"))


def why_not(store, inputs, build_locks):
    """Return why the last build of ``inputs`` is not to leave this host, or "": it was not verified, or its build locks are others now.

    Without any of ``build_locks`` for this platform there is nothing to hold against it.
    """
    known = store.recall("inputs", _inputs_key(inputs)) or {}
    wanted = {(lock["name"], lock["version"]): text_of(lock) for lock in build_locks if lock["platform"] == family(inputs["platform"])}
    others = sorted({name for name, version, text in known.get("locks", ()) if wanted and wanted.get((name, version)) != text})
    if others:
        return "the build host built {0} with other build requirements than the build lock file names now".format(", ".join(others))
    return "the build host has a build of this lock that was not verified (build_verify)" if known.get("unverified") else ""


def find_build(store, inputs):
    """Return (manifest, memos by build key) of the last build of ``inputs`` (app, lock, project, platform, options), or (None, {}).

    Only one whose files are all here counts.
    """
    known = store.recall("inputs", _inputs_key(inputs))
    try:
        with open(store.path("releases", inputs["app"], known["release"] + ".json"), encoding="utf-8") as stream:
            manifest = validate(json.load(stream))
        whole = all(os.stat(store.path(place)).st_size == size for place, (_sha256, size) in places(manifest).items())
    except (TypeError, OSError, ValueError, WheelhouseError):
        return None, {}
    memos = {key: store.recall("", key) for key in known.get("keys", ())}
    return (manifest, {key: memo for key, memo in memos.items() if memo}) if whole else (None, {})


def _inputs_key(inputs):
    return hashlib.sha256(canonical_json({key: inputs[key] for key in ("app", "lock", "project", "platform", "options")})).hexdigest()
