# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where sources become wheels: each as soon as what it needs is ready, as many at once as the host can, none twice."""
import importlib
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor, as_completed

from ..common.errors import Blocked, WheelhouseError
from ..common.files import sha256_of, store_stream
from ..common.platform import describe
from ..common.steps import step
from .build_key import build_key
from .build_locks import text_of
from .built_wheel import check_built
from .choose import count
from .download import Downloader
from .hints import of_the_host
from .installed import Installed
from .once import Once, Slots
from .requirements import BuildRequirements
from .resources import available_memory, processors, share
from .sandbox import find_sandbox
from .toolchain import toolchain
from .touching import tools_for

_AHEAD = 3  # sources that are made ready (downloads, environments) beside those that are being built
_COMPILING = 1 << 40  # bytes that a source which may compile something counts for, beside its own


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
        self.requirements = BuildRequirements(self, made_lock)
        self.compiler = None
        self.built = []
        self._remembers = bool(request.get("known")) or store.remembers_builds()  # else no key need be made to look one up
        self._once = Once()
        self._keys = {}
        self.names = {}  # of what is compiled, by the hash of its source
        self._counting = threading.Lock()
        self._done = self._total = 0

    def key(self, source, lock):
        """Return the build key (see build_key) of ``source`` with the build lock ``lock``."""
        about, path = (source.sha256, text_of(lock)), self.path_of(source)
        if about in self._keys:
            return self._keys[about]
        installed = self._once.get("installed", lambda: Installed(toolchain(), self.store.path("cache", "toolchain")))
        tools = tools_for(self.store, source.sha256, path, installed, [file["name"] for file in lock["files"]])
        key = build_key(*about, self.platform, tools)
        if path and os.path.isfile(path):  # else another key is found once the sources are here
            self._keys[about] = key
        return key

    def recall(self, source):
        """Return the memo of the wheel that was compiled from ``source`` before, here or on another host; None when there is none."""
        lock = self.requirements.locks.recall(source)
        if lock is None or not self._remembers:
            return None
        key = self.key(source, lock)
        memo = self.store.recall("", key) or (self.request.get("known") or {}).get(key)
        if memo and self.store.holds("wheels", memo["sha256"], memo["filename"], memo["size"]):
            return memo
        return None

    def keyed(self, sources, memos):
        """Return the memos (by the hash of their source) of compiled sources by their build keys."""
        return {self.key(source, self.requirements.locks.recall(source)): memos[source.sha256] for source in sources}

    def fetch_all(self, artifacts):
        """Download the artifacts of a lock; return how many. On a host that remembers no build, environments for them are made meanwhile."""
        sources = [] if self._remembers else [artifact for artifact in artifacts if artifact.kind == "sdist"]
        with self.requirements.prepared(artifacts, sources, [self._means] if sources else []):
            return self.downloader.fetch_all(artifacts, self.say)

    def compile_all(self, sources, then=None):
        """Return the memo of the wheel of each source, by the source's hash; what is not remembered is compiled.

        ``then(memo)``, if given, is called with each that was compiled, while others still are. One that fails does not stop the
        others. Raises Blocked with all that failed.
        """
        memos = {source.sha256: self.recall(source) for source in sources}
        waiting = sorted((source for source in sources if not memos[source.sha256]), key=self.weight, reverse=True)
        if not waiting:
            return memos
        self.prepare(len(waiting))
        names = sorted(source.name for source in waiting)
        self.say("compiling {0}: {1}{2}".format(count(waiting, "package"), ", ".join(names[:8]), ", …" if names[8:] else ""))
        problems = []
        for source, memo, error in self.each(waiting, lambda source: self._finish(source, then)):
            memos[source.sha256] = memo
            problems += [error.as_dict()] if error else []
        if problems:
            raise Blocked("{0} of {1} could not be compiled".format(len(problems), count(waiting, "package")), problems)
        return memos

    def weight(self, source):
        """Return what says how long a source takes to build: the longest builds go first, lest one of them be left alone at the end."""
        return (source.size or 0) + (0 if self.requirements.only_pack(source) else _COMPILING)

    def _finish(self, source, then):
        memo = self.wheel_of(source)
        if then:
            then(memo)
        return memo

    def prepare(self, number):
        """Find out how to build without network here, for ``number`` sources. Raises WheelhouseError when that is not possible."""
        compiler, sandbox, memory = self._means()
        slots, jobs = share(number, processors(), memory, self.request.get("jobs"))
        self.compiler = compiler(self.store, sandbox, self.requirements.answering, Slots(slots, self.weight), self.logs,
                                 jobs, self.request.get("timeout") or 3600)
        self._total += number

    def _means(self):
        """Return (Compiler, a sandbox, the bytes of memory that there are): to have them takes a while, and not every job compiles."""
        def have():
            memory = self.request.get("memory") or available_memory()
            sandbox = find_sandbox(bool(self.request.get("allow_network")), memory)
            return importlib.import_module(".compile", __package__).Compiler, sandbox, memory
        return self._once.get("means", have)

    def each(self, sources, make):
        """Yield (source, what ``make(source)`` returned or None, the WheelhouseError that it raised or None), as they get ready."""
        with ThreadPoolExecutor((self.request.get("jobs") or processors()) + _AHEAD) as pool:
            waiting = {pool.submit(make, source): source for source in sources}
            for future in as_completed(waiting):
                try:
                    yield waiting[future], future.result(), None
                except WheelhouseError as error:
                    yield waiting[future], None, error
                except OSError as error:
                    yield waiting[future], None, of_the_host(error, waiting[future])

    def wheel_of(self, source, wanted_by=None):
        """Return the memo of the wheel of ``source``, which is compiled now unless another thread is at it.

        ``wanted_by`` is the source that has it among its build requirements. Raises Cycle when it waits for itself.
        """
        self.names[source.sha256] = source.name
        if wanted_by:
            with self._counting:
                self._total += 1
        return self._once.get(source.sha256, lambda: self._compile(source), wanted_by.sha256 if wanted_by else None)

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
        step("wheel kept")
        memo = dict(made, source=source.sha256, requirements=self.requirements.files_of(lock))
        self.store.remember("", self.key(source, lock), memo)
        self._remembers = True
        step("wheel remembered")
        self.requirements.locks.keep(source, lock)
        step("build lock kept")
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
