# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Compile one source, an sdist or the project's own tree, to a wheel (PEP 517), in a fixed folder and without network."""
import contextlib
import os
import re
import subprocess
import time

from ..common.errors import WheelhouseError
from ..common.steps import step
from .hints import diagnose, last_lines, of_the_host, readable
from .sandbox import build_environment
from .sdist import unpack_source
from .touching import remember_mentions
from .untrusted import check_plain, remove_tree

try:
    import build  # not with the other third_party packages: it takes longer than all of them, and few need it
except ImportError:
    build = None

_LOG_READ = 1 << 20  # bytes at its end
_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+!-]*")
_ANSWER = 16 << 20  # bytes of a hook's answer, which repeats whatever the back end warned of
_SETTINGS = 1 << 20  # bytes of pyproject.toml


class Compiler:
    """Runs builds below the folder ``work`` of ``store``, each in ``sandbox``, with the build requirements that ``requirements`` gives.

    ``requirements(source, declared, added)`` is BuildRequirements.answering; ``slots`` says how many builds run at once, ``logs`` is the
    folder for their logs, ``jobs`` how many processes one build may use, ``timeout`` the seconds that it may take.
    """

    def __init__(self, store, sandbox, requirements, slots, logs, jobs=1, timeout=3600):
        self.store = store
        self.sandbox = sandbox
        self.requirements = requirements
        self.slots = slots
        self.logs = logs
        self.jobs = jobs
        self.timeout = timeout

    def compile(self, source, archive, keep):
        """Compile ``archive`` (path) of ``source`` (an Artifact); return (build lock, what ``keep`` returned, seconds that it took).

        ``keep(path)`` is called with the path of the wheel, which is gone afterwards. Raises WheelhouseError with the last lines of
        the build's log and, for a known cause, what to do about it.
        """
        with self.sandbox.lease() as sandbox:  # until what it made is ours: the next build may get the same user
            return self._compile(source, archive, keep, sandbox)

    def _compile(self, source, archive, keep, sandbox):
        label = "{0}-{1}".format(source.name, source.version or "project")
        if not _LABEL.fullmatch(label):  # it names folders, which are removed with our rights
            raise WheelhouseError("{0!r} is not the name and version of a package".format(label))
        label += "-" + source.sha256[:8]  # two sources may say the same of themselves; the same source is always built in the same place
        folder = self.store.path("work", label)
        remove_tree(folder)
        os.makedirs(folder, mode=0o755)
        path = os.path.join(self.logs, label + ".log")
        try:
            with open(path, "ab") as log:
                running = _Build(self, source, folder, log, sandbox)
                lock = running.prepare(archive)
                step("build prepared")
                with self.slots.take(source):
                    started = time.monotonic()
                    wheel = running.run()
                    seconds = time.monotonic() - started
            step("built")
            return lock, keep(wheel), seconds
        except WheelhouseError as error:
            raise self._explain(error, source, path) from error
        except OSError as error:
            raise of_the_host(error, source) from error
        finally:
            with contextlib.suppress(OSError):  # must not hide how the build ended; the next job removes the rest
                remove_tree(folder)

    @staticmethod
    def _explain(error, source, path):
        with open(path, "rb") as stream:
            stream.seek(max(0, os.stat(path).st_size - _LOG_READ))
            log = readable(stream.read())
        subject = "{0} {1}".format(source.name, source.version).strip()
        if not isinstance(error, _BuildFailed):
            hint = error.hint or diagnose(error.message)[1]
            return WheelhouseError(error.message, hint=hint, package=subject, log=error.log or last_lines(log))
        message, hint = diagnose(log)
        return WheelhouseError(message or "it could not be compiled", package=subject, log=last_lines(log),
                               hint=hint or "the whole log is {0} on the build host".format(path))


class _BuildFailed(WheelhouseError):
    """The build itself failed; its log says why."""


class _Build:
    """One build in its folder: ``source``, ``home``, ``tmp`` and ``out`` below ``folder``."""

    def __init__(self, compiler, source, folder, log, sandbox):
        self.compiler = compiler
        self.source = source
        self.folder = folder
        self.log = log
        self.sandbox = sandbox
        self.left = compiler.timeout  # seconds, for all hooks together
        self.python = ""
        self.tree = ""

    def prepare(self, archive):
        """Unpack, and have an environment with all build requirements; return the build lock."""
        self.tree = unpack_source(archive, os.path.join(self.folder, "source"))
        step("sources unpacked")
        remember_mentions(self.compiler.store, self.source.sha256, self.tree)
        for name in ("home", "tmp", "out"):
            os.mkdir(os.path.join(self.folder, name))
        self.sandbox.give(*(os.path.join(self.folder, name) for name in ("source", "home", "tmp", "out")))
        declared = self._try(lambda: self._front_end().build_system_requires)
        lock, self.python, certain = self.compiler.requirements(self.source, declared)
        if not certain:
            with self.compiler.slots.take(self.source):  # this runs code of the package, as building does
                added = self._try(lambda: self._front_end().get_requires_for_build("wheel")) - declared
            lock, self.python, _certain = self.compiler.requirements(self.source, declared, added)
        return lock

    def run(self):
        """Build; return the wheel's path."""
        made = self._try(lambda: self._front_end().build("wheel", os.path.join(self.folder, "out")))
        if os.path.dirname(os.path.realpath(made)) != os.path.join(os.path.realpath(self.folder), "out") or not os.path.isfile(made):
            raise WheelhouseError("its build said that it made {0}, which is not there".format(os.path.basename(made)))
        return made

    def _front_end(self):
        check_plain(os.path.realpath(os.path.join(self.tree, "pyproject.toml")), _SETTINGS, self.tree)  # a hook may have changed it
        return build.ProjectBuilder(self.tree, python_executable=self.python or "python", runner=self._run)

    def _try(self, call):
        try:
            return call()
        except build.BuildBackendException as error:
            if isinstance(error.exception, WheelhouseError):
                raise error.exception from error
            if not isinstance(error.exception, subprocess.CalledProcessError):  # found by the front end, so not in the log
                self.log.write("{0}\n".format(getattr(error.exception, "traceback", "") or error).encode("utf-8"))
            raise _BuildFailed("it could not be compiled") from error
        except build.BuildException as error:  # a flaw of pyproject.toml
            raise WheelhouseError("its sources can't be built: {0}".format(error).replace(self.folder + "/source/", "")) from error

    def _run(self, command, cwd=None, extra_environ=None):
        """Run one hook for pyproject_hooks, whose last argument is the folder through which the hook answers."""
        if os.path.isdir(command[-1]):
            self.sandbox.give(command[-1])
        full = dict(build_environment(os.path.join(self.folder, "home"), os.path.join(self.folder, "tmp"), os.path.dirname(self.python),
                                      self.compiler.jobs), **(extra_environ or {}))
        self.log.write("$ {0}\n".format(" ".join(command[2:3])).encode("utf-8"))  # the hook's name
        self.log.flush()
        started = time.monotonic()
        code = self.sandbox.run(command, cwd or self.folder, full, self.log, self.left, self.compiler.timeout)
        self.left -= time.monotonic() - started
        check_plain(os.path.join(command[-1], "output.json"), _ANSWER)
        if code:
            raise subprocess.CalledProcessError(code, command)
