# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Unpack a wheel, verified, into a tree from which releases link (PEP 427, the binary distribution format).

The tree has the folders ``site`` (for site-packages: purelib and platlib are one in a venv), ``scripts``, ``headers`` and
``data``, and ``wheel.json``, which says all that making a release needs to know, so that nothing is read twice.
"""
import hashlib
import importlib.util
import io
import json
import os
import re

from ..common.errors import WheelhouseError
from ..common.files import make_folders
from . import elf, record, scripts, wheel
from .archive import executable, open_zip

INDEX = "wheel.json"
SCHEMES = {"purelib": "site", "platlib": "site", "scripts": "scripts", "headers": "headers", "data": "data"}
IN_MEMORY = 16 << 20  # bytes; more than METADATA, WHEEL or RECORD can be
UNLISTED = ("RECORD", "RECORD.jws", "RECORD.p7s")  # RECORD cannot list itself nor its signatures
OURS = ("RECORD", "INSTALLER")  # written anew in each release


def unpack(packed, target, entry):
    """Unpack a wheel into the new folder ``target``.

    ``packed`` is the path of its file, or a binary file that can be read at any place; its hash was checked by who made it. ``entry`` is
    the manifest's description of the wheel. Raises WheelhouseError when the contents are not what its RECORD, its METADATA or the manifest
    say, or are not safe to unpack.
    """
    try:
        with open_zip(packed, entry["filename"]) as (archive, members):
            index = _unpack(archive, members, target, entry)
    except WheelhouseError as error:
        if entry["filename"] not in error.message:
            error.message = "{0}: {1}".format(entry["filename"], error.message)
        error.package = error.package or entry["name"]
        error.hint = error.hint or "build this wheel anew (build_no_binary), or lock another version; pip may accept it, a release does not"
        raise
    write(os.path.join(target, INDEX), json.dumps(index, ensure_ascii=False).encode("utf-8"), 0o444)


def read_index(tree):
    """Return what ``unpack`` wrote about the wheel in the folder ``tree``.

    ``{"name", "version", "dist_info", "headers" (the folder's name), "files": [[folder, path, row's hash, size, executable]],
    "sources": {path of a .py file: its hash, as .pyc files have it}, "commands": {name: [module, attribute]},
    "elf": [[path, kind, needed, search, extension]]}``
    """
    with open(os.path.join(tree, INDEX), "rb") as stream:
        return json.loads(stream.read().decode("utf-8"))


def source_hash(data):
    """Return what a .pyc file says of its source (PEP 552) as hex digits; "" where the interpreter is older than that."""
    return importlib.util.source_hash(data).hex() if hasattr(importlib.util, "source_hash") else ""


def write(path, data, mode):
    """Write the bytes ``data`` to the new file ``path``."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(handle, view):]
    finally:
        os.close(handle)


def _unpack(archive, members, target, entry):
    name, version = entry["name"], entry["version"]
    filename = wheel.parse_filename(entry["filename"])
    dist_info = wheel.find_dist_info(members, name, version)
    metadata, about = (_text(archive, members, "{0}/{1}".format(dist_info, item)) for item in ("METADATA", "WHEEL"))
    spelled = wheel.check_metadata(metadata, about, name, version, filename)
    rows = record.parse(_text(archive, members, dist_info + "/RECORD"))
    entry_points = dist_info + "/entry_points.txt"
    commands = scripts.parse_entry_points(_text(archive, members, entry_points)) if entry_points in members else {}
    unlisted = {"{0}/{1}".format(dist_info, item) for item in UNLISTED}
    for path in sorted(set(rows).difference(members, unlisted)):
        raise WheelhouseError("{0} is in RECORD, but not in the wheel".format(path))
    for path in sorted(set(members).difference(rows, unlisted)):
        raise WheelhouseError("{0} is in the wheel, but not in RECORD".format(path))

    writer = _Writer(target)
    for path, place in installed(members, dist_info).items():
        writer.add(archive, members[path], place, rows.get(path) if path not in unlisted else None)
    return {"name": name, "version": spelled, "dist_info": dist_info, "headers": filename.name.replace("_", "-"),
            "files": writer.files, "sources": writer.sources, "commands": commands, "elf": writer.elf}


def installed(paths, dist_info):
    """Return where, of the members ``paths`` of a wheel, those that are installed go: ``{path: (folder of our tree, path in it)}``."""
    places = {path: _place(path, dist_info) for path in paths}
    left_out = _bytecode_among(places) | {"{0}/{1}".format(dist_info, item) for item in OURS}
    return {path: place for path, place in places.items() if path not in left_out}


