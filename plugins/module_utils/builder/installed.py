# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An index of what the packages of this host provide to a build, kept per package and version, because hosts have many headers."""
import json
import os
import posixpath
import re
import threading

from ..common.files import canonical_json, temporary_file
from .includes import clean
from .provides import includes_of, is_standard, provides
from .toolchain import files_of, has_database, is_library, name_of

_SCHEMA = 1


class Installed:
    """The packages ``rows`` (see toolchain.toolchain), indexed when first asked; the index is kept in the folder ``cache``."""

    def __init__(self, rows, cache):
        self.rows = list(rows)
        self.cache = cache
        self.lock = threading.Lock()  # for whoever asks from several threads
        self.packages = None
        self._headers = {}  # base name -> [(path below the include folder, real path, row)]
        self._owners = {}  # real path -> rows
        self._read = set()  # rows of which headers were read that are not in the cache

    def load(self):
        """Read the index, and make what is missing of it. Returns False when this host can't say which files its packages have."""
        if not has_database():
            return False
        if self.packages is not None:
            return True
        packages = {row: self._recall(row) for row in self.rows}
        missing = [row for row in self.rows if packages[row] is None]
        files = files_of(missing)
        for row in missing:
            packages[row] = {"schema": _SCHEMA, "row": row, "provides": provides(files.get(row, []), is_library(row)), "includes": {}}
            self._keep(packages[row])
        for row, package in packages.items():
            for name, path in package["provides"]["headers"]:
                self._headers.setdefault(posixpath.basename(name), []).append((name, path, row))
                self._owners.setdefault(path, set()).add(row)
        self.packages = packages
        return True

    def unnamed(self, kinds):
        """Return (rows used by every build of these kinds, rows that are only used by builds of other kinds)."""
        asked = {row: set(package["provides"]["unnamed"]) for row, package in self.packages.items()}
        always = {row for row, found in asked.items() if found & ({"any"} | kinds)}
        return always, {row for row, found in asked.items() if found} - always

    def named(self, words, with_required):
        """Return the rows whose libraries, modules or programs are among ``words``, with the pkg-config modules that those require."""
        rows, asked = set(), set(words)
        while True:
            found = {row for row, package in self.packages.items() if not asked.isdisjoint(package["provides"]["names"])} - rows
            if not found:
                return rows
            rows |= found
            for row in found if with_required else ():
                for name, required in self.packages[row]["provides"]["modules"].items():
                    if asked & {name, "lib" + name, re.sub("^lib", "", name)}:
                        asked.update(required)

    def find(self, target, always, hidden):
        """Return the headers ``(path below its include folder, real path, row, standard)`` that the include of ``target`` may mean.

        ``standard`` tells whether the compiler looks there without being told. Those of the rows ``hidden`` are left out, and when
        the target is a header of ``always``, such as <string.h>, all others.
        """
        target = posixpath.normpath(clean(target))
        hits = [(name, path, row, is_standard(name, target)) for name, path, row in self._headers.get(posixpath.basename(target), ())
                if (name == target or name.endswith("/" + target)) and row not in hidden]
        return [hit for hit in hits if hit[2] in always and hit[3]] or hits

    def beside(self, path, target):
        """Return the header that ``target`` in quotes means in the header at ``path``, or None when it is not beside it."""
        near = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
        rows = self._owners.get(near)
        return (target, near, min(rows), True) if rows else None

    def owners(self, path):
        """Return the rows of the packages that have the file at ``path``."""
        return self._owners.get(path, set())

    def includes(self, path, row):
        """Return what the header at ``path`` of the package ``row`` includes, as [target, quoted]. Raises OSError."""
        known = self.packages[row]["includes"]
        if path not in known:
            known[path] = includes_of(path)
            self._read.add(row)
        return known[path]

    def keep(self):
        """Keep what was read of headers for the next time."""
        for row in self._read:
            self._keep(self.packages[row])
        self._read.clear()

    def _recall(self, row):
        try:
            with open(self._path(row), encoding="utf-8") as stream:
                found = json.load(stream)
        except (OSError, ValueError):
            return None
        return found if found.get("row") == row and found.get("schema") == _SCHEMA else None

    def _keep(self, package):
        with temporary_file(self._path(package["row"]), durable=False) as stream:  # it can be made again
            stream.write(canonical_json(package))

    def _path(self, row):
        machine = row.split(" ")[-1]
        return os.path.join(self.cache, re.sub(r"[^\w.+-]", "_", "{0}.{1}".format(name_of(row), machine)) + ".json")
