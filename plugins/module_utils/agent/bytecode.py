# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Unpack the bytecode of one wheel: the .pyc files that its build host made (PEP 3147, PEP 552)."""
import importlib.util
import json
import os
import re
import sys

from ..common.errors import WheelhouseError
from ..common.files import make_folders
from . import record
from .archive import open_zip
from .unpack import write

INDEX = "files.json"

_HASH_BASED = (b"\1\0\0\0", b"\3\0\0\0")  # PEP 552: of the source's hash, unchecked or checked when it is loaded

_NAME = re.compile(r"(?P<folder>(?:.*/)?)__pycache__/(?P<stem>[^/]+)\.(?P<tag>(?!opt-)[a-z]+-[0-9a-z]+)(?:\.opt-[0-9])?\.pyc", re.DOTALL)


def source_of(path):
    """Return the path of the .py file that the .pyc file at ``path`` was made of; None for a path that is not one."""
    found = _NAME.fullmatch(path)
    return found.group("folder") + found.group("stem") + ".py" if found else None


def unpack(packed, target, entry):
    """Unpack a zip with the bytecode of the wheel ``entry`` (see the manifest) into the new folder ``target``.

    ``packed`` is its path, or a binary file that can be read at any place.

    Raises WheelhouseError for what is not bytecode of the interpreter that runs this. Whether each file was made of a .py file of
    the wheel is seen when a release is made of both.
    """
    what = "the bytecode of {0}".format(entry["filename"])
    site = os.path.join(os.fsencode(target), b"site")
    made_of = {}
    made = None
    with open_zip(packed, what) as (archive, members):
        for name, info in members.items():
            data = archive.read(info)
            made_of[name] = [_source_hash(name, data, what, entry), record.row_of(name, data)[1]]
            full = os.path.join(site, name.encode("utf-8"))
            folder = os.path.dirname(full)
            if folder != made:
                make_folders(folder)
                made = folder
            write(full, data, 0o444)
    make_folders(target)  # of a wheel without a single .py that compiles
    write(os.path.join(target, INDEX), json.dumps(made_of, ensure_ascii=False).encode("utf-8"), 0o444)


def read_index(tree):
    """Return what is in the folder ``tree``: ``{path of a .pyc file, relative to site-packages: [hash of its source, its own hash as in RECORD]}``."""
    with open(os.path.join(tree, INDEX), "rb") as stream:
        return json.loads(stream.read().decode("utf-8"))


def _source_hash(name, data, what, entry):
    """Return, as hex digits, the hash that a .pyc file has of its source."""
    found = _NAME.fullmatch(name)
    if not found:
        raise WheelhouseError("{0} has a member that is none, {1!r}".format(what, name), package=entry["name"])
    if found.group("tag") != sys.implementation.cache_tag or data[:4] != importlib.util.MAGIC_NUMBER:
        raise WheelhouseError("{0} has a member for another interpreter, {1!r}".format(what, name), package=entry["name"],
                              hint="build this release again, on a host with this one's Python")
    if data[4:8] not in _HASH_BASED or len(data) < 16:
        raise WheelhouseError("{0} has a member that does not say what source it was made of, {1!r}".format(what, name),
                              package=entry["name"], hint="build this release again")
    return data[8:16].hex()
