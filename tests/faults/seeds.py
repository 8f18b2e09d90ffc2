# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What fuzzing begins with, and what must hold whatever is read."""
import hashlib
import io
import os
import tarfile
import tempfile

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent import upload
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common import platform, transfer
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.module_utils.agent import hostile

ENTRY = {"name": "shop", "version": "1.0", "filename": "shop-1.0-py3-none-any.whl"}
PYC = "shop/" + hostile.PYC.format("__init__")
WHEELS = [hostile.wheel(), hostile.entry_points("shop = shop:main"), hostile.wheel(hostile.member("shop/x", b"x" * 99, descriptor=True), record="")]
GOOD = {transfer.place_of("wheels", hashlib.sha256(data).hexdigest(), ENTRY["filename"]): data for data in WHEELS[:2]}
MANIFEST = {"schema": 1, "app": "shop", "lock": "0" * 64, "project": None, "platform": platform.describe(), "options": {"no_binary": [], "only_binary": []},
            "wheels": [dict(ENTRY, sha256="0" * 64, size=9, requires_python=">=3.6", bytecode={"sha256": "1" * 64, "size": 7},
                            source={"filename": "shop-1.0.tar.gz", "sha256": "2" * 64, "size": 5, "url": "https://example.org/"},
                            needs={"libc_version": "2.0", "libraries": [], "packages": ["x"]})]}


def tar(form):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=form) as archive:
        for info, data in [hostile.tar_member(*item) for item in GOOD.items()]:
            if form == tarfile.PAX_FORMAT:
                info.pax_headers = {"mtime": "1.5", "comment": "\u00e9" * 9}
            archive.addfile(info, io.BytesIO(data))
    return packed.getvalue()


def uploaded(data, target, expected):
    """Read ``data`` as a tar that was uploaded to the folder ``target``; what it has is verified."""
    path = os.path.join(target, "files.tar")
    with open(path, "wb") as stream:
        stream.write(data)
    with upload.opened(path) as source:
        found = upload.Upload(source, os.path.join(target, "arrived"), expected, sorted(expected))
        found.bring(lambda place: found.packed(place).close())


def nothing_outside(work):
    """Call ``work`` with the path of a folder; whatever error is ours, and no file is anywhere but in it."""
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as outer:
        target = os.path.join(outer, "a", "b", "target")
        os.makedirs(target)
        try:
            work(target)
        except WheelhouseError as error:
            assert error.message
        assert os.listdir(outer) == ["a"] and os.listdir(os.path.join(outer, "a")) == ["b"]
        assert set(os.listdir(os.path.join(outer, "a", "b"))) <= {"target", "input"}


def read(how, data, target):
    path = os.path.join(os.path.dirname(target), "input")
    with open(path, "wb") as stream:
        stream.write(data)
    how(path, target, ENTRY)
