# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What reads bytes that came from elsewhere, by name: a function of the bytes and of a folder, and bytes to begin with."""
import io
import json
import os
import sys
import tarfile

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent import bytecode, check, elf, history, record, requires_python, scripts, unpack, wheel
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder import sdist
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common import manifest, signature, transfer
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils import lockfile
from ansible_collections.nogcc.wheelhouse.tests.faults import seeds
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.module_utils.agent import hostile
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.module_utils.builder.package_factory import sdist_of

NAME = wheel.parse_filename(seeds.ENTRY["filename"])
METADATA = "Name: shop\nVersion: 1.0\n"
ABOUT = "Wheel-Version: 1.0\nTag: py3-none-any\n"
LOCK = f"""lock-version = "1.0"
requires-python = ">=3.9"
[[packages]]
name = "shop"
version = "1.0"
marker = "python_version >= '3.9'"
sdist = {{ url = "https://example.org/shop-1.0.tar.gz", size = 9, hashes = {{ sha256 = "{'0' * 64}" }} }}
[[packages.wheels]]
url = "https://example.org/shop-1.0-py3-none-any.whl"
hashes = {{ sha256 = "{'1' * 64}" }}
[tool.nogcc-wheelhouse]
requirements = ["shop"]
constraints = []
"""
SIGNED = signature.state(seeds.MANIFEST, 1, None).decode() + """-----BEGIN SSH SIGNATURE-----
U1NIU0lHAAAAAQAAAAQAAAAAAAAAEG5vZ2NjLndoZWVsaG91c2UA
-----END SSH SIGNATURE-----
"""


def text(data):
    return data.decode("utf-8", "surrogateescape")


def stream(data, target):
    expected = {place: (place.split("/")[1], len(content)) for place, content in seeds.GOOD.items()}
    transfer.unpack(io.BytesIO(data), target, expected, durable=False)


def uploaded(data, target):
    seeds.uploaded(data, target, {place: (place.split("/")[1], len(content)) for place, content in seeds.GOOD.items()})


def made_up_manifest(data, target):
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return
    manifest.validate(found)
    manifest.manifest_id(found)
    check.check(os.path.join(target, "root"), "shop", found)


def past(data, target):
    with open(os.path.join(target, "history.jsonl"), "wb") as file:
        file.write(data)
    entries = history.read(os.path.join(target, "history.jsonl"))
    history.stack(entries)
    history.below_top(entries, "0" * 16, ["1" * 16])
    history.newest(entries)


def source(name):
    def how(data, target):
        path = os.path.join(os.path.dirname(target), "input")
        os.mkdir(path)
        with open(os.path.join(path, name), "wb") as file:
            file.write(data)
        sdist.unpack_source(os.path.join(path, name), os.path.join(target, "source"))
    return how


def packed(name, form):
    """Return a small archive that is not compressed, so that the bytes of its headers lie open."""
    found = io.BytesIO()
    with tarfile.open(fileobj=found, mode="w", format=form) as archive:
        info = tarfile.TarInfo(name)
        info.size = 1
        archive.addfile(info, io.BytesIO(b"x"))
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, name
        archive.addfile(link)
    return found.getvalue()


def interpreter():
    """Return the beginning of an ELF file."""
    with open(os.path.realpath(sys.executable), "rb") as file:
        return file.read(4096)


PARSERS = {
    "wheel": (lambda data, target: seeds.read(unpack.unpack, data, target), seeds.WHEELS),
    "bytecode": (lambda data, target: seeds.read(bytecode.unpack, data, os.path.join(target, "tree")), [hostile.bytecode((seeds.PYC, hostile.pyc()))]),
    "stream": (stream, [seeds.tar(tarfile.PAX_FORMAT), seeds.tar(tarfile.GNU_FORMAT)]),
    "uploaded": (uploaded, [seeds.tar(tarfile.PAX_FORMAT), seeds.tar(tarfile.GNU_FORMAT)]),
    "sdist": (source("shop-1.0.tar"), [packed("shop-1.0/setup.py", tarfile.PAX_FORMAT), packed("shop-1.0/" + "x" * 120, tarfile.GNU_FORMAT)]),
    "compressed sdist": (source("shop-1.0.tar.gz"), [sdist_of("shop")]),
    "zipped sdist": (source("shop-1.0.zip"), seeds.WHEELS),
    "record": (lambda data, _target: record.parse(text(data)), [b"shop/__init__.py,sha256=AAAA,4\nshop-1.0.dist-info/RECORD,,\n"]),
    "entry points": (lambda data, _target: scripts.parse_entry_points(text(data)), [b"[console_scripts]\nshop = shop:main\n[other]\nx = y\n"]),
    "metadata": (lambda data, _target: wheel.check_metadata(METADATA + text(data), ABOUT, "shop", "1.0", NAME), [b"Requires-Dist: lib\n\ntext\n"]),
    "tags": (lambda data, _target: wheel.check_metadata(METADATA, ABOUT + text(data), "shop", "1.0", NAME), [b"Tag: py2.py3-none-any\n"]),
    "wheel's name": (lambda data, _target: wheel.parse_filename(text(data)), [b"shop-1.0-py3-none-any.whl", b"shop-1.0-1a-cp311-abi3-linux_x86_64.whl"]),
    "requires-python": (lambda data, _target: requires_python.accepts(text(data), "3.11.2"), [b">=3.9,<4,!=3.10.*,~=3.9.1", b"===3.11.2"]),
    "manifest": (made_up_manifest, [json.dumps(seeds.MANIFEST).encode()]),
    "signature": (lambda data, _target: signature.read(text(data)), [SIGNED.encode()]),
    "elf": (lambda data, _target: elf.read(io.BytesIO(data), "shop"), [interpreter()]),
    "history": (past, [b'{"action":"deploy","from":null,"outcome":"ok","to":"0000000000000000"}\n{"action":"rollback","outcome":"ok","to":"1"}\n']),
    "lock": (lambda data, _target: lockfile.parse_lock(data.decode("utf-8", "replace"), "pylock.toml"), [LOCK.encode()]),
}


def planted(data, _target):
    """Has a defect that chance does not find: the right four bytes, one after another."""
    if data[:1] == b"w":
        if data[1:2] == b"h":
            if data[2:3] == b"l":
                if data[3:4] == b"!":
                    raise ValueError("found")
