# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Sent first to a host, as text: imports the rest of the host's half from memory, so that nothing is installed there."""
import importlib.util
import json
import sys
import zlib


class MemoryImporter:
    """Imports modules from a dictionary of sources: ``{"pkg/__init__.py": "...", "pkg/module.py": "..."}``.

    Not derived from the classes of importlib.abc: importing that takes a fifth of the time in which a host is asked what it has.
    """

    def __init__(self, sources):
        self.sources = sources

    def _file(self, name):
        stem = name.replace(".", "/")
        return stem + "/__init__.py" if stem + "/__init__.py" in self.sources else stem + ".py"

    def find_spec(self, fullname, path=None, target=None):
        if self._file(fullname) not in self.sources:
            return None
        return importlib.util.spec_from_loader(fullname, self, origin=self._file(fullname))

    def is_package(self, fullname):
        return self._file(fullname).endswith("/__init__.py")

    def get_source(self, fullname):
        return self.sources[self._file(fullname)]

    def create_module(self, spec):
        return None  # an ordinary one

    def exec_module(self, module):
        exec(compile(self.sources[module.__spec__.origin], module.__spec__.origin, "exec"), module.__dict__)  # a traceback names the file


def run(stream):
    """Read the sources from ``stream``, then hand it on to the entry point that they name."""
    payload = json.loads(zlib.decompress(stream.read(int(stream.readline()))).decode("utf-8"))
    sys.meta_path.insert(0, MemoryImporter(payload["sources"]))
    __import__(payload["entry"])
    sys.modules[payload["entry"]].main(stream)
