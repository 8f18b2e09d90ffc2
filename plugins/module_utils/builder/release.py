# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Build a release: from the lock to the manifest, in the order download, compile, describe, check, write."""
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed

from ..common.errors import Blocked, WheelhouseError
from ..common.manifest import check_app
from ..common.platform import describe, differences
from .assemble import make_all_bytecode, make_manifest, read_all_facts, write_manifest
from .build_key import toolchain
from .buildenv import BuildLocks
from .choose import Artifact, choose, count
from .closure import check_closure
from .compile import Compiler
from .download import Downloader, kind_of
from .uv import Uv


def build_release(store, request, logs, say):
    """Carry out a build request (see job.start); return ``{"manifest", "id", "built": [names], "changed": bool}``.

    ``logs`` is the folder for the logs of the builds, ``say(text)`` reports progress. Raises WheelhouseError or Blocked.
    """
    check_app(request["app"])
    platform = request.get("platform") or describe()
    check_platform(platform)
    artifacts = choose(request["packages"], request.get("no_binary") or (), request.get("only_binary") or ())
    environment = request.get("environment") or {}
    fetched = Downloader(store, environment).fetch_all(artifacts, say)
    artifacts = [_measured(store, artifact) for artifact in artifacts]
    compiler = _compiler(store, request, environment, platform, logs)
    sources = [artifact for artifact in artifacts if artifact.kind == "sdist"]
    project = request.get("project")
    if project:
        sources.append(Artifact(request["app"], "", "project", None, None, project["digest"], None))
    compiled, built = compile_all(compiler, store, sources, project, say, request.get("jobs") or processors())
    rows = [(artifact, compiled.get(artifact.sha256) or _published(artifact))
            for artifact in artifacts + [source for source in sources if source.kind == "project"]]
    facts = read_all_facts(store, rows)
    check_closure(facts)
    manifest = make_manifest(request, platform, rows, facts, make_all_bytecode(store, rows, say))
    release, new = write_manifest(store, manifest)
    return {"manifest": manifest, "id": release, "built": sorted(built), "changed": bool(new or built or fetched)}


def check_platform(wanted):
    """Raise WheelhouseError when this interpreter is of another platform than production's."""
    found = differences(wanted, describe())
    if found:
        raise WheelhouseError("this build host does not match production: {0}".format("; ".join(found)),
                              hint="build on a host with production's operating system, and set build_python to production's Python")


def compile_all(compiler, store, sources, project, say, workers):
    """Compile the sources that are not remembered, in parallel, the largest first; return (wheels by source hash, names built).

    One that fails does not stop the others. Raises Blocked with all that failed.
    """
    known = {source.sha256: compiler.recall(source.sha256) for source in sources}
    waiting = sorted((source for source in sources if not known[source.sha256]), key=lambda source: -(source.size or 0))
    problems, built, total = [], [], len(waiting)
    if waiting:
        compiler.prepare()
        names = sorted(source.name for source in waiting)
        say("compiling {0}: {1}{2}".format(count(waiting, "package"), ", ".join(names[:8]), ", …" if names[8:] else ""))
    compiler.jobs = max(1, processors() // max(1, min(workers, total)))

    def compile_one(source):
        started = time.monotonic()
        try:
            return source, compiler.compile(source, _archive(store, source, project)), None, time.monotonic() - started
        except WheelhouseError as error:
            return source, None, error, time.monotonic() - started

    with ThreadPoolExecutor(workers) as pool:
        for done, future in enumerate(as_completed([pool.submit(compile_one, source) for source in waiting]), 1):
            source, wheel, error, seconds = future.result()
            label = "{0}/{1} {2} {3}".format(done, total, source.name, source.version or "(project)")
            if error:
                problems.append(error.as_dict())
                say("{0} failed after {1:.0f} s".format(label, seconds))
            else:
                known[source.sha256] = wheel
                built.append(source.name)
                say("{0} built in {1:.0f} s".format(label, seconds))
    if problems:
        raise Blocked("{0} of {1} could not be compiled".format(len(problems), count(waiting, "package")), problems)
    return known, built


def processors():
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _compiler(store, request, environment, platform, logs):
    cache = store.path("cache", "build")
    os.makedirs(cache, mode=0o700, exist_ok=True)  # what is installed from here runs as another user, who must not change it
    return Compiler(store, BuildLocks(store, Uv(cache, environment)), dict(platform, python=sys.version.split()[0]),
                    toolchain(), logs, timeout=request.get("timeout") or 7200)


def _archive(store, source, project):
    if source.kind == "sdist":
        return store.path_of("sources", source.sha256, source.filename)
    if not project.get("archive") or not os.path.isfile(project["archive"]):
        raise WheelhouseError("the project's sources did not arrive on the build host", hint="run again")
    return project["archive"]


def _measured(store, artifact):
    """Return the artifact with the size of its file, which a lock may leave out."""
    path = store.path_of(kind_of(artifact), artifact.sha256, artifact.filename)
    return artifact._replace(size=os.stat(path).st_size)


def _published(artifact):
    return {"filename": artifact.filename, "sha256": artifact.sha256, "size": artifact.size}
