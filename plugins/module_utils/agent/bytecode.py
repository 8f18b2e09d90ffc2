# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Unpack the bytecode of one wheel: the .pyc files that its build host made (PEP 3147, PEP 552)."""
import json
import os
import re

from ..common.errors import WheelhouseError
from .archive import open_zip
from .unpack import write

INDEX = "files.json"

_NAME = re.compile(r"(?P<folder>(?:.*/)?)__pycache__/(?P<stem>[^/]+)\.(?P<tag>(?!opt-)[a-z]+-[0-9a-z]+)(?:\.opt-[0-9])?\.pyc", re.DOTALL)


def source_of(path):
    """Return the path of the .py file that the .pyc file at ``path`` was made of; None for a path that is not one."""
    found = _NAME.fullmatch(path)
    return found.group("folder") + found.group("stem") + ".py" if found else None


def unpack(path, target, entry):
    """Unpack the zip at ``path`` with the bytecode of the wheel ``entry`` (see the manifest) into the new folder ``target``.

    Whether each file belongs to a .py file of the wheel is seen when a release is made of both.
    """
    what = "the bytecode of {0}".format(entry["filename"])
    site = os.path.join(os.fsencode(target), b"site")
    names = []
    with open_zip(path, what) as (archive, members):
        for name, info in members.items():
            if source_of(name) is None:
                raise WheelhouseError("{0} has a member that is none, {1!r}".format(what, name), package=entry["name"])
            full = os.path.join(site, name.encode("utf-8"))
            folder = os.path.dirname(full)
            if not names or folder != made:
                os.makedirs(folder, exist_ok=True)
                made = folder
            write(full, archive.read(info), 0o444)
            names.append(name)
    os.makedirs(target, exist_ok=True)  # of a wheel without a single .py that compiles
    write(os.path.join(target, INDEX), json.dumps(names, ensure_ascii=False).encode("utf-8"), 0o444)


def read_index(tree):
    """Return the paths, relative to site-packages, of the .pyc files in the folder ``tree``."""
    with open(os.path.join(tree, INDEX), "rb") as stream:
        return json.loads(stream.read().decode("utf-8"))
