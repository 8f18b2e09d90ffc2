# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Compile one source, an sdist or the project's own tree, to a wheel (PEP 517), in a fixed folder and without network."""
import os
import shutil
import subprocess

from ..common.errors import WheelhouseError
from ..common.files import sha256_of, store_stream
from .build_key import build_key
from .hints import diagnose, last_lines
from .sandbox import build_environment, find_sandbox
from .sdist import unpack_source
from .third_party import build
from .wheel_facts import check_built

_LOG_READ = 1 << 20  # bytes at its end


class Compiler:
    """Compiles into ``store``, with the build requirements that ``locks`` (BuildLocks) gives.

    ``platform`` and ``tools`` (see build_key.toolchain) are part of each wheel's key, ``logs`` is the folder for the logs of
    the builds, ``jobs`` how many processes one build may use, ``timeout`` the seconds that it may take.
    """

    def __init__(self, store, locks, platform, tools, logs, jobs=1, timeout=7200):
        self.store = store
        self.locks = locks
        self.sandbox = None
        self.platform = platform
        self.tools = tools
        self.logs = logs
        self.jobs = jobs
        self.timeout = timeout

    def recall(self, source):
        """Return the wheel that was compiled from ``source`` (SHA-256) before, or None when one must be compiled."""
        lock = self.locks.recall(source)
        found = self.store.recall("", self._key(source, lock)) if lock is not None else None
        if found and self.store.holds("wheels", found["sha256"], found["filename"], found["size"]):
            return found
        return None

    def prepare(self):
        """Find out how to build without network here. Raises WheelhouseError when that is not possible."""
        self.sandbox = find_sandbox()

    def compile(self, artifact, archive):
        """Compile ``archive`` (path); return ``{"filename", "sha256", "size"}`` of the wheel, which is in the store then.

        Raises WheelhouseError with the last lines of the build's log and, for a known cause, what to do about it.
        """
        label = "{0}-{1}".format(artifact.name, artifact.version or "project")
        folder = self.store.path("work", label)
        if os.path.isdir(folder):
            shutil.rmtree(folder)
        os.makedirs(folder, mode=0o755)
        path = os.path.join(self.logs, label + ".log")
        try:
            with open(path, "ab") as log:
                wheel = _Build(self, artifact, folder, log).run(archive)
            lock = self.locks.recall(artifact.sha256)
            made = self._keep(wheel, artifact)
            self.store.remember("", self._key(artifact.sha256, lock), dict(made, source=artifact.sha256))
            return made
        except WheelhouseError as error:
            raise self._explain(error, artifact, path) from error
        finally:
            shutil.rmtree(folder, ignore_errors=True)  # must not hide how the build ended; the next job removes the rest

    def _key(self, source, lock):
        return build_key(source, lock, self.platform, self.tools)

    def _keep(self, wheel, artifact):
        """Take the wheel that an unprivileged build made into the store, as a file of ours."""
        filename = os.path.basename(wheel)
        check_built(filename, artifact)
        sha256, size = sha256_of(wheel), os.stat(wheel).st_size
        with open(wheel, "rb") as reader:
            store_stream(reader, self.store.path_of("wheels", sha256, filename), sha256, size)
        return {"filename": filename, "sha256": sha256, "size": size}

    @staticmethod
    def _explain(error, artifact, path):
        with open(path, "rb") as stream:
            stream.seek(max(0, os.stat(path).st_size - _LOG_READ))
            log = stream.read().decode("utf-8", "replace")
        subject = "{0} {1}".format(artifact.name, artifact.version).strip()
        if not isinstance(error, _BuildFailed):
            return WheelhouseError(error.message, hint=error.hint, package=subject, log=error.log or last_lines(log))
        message, hint = diagnose(log)
        return WheelhouseError(message or "it could not be compiled", package=subject, log=last_lines(log),
                               hint=hint or "the whole log is {0} on the build host".format(path))


class _BuildFailed(WheelhouseError):
    """The build itself failed; its log says why."""


class _Build:
    """One build in its folder: ``source``, ``env``, ``home``, ``tmp`` and ``out`` below ``folder``."""

    def __init__(self, compiler, artifact, folder, log):
        self.compiler = compiler
        self.artifact = artifact
        self.folder = folder
        self.log = log

    def run(self, archive):
        """Unpack, install the build requirements, build; return the wheel's path."""
        tree = unpack_source(archive, os.path.join(self.folder, "source"))
        for name in ("home", "tmp", "out"):
            os.mkdir(os.path.join(self.folder, name))
        self.compiler.sandbox.give(*(os.path.join(self.folder, name) for name in ("source", "home", "tmp", "out")))
        python = os.path.join(self.folder, "env", "bin", "python")
        try:
            builder = build.ProjectBuilder(tree, python_executable=python, runner=self._run)
            self._install_requirements(builder)
            made = builder.build("wheel", os.path.join(self.folder, "out"))
        except build.BuildBackendException as error:
            if isinstance(error.exception, WheelhouseError):
                raise error.exception from error
            if not isinstance(error.exception, subprocess.CalledProcessError):  # found by the front end, so not in the log
                self.log.write("{0}\n".format(getattr(error.exception, "traceback", "") or error).encode("utf-8"))
            raise _BuildFailed("it could not be compiled") from error
        except build.BuildException as error:  # a flaw of pyproject.toml
            raise WheelhouseError("its sources can't be built: {0}".format(error).replace(self.folder + "/source/", "")) from error
        if os.path.dirname(os.path.realpath(made)) != os.path.join(os.path.realpath(self.folder), "out") or not os.path.isfile(made):
            raise WheelhouseError("its build said that it made {0}, which is not there".format(os.path.basename(made)))
        return made

    def _install_requirements(self, builder):
        """Install the build lock; make it first when this source has none: what is declared, then what the back end adds."""
        locks, name = self.compiler.locks, self.artifact.name
        environment = os.path.join(self.folder, "env")
        known = locks.recall(self.artifact.sha256)
        if known is not None:
            locks.install(name, known, environment)
            return
        declared = set(builder.build_system_requires)
        lock = locks.resolve(name, declared, self.folder)
        locks.install(name, lock, environment)
        added = set(builder.get_requires_for_build("wheel")) - declared
        if added:
            lock = locks.resolve(name, declared | added, self.folder)
            locks.install(name, lock, environment)
        locks.remember(self.artifact.sha256, lock)

    def _run(self, command, cwd=None, extra_environ=None):
        """Run one hook for pyproject_hooks, whose last argument is the folder through which the hook answers."""
        if os.path.isdir(command[-1]):
            self.compiler.sandbox.give(command[-1])
        path = {name: os.path.join(self.folder, name) for name in ("home", "tmp", "env")}
        full = dict(build_environment(path["home"], path["tmp"], os.path.join(path["env"], "bin"), self.compiler.jobs),
                    **(extra_environ or {}))
        self.log.write("$ {0}\n".format(" ".join(command[2:3])).encode("utf-8"))  # the hook's name
        self.log.flush()
        code = self.compiler.sandbox.run(command, cwd or self.folder, full, self.log, self.compiler.timeout)
        if code:
            raise subprocess.CalledProcessError(code, command)
