# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A wheel of very many files, and one of a very large file: beyond 65,535 members and 2 GB a zip needs other fields."""
import base64
import hashlib
import os
import resource
import zipfile

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.layout import Layout
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.stage import stage
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common import transfer
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.manifest import manifest_id, places

LONG = "WHEELHOUSE_TEST_LONG" in os.environ
FILES = 70_000 if LONG else 2_000
SIZE = (2 << 30) + 1 if LONG else 64 << 20  # bytes
MORE = 64 << 10  # kB that unpacking may take
INFO = "shop-1.0.dist-info"
PLAIN = {INFO + "/METADATA": b"Metadata-Version: 2.1\nName: shop\nVersion: 1.0\n",
         INFO + "/WHEEL": b"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"}


def write(archive, name, chunks):
    """Write a member in pieces; return its row of RECORD."""
    digest, size = hashlib.sha256(), 0
    info = zipfile.ZipInfo(name)
    info.external_attr = 0o100644 << 16
    with archive.open(info, "w", force_zip64=len(chunks) > 1000) as stream:
        for chunk in chunks:
            digest.update(chunk)
            stream.write(chunk)
            size += len(chunk)
    return "{0},sha256={1},{2}\n".format(name, base64.urlsafe_b64encode(digest.digest()).rstrip(b"=").decode(), size)


def deploy(store, root, members):
    """Stage a release of one wheel with these members ``(name, list of bytes)``, sent as a file; return its folder and what was said."""
    path = os.path.join(store.root, "shop-1.0-py3-none-any.whl")
    with zipfile.ZipFile(path, "w") as archive:
        rows = [write(archive, name, chunks) for name, chunks in [*members, *((name, [data]) for name, data in PLAIN.items())]]
        write(archive, INFO + "/RECORD", ["".join(rows).encode() + INFO.encode() + b"/RECORD,,\n"])
    manifest = store.manifest(store.add(path, bytecode=False))
    with open(os.path.join(store.root, "files.tar"), "wb") as stream:
        transfer.pack(stream, store.root, places(manifest))
    done = stage(root, "shop", manifest, stream=os.path.join(store.root, "files.tar"))
    return Layout(root).release("shop", manifest_id(manifest)), done


def test_very_many_files(store, root, record_property):
    members = [("shop/{0:03}/{1:05}.txt".format(number % 500, number), [b"%d" % number]) for number in range(FILES)]
    folder, done = deploy(store, root, members)
    record_property("count", ("files of one wheel", FILES))
    assert done["linked"] == FILES + 2 and done["copied"] == 0
    assert sum(len(names) for _parent, _folders, names in os.walk(os.path.join(folder, "lib"))) == FILES + 4  # with RECORD and INSTALLER


def test_a_very_large_file(store, root, record_property):
    members = [("shop/large", [bytes(1 << 20)] * (SIZE >> 20) + [bytes(SIZE & 0xFFFFF)])]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    folder, _done = deploy(store, root, members)
    record_property("count", ("MB of one file", SIZE >> 20))
    (large,) = [os.path.join(parent, "large") for parent, _folders, names in os.walk(folder) if "large" in names]
    assert os.stat(large).st_size == SIZE and os.stat(large).st_nlink == 2
    for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
        assert resource.getrusage(who).ru_maxrss < before + MORE
