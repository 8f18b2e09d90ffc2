# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An index on this machine, and the sdists and wheels in it, made on the spot."""
from __future__ import annotations

import base64
import hashlib
import http.server
import io
import json
import tarfile
import threading
import zipfile

#: A PEP 517 back end that needs nothing: it zips the package of the same name. ``extra`` is what a test lets it do besides.
BACKEND = r'''
import base64, hashlib, os, socket, sys, time, urllib.request, zipfile
NAME, VERSION, REQUIRES = {name!r}, {version!r}, {requires!r}

def build_wheel(folder, config_settings=None, metadata_directory=None):
    stem = NAME.replace("-", "_") + "-" + VERSION
    filename = stem + "-py3-none-any.whl"
    print("building", filename)
    {extra}
    files = {{NAME.replace("-", "_") + ".py": b"value = 1\n"}}
    files[stem + ".dist-info/METADATA"] = "\n".join(
        ["Metadata-Version: 2.1", "Name: " + NAME, "Version: " + VERSION] + ["Requires-Dist: " + text for text in REQUIRES] + [""]).encode()
    files[stem + ".dist-info/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    hashes = {{name: base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode() for name, data in files.items()}}
    record = "".join("%s,sha256=%s,%d\n" % (name, hashes[name], len(data)) for name, data in files.items())
    files[stem + ".dist-info/RECORD"] = (record + stem + ".dist-info/RECORD,,\n").encode()
    with zipfile.ZipFile(os.path.join(folder, filename), "w") as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return filename

def get_requires_for_build_wheel(config_settings=None):
    {hook}
    return {hook_requires!r}
'''


