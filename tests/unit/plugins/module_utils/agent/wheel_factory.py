# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Wheels made on the spot, and a store that holds them."""
import base64
import hashlib
import io
import os
import py_compile
import stat
import sys
import zipfile

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common import platform, transfer
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.files import sha256_of
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.manifest import normalise, places


def record_row(path, data):
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    quoted = '"{0}"'.format(path.replace('"', '""')) if set(path) & set(',"\n') else path
    return "{0},sha256={1},{2}\n".format(quoted, digest, len(data))


def write_wheel(path, members, record=None, executable=()):
    """Write a wheel of the members ``[(name, bytes)]`` and a RECORD that fits, unless ``record`` is the text of another."""
    listed = "".join(record_row(name, data) for name, data in members if not name.endswith("/"))
    info_folder = next(name.split("/")[0] for name, _data in members if name.split("/")[0].endswith(".dist-info"))
    with zipfile.ZipFile(str(path), "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members + [
            (info_folder + "/RECORD", (listed + info_folder + "/RECORD,,\n" if record is None else record).encode())
        ]:
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = (stat.S_IFREG | (0o755 if name in executable else 0o644)) << 16
            archive.writestr(info, data)
    return str(path)


def bytecode_zip(path, folder):
    """Return the zip of bytecode for the wheel at ``path``, as a build host makes it."""
    output = io.BytesIO()
    with zipfile.ZipFile(path) as wheel, zipfile.ZipFile(output, "w") as packed:
        for name in wheel.namelist():
            if name.endswith(".py") and ".data/" not in name:
                source = os.path.join(str(folder), "source.py")
                with open(source, "wb") as stream:
                    stream.write(wheel.read(name))
                parent, slash, base = name.rpartition("/")
                target = "{0}{1}__pycache__/{2}.{3}.pyc".format(parent, slash, base[:-3], sys.implementation.cache_tag)
                py_compile.compile(source, source + "c", name, doraise=True, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
                with open(source + "c", "rb") as stream:
                    packed.writestr(zipfile.ZipInfo(target), stream.read())  # a fixed time: the same bytes whenever it is made
    return output.getvalue()


class Store:
    """A wheelhouse below ``root``, as the controller has it."""

    def __init__(self, root):
        self.root = str(root)

    def wheel(self, name="shop", version="1.0", files=None, extra=(), bytecode=True, project=False, needs=None, **options):
        """Make a wheel with ``files`` {path: text} and entry points and such in ``extra`` [(path, bytes)]; return its manifest entry."""
        members = [(path, text.encode("utf-8")) for path, text in
                   ({"{0}/__init__.py".format(name): "version = {0!r}\n".format(version)} if files is None else files).items()]
        folder = "{0}-{1}.dist-info".format(name, version)
        members += list(extra) + [
            (folder + "/METADATA", "Metadata-Version: 2.1\nName: {0}\nVersion: {1}\n".format(name, version).encode()),
            (folder + "/WHEEL", b"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n")]
        path = write_wheel(os.path.join(self.root, "{0}-{1}-py3-none-any.whl".format(name, version)), members, **options)
        return self.add(path, bytecode, project, needs)

    def add(self, path, bytecode=True, project=False, needs=None):
        """Move a wheel file into the store; return its manifest entry."""
        filename = os.path.basename(path)
        name, version = filename.split("-")[:2]
        sha256, size = self._keep(path, "wheels/{0}/" + filename)
        entry = {"name": normalise(name), "version": version, "filename": filename, "sha256": sha256, "size": size, "bytecode": None,
                 "source": {"project": "0" * 64} if project else {"filename": filename, "sha256": sha256, "size": size, "url": ""},
                 "needs": needs or {"libc_version": None, "libraries": [], "packages": []}}
        if bytecode:
            packed = os.path.join(self.root, "packed")
            with open(packed, "wb") as stream:
                stream.write(bytecode_zip(os.path.join(self.root, "wheels", sha256, filename), self.root))
            entry["bytecode"] = dict(zip(("sha256", "size"), self._keep(packed, "bytecode/{0}.zip")))
        return entry

    def _keep(self, path, place):
        sha256, size = sha256_of(path), os.stat(path).st_size
        target = os.path.join(self.root, place.format(sha256))
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.replace(path, target)
        return sha256, size

    def manifest(self, *entries, **members):
        """Return the manifest of a release of the app "shop" with these wheels."""
        return dict({"schema": 1, "app": "shop", "lock": "0" * 64, "project": None, "platform": platform.describe(),
                     "options": {"no_binary": [], "only_binary": []}, "wheels": list(entries)}, **members)

    def tar(self, manifest, only=None):
        """Return a stream with all that the manifest names, or only some places."""
        stream = io.BytesIO()
        transfer.pack(stream, self.root, places(manifest) if only is None else only)
        stream.seek(0)
        return stream
