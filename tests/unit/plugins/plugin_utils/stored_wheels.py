# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Wheels in a store, and the manifest that names them."""
import hashlib
import io
import os
import zipfile

PLATFORM = {"python": "3.11", "abi": "cp311", "machine": "x86_64", "libc": "glibc", "libc_version": "2.36", "os": "debian-12"}


def path_in(wheelhouse, place):
    """Return the path of a file of a wheelhouse of this machine."""
    return os.path.join(wheelhouse.where, place)


def put(root, kind, filename, data):
    """Store the bytes ``data``; return their SHA-256."""
    digest = hashlib.sha256(data).hexdigest()
    path = root / kind / (f"{digest}.zip" if kind == "bytecode" else f"{digest}/{filename}")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return digest


def wheel_bytes(name, version, requires_python=""):
    """Return a wheel that consists of its metadata."""
    packed = io.BytesIO()
    requires = f"Requires-Python: {requires_python}\n" if requires_python else ""
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(zipfile.ZipInfo(f"{name}-{version}.dist-info/METADATA"), f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{requires}")
    return packed.getvalue()


def entry(root, name, version, requires_python=""):
    """Store a wheel, its sdist and its bytecode; return its entry of a manifest."""
    wheel, sdist, code = wheel_bytes(name, version, requires_python), f"sdist of {name} {version}".encode(), f"code of {name} {version}".encode()
    filename = f"{name}-{version}-py3-none-any.whl"
    return {"name": name, "version": version, "filename": filename, "sha256": put(root, "wheels", filename, wheel), "size": len(wheel),
            "source": {"filename": f"{name}-{version}.tar.gz", "sha256": put(root, "sources", f"{name}-{version}.tar.gz", sdist), "size": len(sdist),
                       "url": f"https://example.org/{name}-{version}.tar.gz"},
            "bytecode": {"sha256": put(root, "bytecode", "", code), "size": len(code)},
            "needs": {"libc_version": None, "libraries": [], "packages": []}}


def manifest(*wheels, app="shop", lock="1" * 64):
    """Return the manifest of an app that consists of ``wheels``."""
    return {"schema": 1, "app": app, "lock": lock, "project": None, "platform": PLATFORM, "options": {"no_binary": [], "only_binary": []},
            "wheels": list(wheels)}
