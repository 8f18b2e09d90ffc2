# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Make a release: a venv with the wheels of one manifest installed, as ``pip install --no-compile`` would install them.

Nothing is verified again here: the trees that files are linked from were verified when they were made, and are read-only.
"""
import os

from ..common.errors import WheelhouseError
from ..common.files import canonical_json
from . import bytecode, deploy_root, environment, record, scripts, unpack, wheel
from .discard import discard
from .links import Linker

INSTALLER = b"nogcc.wheelhouse\n"


def assemble(layout, manifest, folder, final):
    """Make the release of ``manifest`` in the new folder ``folder``, to be renamed to ``final``.

    Returns ``{"linked": n, "copied": n, "warnings": [texts]}``. Every wheel of the manifest is unpacked already. Raises
    WheelhouseError when a wheel wants to replace a file of the venv itself.
    """
    protected = environment.create(folder, final) | {"manifest.json"}
    release = Installer(Linker(folder), final, protected)
    unpack.write(os.path.join(folder, "manifest.json"), canonical_json(manifest), 0o444)
    for entry in manifest["wheels"]:
        try:
            for tree, _index in _copies(layout, entry):
                _require_ours(tree)
            release.install(layout, entry)
        except WheelhouseError as error:
            error.package = error.package or entry["name"]
            raise
        except (FileNotFoundError, ValueError, KeyError, TypeError) as error:
            _discard_copies(layout, [entry] + [other for other in manifest["wheels"] if not _has_indexes(layout, other)])
            raise WheelhouseError("the unpacked copy of it on this host was altered: {0}".format(error), package=entry["name"],
                                  hint="run again: the copy was taken away, and it is sent anew")
    return {"linked": release.linker.linked, "copied": release.linker.copied, "warnings": release.warnings}


def _require_ours(tree):
    reason = deploy_root.flaw(tree)
    if reason:
        raise ValueError(reason[0])


def _copies(layout, entry):
    """Return what the host keeps of a wheel, as (folder, path of its index)."""
    found = [(layout.wheel(entry["sha256"]), unpack.INDEX)]
    if entry.get("bytecode"):
        found.append((layout.bytecode(entry["bytecode"]["sha256"]), bytecode.INDEX))
    return [(tree, os.path.join(tree, index)) for tree, index in found]


def _has_indexes(layout, entry):
    return all(os.path.isfile(index) for _tree, index in _copies(layout, entry))


def _discard_copies(layout, entries):
    for tree in {tree for entry in entries for tree, _index in _copies(layout, entry)}:
        if os.path.lexists(tree):
            discard(layout, tree)  # releases have their own links to its files


class Installer:
    """Installs wheels into the release that will be called ``final``, by way of a ``linker``; ``protected`` are the paths of the venv's own files."""

    def __init__(self, linker, final, protected):
        self.protected = protected
        self.linker = linker
        self.python = os.path.join(final, "bin", "python")
        self.lib = environment.lib_folder()
        self.site = self.lib + "/site-packages"
        self.owners = {}  # path -> (package, hash), to tell who replaced whose file
        self.warnings = []

    def install(self, layout, entry):
        """Install one wheel; what a later wheel brings under the same name replaces the earlier, as with pip."""
        tree = layout.wheel(entry["sha256"])
        index = unpack.read_index(tree)
        if index["name"] != entry["name"] or not wheel.same_version(index["version"], entry["version"]):
            raise WheelhouseError("the wheel is {0} {1}, and the manifest calls it {2} {3}".format(
                index["name"], index["version"], entry["name"], entry["version"]), hint="build this release again")
        roots = {"site": self.site, "scripts": "bin", "data": "",
                 "headers": "include/site/{0}/{1}".format(os.path.basename(self.lib), index["headers"])}
        sources = {folder: os.fsencode(os.path.join(tree, folder)) + b"/" for folder in roots}
        rows = []
        for folder, path, hashed, size, _unused in index["files"]:
            if folder == "scripts" and path in index["commands"]:
                continue  # made by an old build tool for an entry point; ours are made below
            if folder == "scripts" and scripts.names_python(os.path.join(tree, "scripts", path)):
                rows.append(self._script(path, scripts.rewritten(os.path.join(tree, "scripts", path), self.python), entry))
                continue
            target = "{0}/{1}".format(roots[folder], path) if roots[folder] else path
            source = sources[folder] + path.encode("utf-8")
            self._put(target, hashed, entry, lambda: self.linker.link(source, target))
            rows.append((self._relative(target), hashed, str(size)))
        rows += self._bytecode(layout, entry, index["sources"])
        for name, (module, attribute) in sorted(index["commands"].items()):
            rows.append(self._script(name, scripts.wrapper(self.python, module, attribute), entry))
        rows.append(self._write(index["dist_info"], "INSTALLER", INSTALLER, entry))
        listed = index["dist_info"] + "/RECORD"
        self._write(index["dist_info"], "RECORD", record.render(rows + [(listed, "", "")]).encode("utf-8"), entry)

    def _bytecode(self, layout, entry, sources):
        if not entry.get("bytecode"):
            return []
        tree = layout.bytecode(entry["bytecode"]["sha256"])
        site = os.fsencode(os.path.join(tree, "site")) + b"/"
        rows = []
        for path, (made_of, _hash) in bytecode.read_index(tree).items():
            source = bytecode.source_of(path)
            if source not in sources:
                raise WheelhouseError("the bytecode has {0}, but the wheel has no source of it".format(path),
                                      hint="build this release again")
            if sources[source] != made_of:
                raise WheelhouseError("the bytecode has {0}, which was made of another {1} than the wheel's".format(path, source),
                                      hint="build this release again")
            target = "{0}/{1}".format(self.site, path)
            self._put(target, "", entry, lambda: self.linker.link(site + path.encode("utf-8"), target))
            rows.append((path, "", ""))
        return rows

    def _script(self, name, data, entry):
        target = "bin/" + name
        row = record.row_of(self._relative(target), data)
        self._put(target, row[1], entry, lambda: self.linker.write(target, data, 0o555))
        return row

    def _write(self, dist_info, name, data, entry):
        target = "{0}/{1}/{2}".format(self.site, dist_info, name)
        row = record.row_of("{0}/{1}".format(dist_info, name), data)
        self._put(target, row[1], entry, lambda: self.linker.write(target, data, 0o444))
        return row

    def _relative(self, target):
        """Return a path below the release as RECORD writes it: relative to site-packages."""
        inside = self.site + "/"
        return target[len(inside):] if target.startswith(inside) else os.path.relpath(target, self.site)

    def _matters(self, target):
        """Tell whether it matters whose file is there: not for a README or a licence that a packager put beside the packages."""
        inside = self.site + "/"
        return not target.startswith(inside) or "/" in target[len(inside):] or target.endswith((".py", ".pth", ".so"))

    def _put(self, target, hashed, entry, put):
        """Call ``put``, after making way for it when another wheel has a file there."""
        try:
            put()
        except FileExistsError:
            owner = self.owners.get(target)
            if target in self.protected or owner is None:
                raise WheelhouseError("it wants to replace {0} of the virtual environment".format(target))
            if owner[0] == entry["name"]:
                raise WheelhouseError("it has two files that would be installed as {0}".format(target))
            if owner[1] != hashed and self._matters(target):
                raise WheelhouseError("it has {0}, and so has {1}, with other bytes".format(target, owner[0]),
                                      hint="only one of them can be there: lock only one of the two packages")
            if owner[1] != hashed:
                self.warnings.append("{0} of {1} replaces that of {2}".format(target, entry["name"], owner[0]))
            self.linker.remove(target)
            put()
        except NotADirectoryError:
            raise WheelhouseError("it has {0}, where another wheel has a file of the name of one of its folders".format(target))
        self.owners[target] = (entry["name"], hashed)
