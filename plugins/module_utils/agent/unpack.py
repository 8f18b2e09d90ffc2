# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Unpack a wheel, verified, into a tree from which releases link (PEP 427, the binary distribution format).

The tree has the folders ``site`` (for site-packages: purelib and platlib are one in a venv), ``scripts``, ``headers`` and
``data``, and ``wheel.json``, which says all that making a release needs to know, so that nothing is read twice.
"""
import hashlib
import io
import json
import os

from ..common.errors import WheelhouseError
from . import elf, record, scripts, wheel
from .archive import executable, open_zip

INDEX = "wheel.json"
SCHEMES = {"purelib": "site", "platlib": "site", "scripts": "scripts", "headers": "headers", "data": "data"}
IN_MEMORY = 16 << 20  # bytes; larger members are read in pieces
UNLISTED = ("RECORD", "RECORD.jws", "RECORD.p7s")  # RECORD cannot list itself nor its signatures
OURS = ("RECORD", "INSTALLER")  # written anew in each release


def unpack(path, target, entry):
    """Unpack the wheel file at ``path`` into the new folder ``target``.

    ``entry`` is the manifest's description of the wheel (its hash was checked by who stored the file). Raises
    WheelhouseError when the contents are not what its RECORD, its METADATA or the manifest say, or are not safe to unpack.
    """
    try:
        with open_zip(path, entry["filename"]) as (archive, members):
            index = _unpack(archive, members, target, entry)
    except WheelhouseError as error:
        error.package = error.package or entry["name"]
        error.hint = error.hint or "build this wheel anew (build_no_binary), or lock another version; pip may accept it, a release does not"
        raise
    write(os.path.join(target, INDEX), json.dumps(index, ensure_ascii=False).encode("utf-8"), 0o444)


def read_index(tree):
    """Return what ``unpack`` wrote about the wheel in the folder ``tree``.

    ``{"name", "version", "dist_info", "headers" (the folder's name), "files": [[folder, path, row's hash, size, executable]],
    "commands": {name: [module, attribute]}, "elf": [[path, kind, needed, search, extension]]}``
    """
    with open(os.path.join(tree, INDEX), "rb") as stream:
        return json.loads(stream.read().decode("utf-8"))


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
    spelled = wheel.check_metadata(metadata, about, name, version)
    rows = record.parse(_text(archive, members, dist_info + "/RECORD"))
    entry_points = dist_info + "/entry_points.txt"
    commands = scripts.parse_entry_points(_text(archive, members, entry_points)) if entry_points in members else {}
    unlisted = {"{0}/{1}".format(dist_info, item) for item in UNLISTED}
    for path in sorted(set(rows).difference(members, unlisted)):
        raise WheelhouseError("{0} is in RECORD, but not in the wheel".format(path))
    for path in sorted(set(members).difference(rows, unlisted)):
        raise WheelhouseError("{0} is in the wheel, but not in RECORD".format(path))

    writer = _Writer(target)
    ours = {"{0}/{1}".format(dist_info, item) for item in OURS}
    for path, info in members.items():
        if path not in ours:
            writer.add(archive, info, _place(path, dist_info), rows.get(path) if path not in unlisted else None)
    return {"name": name, "version": spelled, "dist_info": dist_info, "headers": filename.name.replace("_", "-"),
            "files": writer.files, "commands": commands, "elf": writer.elf}


def _place(path, dist_info):
    """Return the folder of our tree and the path in it for a member's path."""
    top, slash, rest = path.partition("/")
    if top != dist_info[:-len("dist-info")] + "data" or not slash:
        return "site", path
    scheme, slash, rest = rest.partition("/")
    if scheme not in SCHEMES or not rest or scheme == "scripts" and "/" in rest:
        raise WheelhouseError("{0} has no place in an installed distribution".format(path))
    return SCHEMES[scheme], rest


class _Writer:
    """Writes members below ``target``, checking each against its row of RECORD."""

    def __init__(self, target):
        self.target = os.fsencode(target)
        self.folders = set()
        self.files = []
        self.elf = []

    def add(self, archive, info, place, row):
        folder, path = place
        full = os.path.join(self.target, folder.encode("ascii"), path.encode("utf-8"))
        parent = os.path.dirname(full)
        if parent not in self.folders:
            os.makedirs(parent, exist_ok=True)
            self.folders.add(parent)
        mode = 0o555 if executable(info) or folder == "scripts" else 0o444
        try:
            digest, head = self._copy(archive, info, full, mode, row)
        except FileExistsError:
            raise WheelhouseError("two members of the wheel are installed as {0}".format(path))
        self.files.append([folder, path, "sha256=" + record.encode(digest), info.file_size, mode == 0o555])
        if head == elf.MAGIC:
            self._note_elf(full, folder, path)

    def _copy(self, archive, info, full, mode, row):
        """Write one member; return its SHA-256 and its first four bytes."""
        algorithm = row[0] if row and row[0] else "sha256"
        if info.file_size <= IN_MEMORY:
            chunks = [archive.read(info)]
        else:
            chunks = _chunks(archive, info)
        sha256 = hashlib.sha256()
        checked = sha256 if algorithm == "sha256" else hashlib.new(algorithm)
        size, head = 0, b""
        handle = os.open(full, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        with io.FileIO(handle, "wb") as stream:
            for chunk in chunks:
                sha256.update(chunk)
                if checked is not sha256:
                    checked.update(chunk)
                head = head or chunk[:4]
                size += len(chunk)
                view = memoryview(chunk)
                while view:
                    view = view[stream.write(view):]
        if row is not None:
            if not row[1] or record.encode(checked.digest()) != row[1].rstrip("=") or row[2] not in (None, size):
                raise WheelhouseError("{0} is not the file that RECORD describes".format(info.filename))
        return sha256.digest(), head

    def _note_elf(self, full, folder, path):
        with open(full, "rb") as stream:
            found = elf.read(stream, os.path.basename(path).split(".")[0])
        if found:
            self.elf.append(["{0}/{1}".format(folder, path), found.kind, found.needed, found.search, found.extension])


def _chunks(archive, info):
    with archive.open(info) as stream:
        yield from iter(lambda: stream.read(1 << 20), b"")


def _text(archive, members, path):
    if path not in members:
        raise WheelhouseError("the wheel has no {0}".format(path))
    if members[path].file_size > IN_MEMORY:
        raise WheelhouseError("the wheel's {0} is larger than such a file can be".format(path))
    try:
        return archive.read(members[path]).decode("utf-8")
    except UnicodeDecodeError:
        raise WheelhouseError("the wheel's {0} is not UTF-8".format(path))
