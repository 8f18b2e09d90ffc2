# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What should lie below the deploy root: each file of the store and of a release, from manifest and indexes alone."""
import os
import tempfile

from ..common.files import canonical_json
from ..common.unfinished import sweep, temporary_folder
from . import bytecode, environment, unpack
from .release import Installer

VENV_TEXTS = ("bin/activate", "bin/activate.csh", "bin/activate.fish", "bin/Activate.ps1", "pyvenv.cfg")


class Item:
    """One file, link or folder that should be there; what is None is not looked at.

    ``mode`` are its permissions, ``hash`` its bytes as RECORD writes it, ``data`` its bytes, ``target`` where a link leads, ``source`` the
    file of the store (bytes) that it is a link to, or a copy of. With ``folder`` it is a folder.
    """

    def __init__(self, mode=None, hash=None, data=None, target=None, source=None, folder=False):
        self.mode = mode
        self.hash = hash
        self.data = data
        self.target = target
        self.source = source
        self.folder = folder


def tree_of_wheel(tree):
    """Return the items of an unpacked wheel: ``{path: Item}``, the path in bytes and relative to the folder ``tree``.

    Raises OSError, ValueError, KeyError or TypeError when its index cannot be read.
    """
    items = {os.fsencode(unpack.INDEX): Item(mode=0o444)}
    for folder, path, hashed, _size, executable in unpack.read_index(tree)["files"]:
        items["{0}/{1}".format(folder, path).encode("utf-8")] = Item(mode=0o555 if executable else 0o444, hash=hashed)
    return items


def tree_of_bytecode(tree):
    """Return the items of unpacked bytecode, as ``tree_of_wheel`` does."""
    items = {os.fsencode(bytecode.INDEX): Item(mode=0o444)}
    for path, (_source, hashed) in bytecode.read_index(tree).items():
        items["site/{0}".format(path).encode("utf-8")] = Item(mode=0o444, hash=hashed)
    return items


class _Plan:
    """Stands in for the Linker of a release, and only notes what would be put where."""

    linked = copied = 0

    def __init__(self, stored, items):
        self.stored = stored
        self.items = items

    def link(self, source, path):
        item = self.stored[source]
        self._note(path, Item(mode=item.mode, hash=item.hash, source=source))

    def write(self, path, data, mode):
        self._note(path, Item(mode=mode, data=data))

    def remove(self, path):
        del self.items[path.encode("utf-8")]

    def _note(self, path, item):
        if path.encode("utf-8") in self.items:
            raise FileExistsError(path)
        self.items[path.encode("utf-8")] = item


def release(layout, manifest, final, stored):
    """Return the items of the release of ``manifest`` in the folder ``final``; ``stored`` are those of the store, by full path.

    Raises as ``tree_of_wheel`` does, when the store does not have it all.
    """
    items = _venv(final)
    items[b"manifest.json"] = Item(mode=0o444, data=canonical_json(manifest))
    installer = Installer(_Plan(stored, items), final, {os.fsdecode(path) for path, item in items.items() if not item.folder})
    for entry in manifest["wheels"]:
        installer.install(layout, entry)
    return items


def _venv(final):
    """Return the items of the venv itself, from one that is made elsewhere for a moment.

    What its texts say depends on the interpreter's third number: after an update of the interpreter only their presence counts.
    """
    shared, items = tempfile.gettempdir(), {}
    sweep(shared)  # an audit that was killed left it there
    with temporary_folder(shared) as scratch:
        folder = os.path.join(scratch, "venv")
        for path in environment.create(folder, final):
            full = os.path.join(folder, path)
            if os.path.islink(full):
                items[os.fsencode(path)] = Item(target=os.readlink(full))
            else:
                items[os.fsencode(path)] = Item(mode=0o444, data=_read(full))
        for parent, folders, _files in os.walk(folder):
            for name in folders:
                path = os.fsencode(os.path.relpath(os.path.join(parent, name), folder))
                items.setdefault(path, Item(mode=0o755, folder=True))
    if _version(os.path.join(final, "pyvenv.cfg")) not in (None, _version(None)):
        for path in VENV_TEXTS:
            if os.fsencode(path) in items:
                items[os.fsencode(path)] = Item(mode=0o444)
    return items


def _version(path):
    """Return the line with the interpreter's version in a pyvenv.cfg, or what it would be now; None when there is none."""
    try:
        text = _read(path) if path else environment.config()
    except OSError:
        return None
    return next((line for line in text.splitlines() if line.startswith(b"version")), None)


def _read(path):
    with open(path, "rb") as stream:
        return stream.read()
