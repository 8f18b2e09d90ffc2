# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where sources become wheels: each as soon as what it needs is ready, as many at once as the host can, none twice."""
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor, as_completed

from ..common.errors import Blocked, WheelhouseError
from ..common.files import sha256_of, store_stream
from ..common.platform import describe
from .build_key import build_key
from .build_locks import BuildLocks, resolver, text_of
from .built_wheel import check_built
from .choose import Artifact, count
from .compile import Compiler
from .download import Downloader
from .environments import Environments
from .installed import Installed
from .once import Cycle, Once, Slots
from .resources import available_memory, processors, share
from .sandbox import find_sandbox
from .toolchain import toolchain
from .touching import tools_for
from .uv import Uv

_AHEAD = 4  # sources that are made ready (downloads, environments) beside those that are being built


class Workshop:
    """Builds for one job, which is described by ``request`` (see job.start).

    ``logs`` is the folder for the logs of the builds, ``say(text)`` reports progress, ``made_lock(lock)`` is given each new build lock.
    What was compiled is remembered in ``store`` as a memo: ``{"filename", "sha256", "size", "source", "requirements": [files]}``.
    """

    def __init__(self, store, request, logs, say, made_lock):
        self.store, self.request, self.logs, self.say = store, request, logs, say
        self.environment = request.get("environment") or {}
        self.downloader = Downloader(store, self.environment)
        self.platform = dict(describe(), python=sys.version.split()[0])
        self.installed = Installed(toolchain(), store.path("cache", "toolchain"))
        self.environments = Environments(store, self._uv("build", 0o700))  # others run what is installed from there, so they may not write it
        self.compiler = None
        self.locks = BuildLocks(store, request.get("build_locks") or (), describe(), self._resolve, made_lock)
        self.built = []
        self._once = Once()
        self._names = {}
        self._counting = threading.Lock()
        self._done = self._total = 0

    def key(self, source, lock):
        """Return the build key (see build_key) of ``source`` with the build lock ``lock``."""
        requirements = [file["name"] for file in lock["files"]]
        tools = tools_for(self.store, source.sha256, self.path_of(source), self.installed, requirements)
        return build_key(source.sha256, text_of(lock), self.platform, tools)

    def recall(self, source):
        """Return the memo of the wheel that was compiled from ``source`` before, here or on another host; None when there is none."""
        lock = self.locks.recall(source)
        if lock is None:
            return None
        key = self.key(source, lock)
        memo = self.store.recall("", key) or (self.request.get("known") or {}).get(key)
        if memo and self.store.holds("wheels", memo["sha256"], memo["filename"], memo["size"]):
            return memo
        return None

    def keyed(self, sources, memos):
        """Return the memos (by the hash of their source) of compiled sources by their build keys."""
        return {self.key(source, self.locks.recall(source)): memos[source.sha256] for source in sources}

    def compile_all(self, sources):
        """Return the memo of the wheel of each source, by the source's hash; what is not remembered is compiled, the largest first.

        One that fails does not stop the others. Raises Blocked with all that failed.
        """
        memos = {source.sha256: self.recall(source) for source in sources}
        waiting = sorted((source for source in sources if not memos[source.sha256]), key=lambda source: -(source.size or 0))
        if not waiting:
            return memos
        self.prepare(len(waiting))
        names = sorted(source.name for source in waiting)
        self.say("compiling {0}: {1}{2}".format(count(waiting, "package"), ", ".join(names[:8]), ", …" if names[8:] else ""))
        problems = []
        for source, memo, error in self.each(waiting, self.wheel_of):
            memos[source.sha256] = memo
            problems += [error.as_dict()] if error else []
        if problems:
            raise Blocked("{0} of {1} could not be compiled".format(len(problems), count(waiting, "package")), problems)
        return memos

    def prepare(self, number):
        """Find out how to build without network here, for ``number`` sources. Raises WheelhouseError when that is not possible."""
        memory = self.request.get("memory") or available_memory()
        slots, jobs = share(number, processors(), memory, self.request.get("jobs"))
        sandbox = find_sandbox(bool(self.request.get("allow_network")), memory)
        self.compiler = Compiler(self.store, sandbox, self.requirements, Slots(slots), self.logs, jobs,
                                 self.request.get("timeout") or 3600)
        self._total += number

    def each(self, sources, make):
        """Yield (source, what ``make(source)`` returned or None, the WheelhouseError that it raised or None), as they get ready."""
        with ThreadPoolExecutor((self.request.get("jobs") or processors()) + _AHEAD) as pool:
            waiting = {pool.submit(make, source): source for source in sources}
            for future in as_completed(waiting):
                try:
                    yield waiting[future], future.result(), None
                except WheelhouseError as error:
                    yield waiting[future], None, error

    def wheel_of(self, source, wanted_by=None):
        """Return the memo of the wheel of ``source``, which is compiled now unless another thread is at it."""
        self._names[source.sha256] = source.name
        return self._once.get(source.sha256, lambda: self._compile(source), wanted_by)

    def build_again(self, source, describe_wheel):
        """Compile ``source`` whatever is remembered; return what ``describe_wheel(path)`` says of the wheel, which is not kept."""
        _lock, found, seconds = self.compiler.compile(source, self.archive(source), describe_wheel)
        self.say("{0} {1} {2} built again in {3:.0f} s".format(self._number(), source.name, source.version or "(project)", seconds))
        return found

    def _compile(self, source):
        label = "{0} {1}".format(source.name, source.version or "(project)")
        try:
            lock, made, seconds = self.compiler.compile(source, self.archive(source), lambda wheel: self._keep(wheel, source))
        except WheelhouseError:
            self.say("{0} {1} failed".format(self._number(), label))
            raise
        memo = dict(made, source=source.sha256, requirements=self._all_files(lock))
        self.store.remember("", self.key(source, lock), memo)
        self.locks.keep(source, lock)
        self.built.append(source.name)
        self.say("{0} {1} built in {2:.0f} s".format(self._number(), label, seconds))
        return memo

    def _number(self):
        with self._counting:
            self._done += 1
            return "{0}/{1}".format(self._done, self._total)

    def _keep(self, wheel, source):
        """Take the wheel that an unprivileged build made into the store, as a file of ours."""
        filename = os.path.basename(wheel)
        check_built(wheel, source)
        sha256, size = sha256_of(wheel), os.stat(wheel).st_size
        with open(wheel, "rb") as reader:
            store_stream(reader, self.store.path_of("wheels", sha256, filename), sha256, size)
        return {"filename": filename, "sha256": sha256, "size": size}

    def requirements(self, source, declared, added=None):
        """Return (build lock, interpreter of an environment that holds it, whether the lock is certain), see BuildLocks.answering."""
        lock, certain = self.locks.answering(source, declared, added)
        rows = [self._wheel_of_requirement(file, source) for file in lock["files"]]
        return lock, self.environments.python_for(source.name, rows), certain

    def _wheel_of_requirement(self, file, wanted_by):
        """Return (name, path, SHA-256) of the wheel of a build requirement: downloaded, or built from the sdist that was."""
        wheel = file["filename"].endswith(".whl")
        artifact = Artifact(kind="requirement" if wheel else "sdist", **file)
        self._once.get("download " + artifact.sha256, lambda: self.downloader.fetch_sound(artifact))
        if wheel:
            return artifact.name, self.archive(artifact), artifact.sha256
        try:
            memo = self._recalled_or_made(artifact, wanted_by)
        except Cycle as cycle:
            raise WheelhouseError("build requirements need each other: {0}".format(" -> ".join(self._names[key] for key in cycle.keys)),
                                  hint="a wheel of one of them must be published on the index that build_environment names") from cycle
        except WheelhouseError as error:
            raise WheelhouseError("its build requirement {0} {1} has no published wheel and could not be built: {2}".format(
                artifact.name, artifact.version, error.message), hint=error.hint, log=error.log) from error
        return artifact.name, self.store.path_of("wheels", memo["sha256"], memo["filename"]), memo["sha256"]

    def _recalled_or_made(self, artifact, wanted_by):
        memo = self.recall(artifact)
        if memo:
            return memo
        with self._counting:
            self._total += 1
        return self.wheel_of(artifact, wanted_by.sha256)

    def _all_files(self, lock):
        """Return the files of a build lock, and those that building its sdists took, as ``{"filename", "sha256", "size"}``."""
        found = {}
        for file in lock["files"]:
            found[file["sha256"]] = {"filename": file["filename"], "sha256": file["sha256"],
                                     "size": os.stat(self.store.path_of("sources", file["sha256"], file["filename"])).st_size}
            if not file["filename"].endswith(".whl"):
                inner = self.recall(Artifact(kind="sdist", **file)) or {"requirements": []}
                found.update({inner_file["sha256"]: inner_file for inner_file in inner["requirements"]})
        return [found[sha256] for sha256 in sorted(found)]

    def path_of(self, source):
        """Return the path of the source's archive (or of a build requirement's wheel); None for a project whose archive did not come."""
        if source.kind != "project":
            return self.store.path_of("sources", source.sha256, source.filename)
        return self.request["project"].get("archive")

    def archive(self, source):
        """Return what ``path_of`` says. Raises WheelhouseError when it is not there."""
        path = self.path_of(source)
        if not path or not os.path.isfile(path):
            raise WheelhouseError("the sources of {0} did not arrive on the build host".format(source.name), hint="run again")
        return path

    def _resolve(self, name, requires):
        folder = self.store.path("work", "resolve-" + name)
        os.makedirs(folder, mode=0o755, exist_ok=True)
        return resolver(self._uv("build", 0o700), self._uv("resolve", 0o755, self.compiler.sandbox), folder)(name, requires)

    def _uv(self, cache, mode, sandbox=None):
        folder = self.store.path("cache", cache)
        os.makedirs(folder, mode=mode, exist_ok=True)
        if sandbox and os.stat(folder).st_uid != sandbox.owner[0]:
            sandbox.give(folder)
        return Uv(folder, self.environment, sandbox.drop if sandbox else ())
