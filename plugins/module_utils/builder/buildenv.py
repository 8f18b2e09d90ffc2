# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The build requirements of one sdist: locked with hashes once (PEP 518, PEP 517), installed in an environment of its own."""
import os
import shutil
import sys

from ..common.errors import WheelhouseError
from ..common.files import write_file
from ..common.platform import describe


class BuildLocks:
    """The build locks in ``store``, made and installed with ``uv``."""

    def __init__(self, store, uv):
        self.store = store
        self.uv = uv

    def recall(self, source):
        """Return the build lock (text) of the source with the SHA-256 ``source``, or None when it has none yet."""
        try:
            with open(self._path(source), encoding="utf-8") as stream:
                return stream.read()
        except OSError:
            return None

    def remember(self, source, text):
        """Keep ``text`` as the build lock of ``source``."""
        write_file(self._path(source), text.encode("utf-8"))

    def resolve(self, name, requires, folder):
        """Return a lock of the requirements ``requires`` (PEP 508 texts) of the package ``name``, with hashes.

        Only published wheels are accepted: an sdist among them would have to be built first, with requirements of its own.
        """
        if not requires:
            return ""
        try:
            return self.uv.run("pip", "compile", "--quiet", "--generate-hashes", "--no-header", "--no-annotate", "--only-binary", ":all:",
                               "--python", sys.executable, "-", cwd=folder, stdin="\n".join(sorted(requires)) + "\n",
                               doing="its build requirements can't be resolved")
        except WheelhouseError as error:
            raise WheelhouseError(error.message, package=name, log=error.log,
                                  hint="it wants {0}, of which a wheel must be published; choose another version of {1}, or see {2}".format(
                                      ", ".join(sorted(requires)), name, "build_environment when the index is another one")) from error

    def install(self, name, text, folder):
        """Make a virtual environment in ``folder`` that holds what the build lock ``text`` says; return its interpreter."""
        python = os.path.join(folder, "bin", "python")
        above = os.path.dirname(folder)
        if not os.path.exists(python):
            if os.path.isdir(folder):
                shutil.rmtree(folder)
            self.uv.run("venv", "--quiet", "--no-project", "--python", sys.executable, folder, cwd=above,
                        doing="no environment can be made to build in")
        if text.strip():
            path = folder + ".txt"
            write_file(path, text.encode("utf-8"))
            try:
                self.uv.run("pip", "sync", "--quiet", "--require-hashes", "--only-binary", ":all:", "--python", python, path, cwd=above,
                            doing="its build requirements can't be installed")
            except WheelhouseError as error:
                raise WheelhouseError(error.message, hint=error.hint, package=name, log=error.log) from error
        return python

    def _path(self, source):
        platform = describe()
        return self.store.path("builds", "locks", "{0}-{1}-{2}-{3}.txt".format(
            source, platform["abi"], platform["libc"], platform["machine"]))
