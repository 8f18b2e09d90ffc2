# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Build a release: from the lock to the manifest, in the order download, compile, describe, check, write."""
import contextlib
import os

from ..common.errors import WheelhouseError
from ..common.platform import describe, differences
from .assemble import make_all_bytecode, make_manifest, read_all_facts, tell_of_paths, write_manifest
from .bundle import bundle_all
from .bytecode import bytecode_of
from .closure import check_closure
from .download import kind_of
from .git import fetch_commits
from .sources import chosen, project_of, sources_of
from .verify import described
from .wheel_facts import facts_of


def build_release(workshop, request):
    """Carry out a build request (see job.start); return ``{"manifest", "id", "built": [names], "changed": bool, "compiled"}``.

    ``compiled`` describes the compiled wheels when ``request["verify"]`` says so (see verify.verify). Raises WheelhouseError or Blocked.
    """
    store, say = workshop.store, workshop.say
    platform = request.get("platform") or describe()
    check_platform(platform)
    artifacts, cloned = fetch_commits(store, workshop.environment, chosen(request), say)
    fetched = workshop.fetch_all(artifacts) + cloned
    artifacts = [_measured(store, artifact) for artifact in artifacts]
    sources = sources_of(request, artifacts)
    bundle = request.get("bundle_libraries")
    memos = workshop.compile_all(sources, None if bundle else lambda memo: _look_at(store, memo))
    wheels = bundle_all(workshop, sources, memos) if bundle else memos
    rows = [(artifact, wheels.get(artifact.sha256) or _published(artifact)) for artifact in artifacts + project_of(request)]
    facts = read_all_facts(store, rows)
    check_closure(facts)
    tell_of_paths(facts, say)
    manifest = make_manifest(store, request, platform, rows, facts, make_all_bytecode(store, rows, say))
    release, new = write_manifest(store, manifest, sorted(workshop.keyed(sources, memos)),
                                  workshop.requirements.locks_of(sources), bool(request.get("verify")))
    return {"manifest": manifest, "id": release, "built": sorted(workshop.built), "changed": bool(new or workshop.built or fetched),
            "compiled": described(store, memos) if request.get("verify") else {}}


def check_platform(wanted):
    """Raise WheelhouseError when this interpreter is of another platform than production's."""
    found = differences(wanted, describe())
    if found:
        raise WheelhouseError("this build host does not match production: {0}".format("; ".join(found)),
                              hint="build on a host with production's operating system, and set build_python to production's Python")


def _measured(store, artifact):
    """Return the artifact with the size of its file, which a lock may leave out."""
    path = store.path_of(kind_of(artifact), artifact.sha256, artifact.filename)
    return artifact._replace(size=os.stat(path).st_size)


def _look_at(store, wheel):
    """Have what will be asked of a wheel remembered, while others are being built. What is wrong with it is told when all are there."""
    with contextlib.suppress(OSError, WheelhouseError):
        bytecode_of(store, wheel["sha256"], wheel["filename"])
        facts_of(store, wheel["sha256"], wheel["filename"])


def _published(artifact):
    return {"filename": artifact.filename, "sha256": artifact.sha256, "size": artifact.size}
