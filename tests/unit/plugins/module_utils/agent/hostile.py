# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an attacker, or a broken tool, could send to a production host: wheels, bytecode, streams and manifests."""
import hashlib
import importlib.util
import io
import marshal
import os
import sys
import tarfile

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common import transfer
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.manifest import normalise, places
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.module_utils.agent import zip_factory
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.module_utils.agent.wheel_factory import record_row
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.module_utils.agent.zip_factory import member

INFO = "shop-1.0.dist-info"
SOURCE = b"version = 1\n"
PYC = "__pycache__/{{0}}.{0}.pyc".format(sys.implementation.cache_tag)


def text(name="shop", version="1.0", metadata=None, about=None):
    """Return METADATA and WHEEL as members' names and bytes."""
    metadata = "Metadata-Version: 2.1\nName: {0}\nVersion: {1}\n".format(name, version) if metadata is None else metadata
    about = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n" if about is None else about
    info = "{0}-{1}.dist-info".format(name, version)
    return [(info + "/METADATA", metadata.encode()), (info + "/WHEEL", about.encode())]


def wheel(*more, files=(("shop/__init__.py", SOURCE),), texts=None, record=None, name="shop", version="1.0", **zipped):
    """Return the bytes of a wheel: good ones, unless something is changed.

    ``more`` are pairs of name and bytes, or members of zip_factory; ``record`` is a function of RECORD's text, or another text.
    """
    plain = list(files) + (text(name, version) if texts is None else texts)
    members = [member(path, data) for path, data in plain]
    listed = "".join(record_row(path, data) for path, data in plain)
    for found in more:
        if isinstance(found, tuple):
            listed += record_row(*found)
            members.append(member(*found))
        else:
            members.append(found)
    listing = "{0}-{1}.dist-info/RECORD".format(name, version)
    listed += listing + ",,\n"
    listed = record(listed) if callable(record) else listed if record is None else record
    return zip_factory.build(members + [member(listing, listed.encode("utf-8", "surrogateescape"))], **zipped)


def entry_points(lines):
    """Return a wheel whose entry_points.txt has these lines among its commands."""
    return wheel((INFO + "/entry_points.txt", "[console_scripts]\n{0}\n".format(lines).encode()))


def pyc(source=SOURCE, magic=importlib.util.MAGIC_NUMBER, flags=1):
    """Return the bytes of a .pyc file."""
    code = compile(source, "shop", "exec")
    return magic + flags.to_bytes(4, "little") + importlib.util.source_hash(source) + marshal.dumps(code)


def bytecode(*members, **zipped):
    """Return a zip of bytecode with these members ``(name, bytes)``."""
    return zip_factory.build([member(*found) for found in members], **zipped)


class Wheelhouse:
    """A store in the folder ``root`` whose files are as promised by their hashes, whatever is in them."""

    def __init__(self, store):
        self.store = store

    def entry(self, data, filename="shop-1.0-py3-none-any.whl", code=None, **changes):
        """Store a wheel and perhaps its bytecode; return its entry of a manifest."""
        name, version = filename.split("-")[:2]
        found = dict(self._put("wheels", data, filename), name=normalise(name), version=version, filename=filename, bytecode=None,
                     source={"project": "0" * 64}, needs={"libc_version": None, "libraries": [], "packages": []})
        if code is not None:
            found["bytecode"] = self._put("bytecode", code, "")
        return dict(found, **changes)

    def _put(self, kind, data, filename):
        sha256 = hashlib.sha256(data).hexdigest()
        path = os.path.join(self.store.root, transfer.place_of(kind, sha256, filename))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as stream:
            stream.write(data)
        return {"sha256": sha256, "size": len(data)}

    def release(self, *entries, **changes):
        """Return the manifest of these entries and the stream of their files."""
        manifest = self.store.manifest(*entries)
        stream = self.store.tar(manifest).getvalue()
        return dict(manifest, **changes), stream

    def stream(self, alter):
        """Return a good manifest and a stream that ``alter`` made of its ``{place: bytes}``: a list of (TarInfo, bytes)."""
        manifest, _stream = self.release(self.entry(wheel()))
        files = {}
        for place in places(manifest):
            with open(os.path.join(self.store.root, place), "rb") as stream:
                files[place] = stream.read()
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive:
            for info, data in alter(files):
                archive.addfile(info, io.BytesIO(data))
        return manifest, packed.getvalue()


def tar_member(name, data=b"", kind=tarfile.REGTYPE, target=""):
    """Return a member of a tar."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = kind, target, len(data)
    return info, data