def _place(path, dist_info):
    """Return the folder of our tree and the path in it for a member's path."""
    top, slash, rest = path.partition("/")
    folder, place = "site", path
    if top == dist_info[:-len("dist-info")] + "data" and slash:
        scheme, slash, place = rest.partition("/")
        if scheme not in SCHEMES or not place or scheme == "scripts" and not scripts.command_name(place):
            raise WheelhouseError("{0} has no place in an installed distribution".format(path))
        folder = SCHEMES[scheme]
        if re.match(r"(?:.*/site-packages/)?[^/]+\.dist-info/", place, re.DOTALL):
            raise WheelhouseError("{0} would be the metadata of a distribution that the manifest does not name".format(path))
    return folder, place


def _bytecode_among(places):
    """Return the members that are bytecode: not installed, because only the build host's, made of the source here, is taken.

    Raises WheelhouseError for bytecode without a source in the wheel. ``places`` maps a member's path to what ``_place`` returns.
    """
    found = set()
    installed = {place for _folder, place in places.values()}
    for path, (_folder, place) in places.items():
        if place.endswith((".pyc", ".pyo")):
            parent, _cache, name = place.rpartition("__pycache__/")
            parts = name.split(".")
            sources = {parent + ".".join(parts[:count]) + ".py" for count in range(1, len(parts))}
            if not place.endswith("__pycache__/" + name) or not sources & installed:
                raise WheelhouseError("{0} is bytecode, and the wheel has no source of it".format(path))
            found.add(path)
    return found


class _Writer:
    """Writes members below ``target``, checking each against its row of RECORD."""

    def __init__(self, target):
        self.target = os.fsencode(target)
        self.folders = set()
        self.files = []
        self.sources = {}
        self.elf = []

    def add(self, archive, info, place, row):
        folder, path = place
        full = os.path.join(self.target, folder.encode("ascii"), path.encode("utf-8"))
        parent = os.path.dirname(full)
        if parent not in self.folders:
            make_folders(parent)
            self.folders.add(parent)
        mode = 0o555 if executable(info) or folder == "scripts" else 0o444
        try:
            digest, chunks = self._copy(archive, info, full, mode, row, keep=folder == "site" and path.endswith(".py"))
        except FileExistsError:
            raise WheelhouseError("two members of the wheel are installed as {0}".format(path))
        if folder == "site" and path.endswith(".py"):
            self.sources[path] = source_hash(b"".join(chunks))
        self.files.append([folder, path, "sha256=" + record.encode(digest), info.file_size, mode == 0o555])
        if chunks and chunks[0][:4] == elf.MAGIC:
            self._note_elf(full, folder, path)

    def _copy(self, archive, info, full, mode, row, keep):
        """Write one member; return its SHA-256 and the pieces of its bytes, only the first unless ``keep``."""
        algorithm = row[0] if row and row[0] else "sha256"
        sha256 = hashlib.sha256()
        checked = sha256 if algorithm == "sha256" else hashlib.new(algorithm)
        size, chunks = 0, []
        handle = os.open(full, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        with io.FileIO(handle, "wb") as stream:
            for chunk in archive.chunks(info):
                sha256.update(chunk)
                if checked is not sha256:
                    checked.update(chunk)
                if keep or not chunks:
                    chunks.append(chunk)
                size += len(chunk)
                view = memoryview(chunk)
                while view:
                    view = view[stream.write(view):]
        if row is not None:
            if not row[1] or record.encode(checked.digest()) != row[1].rstrip("=") or row[2] not in (None, size):
                raise WheelhouseError("{0} is not the file that RECORD describes".format(info.filename))
        return sha256.digest(), chunks

    def _note_elf(self, full, folder, path):
        with open(full, "rb") as stream:
            found = elf.read(stream, os.path.basename(path).split(".")[0])
        if found:
            self.elf.append(["{0}/{1}".format(folder, path), found.kind, found.needed, found.search, found.extension])


def _text(archive, members, path):
    if path not in members:
        raise WheelhouseError("the wheel has no {0}".format(path))
    if members[path].file_size > IN_MEMORY:
        raise WheelhouseError("the wheel's {0} is larger than such a file can be".format(path))
    try:
        return archive.read(members[path]).decode("utf-8")
    except UnicodeDecodeError:
        raise WheelhouseError("the wheel's {0} is not UTF-8".format(path))
