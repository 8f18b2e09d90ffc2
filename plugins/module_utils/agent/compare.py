# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Hold a folder against what should be in it. Nothing is changed."""
import hashlib
import os
import stat

from . import record
from .expect import Item

CHUNK = 1 << 20
REPAIR, DEPLOY, HAND = "repair", "deploy", "hand"


class Finding:
    """Something that is not as it should be: ``what`` ("changed", "missing", "added", "permissions", "owner"), where (bytes), and why.

    ``item`` is what should be there, if anything. ``remedy`` is what puts it right: ``repair``, the deploy that follows it, or only a person.
    """

    def __init__(self, what, path, why, item=None, remedy=REPAIR):
        self.what = what
        self.path = path
        self.why = why
        self.item = item
        self.remedy = remedy

    def as_dict(self):
        """Return a dictionary of texts that JSON can carry."""
        return {"what": self.what, "path": self.path.decode("utf-8", "backslashreplace"), "why": self.why, "remedy": self.remedy}


def compare(folder, items, owner, sound=()):
    """Return what is wrong in ``folder`` (bytes), and which files are right, as ``([Finding], {(device, inode)})``.

    It should have these ``items`` (see expect.py), and no others, of the user ``owner``. The bytes of the files in ``sound`` are known
    to be right: they are not read again. What is removed while this looks is missing.
    """
    found = []
    right = set()
    folders = _folders(items)
    seen = set()
    waiting = [b""]
    if os.path.isdir(folder):
        found += _rights(folder, os.lstat(folder), owner, folders[b""])
    while waiting:
        here = waiting.pop()
        try:
            names = os.listdir(os.path.join(folder, here))
        except OSError as error:
            found.append(Finding("missing", os.path.join(folder, here).rstrip(b"/"), "it cannot be read: {0}".format(error.strerror),
                                 folders[here]))
            continue
        for name in names:
            path = os.path.join(here, name)
            full = os.path.join(folder, path)
            try:
                at = os.lstat(full)
                if path in folders and stat.S_ISDIR(at.st_mode):
                    waiting.append(path)
                    found += _rights(full, at, owner, folders[path])
                elif path not in items:
                    found.append(Finding("added", full, "nothing of that name belongs there"))
                else:
                    found += _file(full, at, items[path], owner, sound, right)
            except FileNotFoundError:
                continue  # it was removed after it was listed
            seen.add(path)
    for path in set(items) - seen:
        found.append(Finding("missing", os.path.join(folder, path), "it should be there", items[path]))
    return sorted(found, key=lambda finding: (finding.path, finding.what)), right


def _folders(items):
    """Return the folders that the items lie in, the top one as b"", and those that are items themselves."""
    folders = {path: item for path, item in items.items() if item.folder}
    folders[b""] = Item(mode=0o755, folder=True)
    for path in items:
        parent = os.path.dirname(path)
        while parent not in folders:
            folders[parent] = folders[b""]
            parent = os.path.dirname(parent)
    return folders


def _file(path, at, item, owner, sound, right):
    """Tell what is wrong with something that may be there; when it was read and is right, note it in the set ``right``."""
    wrong = _kind(path, at, item)
    if wrong:
        return wrong
    key = (at.st_dev, at.st_ino)
    if stat.S_ISREG(at.st_mode) and key not in sound:
        wrong = _bytes(path, item)
        if not wrong:
            right.add(key)
    return _rights(path, at, owner, item) + wrong


def _kind(path, at, item):
    """Tell whether it is another kind of file, or leads elsewhere."""
    if item.target is not None:
        if not stat.S_ISLNK(at.st_mode):
            return [Finding("changed", path, "it should be a link to {0}".format(item.target), item)]
        target = os.fsdecode(os.readlink(path))
        if target != item.target:
            return [Finding("changed", path, "it is a link to {0} in the place of {1}".format(target, item.target), item)]
        if not os.path.exists(path):
            return [Finding("changed", path, "it leads to {0}, which is not there".format(target), item)]
    elif item.folder or not stat.S_ISREG(at.st_mode):
        return [Finding("changed", path, "it should be a {0}".format("folder" if item.folder else "plain file"), item)]
    return []


def _rights(path, at, owner, item):
    found = []
    mode = stat.S_IMODE(at.st_mode)
    if stat.S_ISDIR(at.st_mode):
        mode &= ~stat.S_ISGID  # a folder inherits it from the one that it lies in
    if at.st_uid != owner:
        found.append(Finding("owner", path, "it belongs to the user {0}, not to {1}".format(at.st_uid, owner), item))
    if item.mode is not None and not stat.S_ISLNK(at.st_mode) and mode != item.mode:
        found.append(Finding("permissions", path, "they are {0:04o}, not {1:04o}".format(mode, item.mode), item))
    return found


def _bytes(path, item):
    """Tell whether the bytes of a file are others."""
    if item.hash is None and item.data is None:
        return []
    wanted = item.hash if item.hash is not None else record.row_of("", item.data)[1]
    digest = hashlib.new(wanted.partition("=")[0])
    try:
        with open(path, "rb", buffering=0) as stream:
            for chunk in iter(lambda: stream.read(CHUNK), b""):
                digest.update(chunk)
    except FileNotFoundError:
        raise
    except OSError as error:
        return [Finding("changed", path, "it cannot be read: {0}".format(error.strerror), item)]
    if record.encode(digest.digest()) == wanted.partition("=")[2]:
        return []
    return [Finding("changed", path, "its bytes are others", item)]
