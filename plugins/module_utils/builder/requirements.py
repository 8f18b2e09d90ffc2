# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From what a source requires of those who build it to an environment that has it: locked, downloaded by hash, installed offline."""
import contextlib
import os
from concurrent.futures import ThreadPoolExecutor

from ..common.errors import WheelhouseError
from ..common.platform import describe
from ..common.unfinished import temporary_folder
from .build_locks import BuildLocks, resolver
from .choose import Artifact
from .cooldown import cooldown_arguments
from .environments import Environments
from .evidence import COMPANIONS, PACKERS
from .once import Cycle, Once
from .resolve import resolving_cache
from .sandbox import find_sandbox
from .uv import Uv, running_code

_WORKERS = 8  # downloads and environments at once, beside the downloads of the sources


class BuildRequirements:
    """The build requirements of what ``workshop`` builds; ``made_lock(lock)`` is given each new build lock."""

    def __init__(self, workshop, made_lock):
        self.workshop = workshop
        self.store = workshop.store
        # others run what is installed from this cache, so they may not write it
        self.environments = Environments(self.store, self._uv("build", 0o700))
        self.locks = BuildLocks(self.store, workshop.request.get("build_locks") or (), describe(), self._resolve, made_lock)
        self._downloads = Once()

    @contextlib.contextmanager
    def prepared(self, artifacts, sources, besides=()):
        """During the block, make the environments that ``sources`` will be built in; the block downloads ``artifacts`` themselves.

        The functions ``besides`` are called as well. What can't be had is told by who asks for it, if anybody does.
        """
        theirs = {artifact.sha256 for artifact in artifacts}
        locks = [(source, self.locks.recall(source)) for source in sources]
        locks = [(source, lock) for source, lock in locks
                 if lock and all(_is_wheel(file) and file["sha256"] not in theirs for file in lock["files"])]
        files = {file["sha256"]: file for _source, lock in locks for file in lock["files"]}
        pool = ThreadPoolExecutor(_WORKERS)
        for function in besides:
            pool.submit(function)
        for file in files.values():
            pool.submit(self._download, _artifact(file))
        for source, lock in locks:
            pool.submit(self._environment_for, source, lock)
        try:
            yield
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def answering(self, source, declared, added=None):
        """Return (build lock, interpreter of an environment that holds it, whether the lock is certain), see BuildLocks.answering."""
        lock, certain = self.locks.answering(source, declared, added)
        return lock, self._environment_for(source, lock), certain

    def _environment_for(self, source, lock):
        return self.environments.python_for(source.name, [self._wheel_of(file, source) for file in lock["files"]])

    def only_pack(self, source):
        """Tell whether the build lock of ``source``, if there is one, names a back end that as a rule compiles nothing."""
        lock = self.locks.recall(source)
        names = {file["name"] for file in lock["files"]} if lock else set()
        return not names.isdisjoint(PACKERS) and names.isdisjoint(COMPANIONS)

    def files_of(self, lock):
        """Return the files of a build lock, and those that building its sdists took, as ``{"filename", "sha256", "size"}``."""
        found = {}
        for file in lock["files"]:
            found[file["sha256"]] = {"filename": file["filename"], "sha256": file["sha256"],
                                     "size": os.stat(self.store.path_of("sources", file["sha256"], file["filename"])).st_size}
            if not _is_wheel(file):
                inner = self.workshop.recall(Artifact(kind="sdist", **file)) or {"requirements": []}
                found.update({inner_file["sha256"]: inner_file for inner_file in inner["requirements"]})
        return [found[sha256] for sha256 in sorted(found)]

    def locks_of(self, sources):
        """Return the build locks that building ``sources`` took, with those of their build requirements that are sdists."""
        found = {}
        waiting = list(sources)
        while waiting:
            source = waiting.pop()
            lock = self.locks.recall(source)
            if lock and source.sha256 not in found:
                found[source.sha256] = lock
                waiting += [Artifact(kind="sdist", **file) for file in lock["files"] if not _is_wheel(file)]
        return list(found.values())

    def _wheel_of(self, file, wanted_by):
        """Return (name, path, SHA-256) of the wheel of a build requirement: downloaded, or built from the sdist that was."""
        artifact = _artifact(file)
        self._download(artifact)
        if _is_wheel(file):
            return artifact.name, self.workshop.archive(artifact), artifact.sha256
        try:
            memo = self.workshop.recall(artifact) or self.workshop.wheel_of(artifact, wanted_by)
        except Cycle as cycle:
            raise WheelhouseError("build requirements need each other: {0}".format(" -> ".join(self.workshop.names[key] for key in cycle.keys)),
                                  hint="a wheel of one of them must be published on the index that build_environment names") from cycle
        except WheelhouseError as error:
            raise WheelhouseError("its build requirement {0} {1} has no published wheel and could not be built: {2}".format(
                artifact.name, artifact.version, error.message), hint=error.hint, log=error.log) from error
        return artifact.name, self.store.path_of("wheels", memo["sha256"], memo["filename"]), memo["sha256"]

    def _download(self, artifact):
        self._downloads.get(artifact.sha256, lambda: self.workshop.downloader.fetch_sound(artifact))

    def _resolve(self, name, requires):
        limits = cooldown_arguments(self.workshop.request.get("cooldown") or "")
        with temporary_folder(self.store.path("work")) as folder:
            os.chmod(folder, 0o755)  # one of the two runs as another user
            return resolver(self._uv("build", 0o700), self._running_code, folder, limits)(name, requires)

    def _running_code(self):
        sandbox = find_sandbox(network=True)
        return running_code(resolving_cache(self.store.root, sandbox), self.workshop.environment, sandbox)

    def _uv(self, cache, mode):
        folder = self.store.path("cache", cache)
        os.makedirs(folder, mode=mode, exist_ok=True)
        return Uv(folder, self.workshop.environment)


def _artifact(file):
    return Artifact(kind="requirement" if _is_wheel(file) else "sdist", **file)


def _is_wheel(file):
    return file["filename"].endswith(".whl")