def tar_of(members):
    """Return the bytes of a .tar.gz; ``members`` maps names to bytes, or to a prepared tarfile.TarInfo."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for name, data in members.items():
            if isinstance(data, tarfile.TarInfo):
                archive.addfile(data)
                continue
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return stream.getvalue()


def sdist_of(name, version="1.0", extra="pass", requires=(), build_requires=(), hook_requires=(), files=None, hook="pass"):
    """Return the bytes of an sdist whose back end runs the statement ``extra`` while it builds.

    The hook for build requirements runs the statement ``hook`` and asks for ``hook_requires``.
    """
    top = f"{name}-{version}/"
    metadata = f"Metadata-Version: 2.2\nName: {name}\nVersion: {version}\n" + "".join(f"Requires-Dist: {text}\n" for text in requires)
    wanted, needed = (", ".join(f'"{text}"' for text in texts) for texts in (build_requires, requires))
    members = {
        "PKG-INFO": metadata,
        "pyproject.toml": f'[build-system]\nrequires = [{wanted}]\nbuild-backend = "backend"\nbackend-path = ["."]\n'
                          f'[project]\nname = "{name}"\nversion = "{version}"\ndependencies = [{needed}]\n',
        "backend.py": BACKEND.format(name=name, version=version, requires=list(requires), extra=extra, hook=hook,
                                     hook_requires=list(hook_requires)), **(files or {})}
    return tar_of({top + path: text.encode() for path, text in members.items()})


def wheel_of(name, version="1.0", requires=(), files=None, tag="py3-none-any", stated=None):
    """Return the bytes of a wheel; ``files`` maps paths to bytes, ``stated`` is the name that its metadata has."""
    info = f"{name.replace('-', '_')}-{version}.dist-info/"
    members = dict(files if files is not None else {f"{name}.py": b"value = 1\n"})
    members[info + "METADATA"] = (f"Metadata-Version: 2.1\nName: {stated or name}\nVersion: {version}\n"
                                  + "".join(f"Requires-Dist: {text}\n" for text in requires)).encode()
    members[info + "WHEEL"] = f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: {tag}\n".encode()
    rows = [f"{path},sha256={base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b'=').decode()},{len(data)}"
            for path, data in members.items()]
    members[info + "RECORD"] = "\n".join([*rows, info + "RECORD,,", ""]).encode()
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for path, data in members.items():
            archive.writestr(zipfile.ZipInfo(path), data)
    return stream.getvalue()


class Index:
    """A package index (PEP 503) that serves what ``add`` was given; ``answers`` holds functions that answer in its place."""

    def __init__(self):
        self.files: dict[str, bytes] = {}
        self.answers: dict[str, list] = {}
        self.requests: list[tuple[str, dict]] = []
        self.login = ""  # "user:password" lets in only who says so
        self.uploaded: dict[str, str] = {}  # when each file came (PEP 700); without any, the pages do not say
        index = self

        class Handler(http.server.BaseHTTPRequestHandler):
            """Answers one request."""

            def do_GET(self):
                """Serve a file, a project's page, or what a test wants instead."""
                index.requests.append((self.path, dict(self.headers)))
                if not index.lets_in(self):
                    send(self, 401, b"who are you?", WWW_Authenticate="Basic")
                elif index.answers.get(self.path):
                    index.answers[self.path].pop(0)(self)
                else:
                    index.answer(self)

            def do_HEAD(self):
                """Say that a file is here; uv asks before it reads a wheel's end."""
                send(self, 401 if not index.lets_in(self) else 200 if self.path.rpartition("/")[2] in index.files else 404, b"")

            def log_message(self, *_arguments):
                """Keep quiet."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def environment(self):
        """What build_environment says for this index."""
        return {"UV_DEFAULT_INDEX": self.url + "/simple", "UV_HTTP_RETRIES": "0"}

    def add(self, filename, data):
        """Serve ``data`` as ``filename``; return its table for a lock (PEP 751)."""
        self.files[filename] = data
        return {"url": f"{self.url}/files/{filename}", "size": len(data), "hashes": {"sha256": hashlib.sha256(data).hexdigest()}}

    def add_sdist(self, name, version="1.0", **options):
        """Serve an sdist; return its package table."""
        return {"name": name, "version": version, "sdist": self.add(f"{name}-{version}.tar.gz", sdist_of(name, version, **options))}

    def add_wheel(self, name, version="1.0", tag="py3-none-any", **options):
        """Serve a wheel; return its package table."""
        filename = f"{name.replace('-', '_')}-{version}-{tag}.whl"
        return {"name": name, "version": version, "wheels": [self.add(filename, wheel_of(name, version, tag=tag, **options))]}

    def lets_in(self, handler):
        """Tell whether a request has the login that it needs."""
        return not self.login or handler.headers.get("Authorization") == "Basic " + base64.b64encode(self.login.encode()).decode()

    def answer(self, handler):
        """Answer as an index does."""
        kind, _slash, name = handler.path.strip("/").partition("/")
        if kind == "files" and name in self.files:
            send(handler, 200, self.files[name])
            return
        if self.uploaded and kind == "simple":
            rows = [{"filename": filename, "url": f"{self.url}/files/{filename}", "hashes": {"sha256": hashlib.sha256(data).hexdigest()},
                     **({"upload-time": self.uploaded[filename]} if filename in self.uploaded else {})}
                    for filename, data in sorted(self.files.items()) if filename.replace("_", "-").startswith(name.strip("/") + "-")]
            page = {"meta": {"api-version": "1.1"}, "name": name.strip("/"), "files": rows, "versions": []}
            send(handler, 200 if rows else 404, json.dumps(page).encode(), "application/vnd.pypi.simple.v1+json")
            return
        rows = [f'<a href="../../files/{filename}#sha256={hashlib.sha256(data).hexdigest()}">{filename}</a>'
                for filename, data in sorted(self.files.items()) if filename.replace("_", "-").startswith(name + "-")]
        send(handler, 200 if kind == "simple" and rows else 404, "".join(rows).encode(), "text/html")


def send(handler, status, data, kind="application/octet-stream", length=None, **headers):
    """Send an answer; ``length`` may promise more than comes."""
    handler.send_response(status)
    for name, value in {"Content-Type": kind, "Content-Length": str(len(data) if length is None else length), **headers}.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(data)


class PackageDatabase:
    """A database of dpkg's below ``folder`` with packages that a test adds; their files are there too, below the same folder."""

    def __init__(self, folder, monkeypatch):
        self.folder = folder
        (folder / "dpkg" / "info").mkdir(parents=True)
        (folder / "dpkg" / "status").write_text("")
        monkeypatch.setenv("DPKG_ADMINDIR", str(folder / "dpkg"))

    def add(self, name, version, files, status="install ok installed"):
        """Install a package with ``files`` (path: text; None for one that is listed only); return its row of the toolchain."""
        with (self.folder / "dpkg" / "status").open("a") as stream:
            stream.write(f"Package: {name}\nStatus: {status}\nArchitecture: amd64\nVersion: {version}\nMaintainer: x\nDescription: x\n\n")
        for path, text in files.items():
            if text is not None:
                (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
                (self.folder / path).write_text(text)
        (self.folder / "dpkg" / "info" / f"{name}.list").write_text("".join(f"{self.folder}/{path}\n" for path in files))
        return f"{name} {version} amd64"
