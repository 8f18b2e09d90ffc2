# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The packages that the scenarios install: small sdists of our own, in an index (PEP 503) of our own.

``python3 -m tests.testinfra.sdists FOLDER`` writes the index.
"""
import base64
import dataclasses
import gzip
import hashlib
import io
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tarfile
import tempfile

BACKEND = pathlib.Path(__file__).with_name("backend.py")

SERVING = '''\
import http.server
import sys

VERSION = "{version}"


class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response({status})
        self.end_headers()
        self.wfile.write(VERSION.encode())


def main():
    if len(sys.argv) > 1:
        http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Answer).serve_forever()
    print("greeting", VERSION)
'''

EXTENSION = """\
#include <Python.h>
static PyObject *one(PyObject *self, PyObject *unused) {{ return PyLong_FromLong(1); }}
static PyMethodDef methods[] = {{{{"one", one, METH_NOARGS, "Return 1."}}, {{NULL, NULL, 0, NULL}}}};
static struct PyModuleDef module = {{PyModuleDef_HEAD_INIT, "{name}", NULL, -1, methods}};
PyMODINIT_FUNC PyInit_{name}(void) {{ return PyModule_Create(&module); }}
"""

BINARY = """\
import os, sys
os.write(1, bytes(range(256)) * 999 + b"\\n")
sys.exit("the wrong kind of rain")
"""

MARKS = """\
import os
for folder in ("/root", "/home", "/home/deploy", "/tmp", "/var/tmp", "/dev/shm", "/run", "/", os.path.expanduser("~")):
    try:
        open(os.path.join(folder, "mark-of-a-build"), "w").close()
        print("wrote to", folder)
    except OSError as error:
        print(error)
"""

DAEMON = """\
import os
if not os.fork():
    os.setsid()
    if not os.fork():
        os.execvp("sleep", ["sleep", "48612"])
"""


#: While this file of a host is not there, the build of ``waits`` does not end.
GO_ON = "/srv/test-index/go-on"

WAITS = f"""\
import os, time
while not os.path.exists({GO_ON!r}):
    time.sleep(0.1)
"""


@dataclasses.dataclass
class Sdist:
    """One sdist.

    ``fails`` is what its build says before it exits, ``opens`` a URL that its build reads, ``runs`` Python that its build has another
    process run; ``random``: no two builds are alike.
    """

    name: str
    version: str
    files: dict = dataclasses.field(default_factory=dict)
    requires: tuple = ()
    script: str = ""
    extension: str = ""
    libraries: tuple = ()
    fails: str = ""
    opens: str = ""
    runs: str = ""
    random: bool = False
    build_requires: tuple = ()

    @property
    def filename(self):
        """The name of the file (PEP 625)."""
        return f"{self.name.replace('-', '_')}-{self.version}.tar.gz"

    def content(self):
        """Return the bytes of the file; the same ones each time."""
        recipe = {key: value for key, value in dataclasses.asdict(self).items() if key not in ("files", "requires", "build_requires")}
        lines = ["Metadata-Version: 2.2", f"Name: {self.name}", f"Version: {self.version}"]
        files = {"PKG-INFO": "\n".join(lines + [f"Requires-Dist: {text}" for text in self.requires]) + "\n",
                 "pyproject.toml": f'[build-system]\nrequires = {json.dumps(list(self.build_requires))}\nbuild-backend = "backend"\nbackend-path = ["."]\n\n'
                                   f'[project]\nname = "{self.name}"\nversion = "{self.version}"\n'
                                   f"dependencies = {json.dumps(list(self.requires))}\n",
                 "recipe.json": json.dumps(recipe), "backend.py": BACKEND.read_text(encoding="utf-8"), **self.files}
        if self.extension:
            files["extension.c"] = EXTENSION.format(name=self.extension)
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as archive:
            for path, text in files.items():
                member = tarfile.TarInfo(f"{self.filename[:-7]}/{path}")
                member.size = len(text.encode())
                archive.addfile(member, io.BytesIO(text.encode()))
        return gzip.compress(packed.getvalue(), mtime=0)


def greeting(version, status=200):
    """Return a version of the package whose console script prints its version, or serves it over HTTP with ``status``."""
    return Sdist("greeting", version, {"greeting/__init__.py": SERVING.format(version=version, status=status)}, script="greeting:main")


SDISTS = [
    greeting("1.0"),
    greeting("2.0"),
    greeting("3.0", status=500),
    Sdist("tally", "1.0", extension="tally"),
    Sdist("needs-libpq", "1.0", extension="needs_libpq", libraries=("pq",)),
    Sdist("fails-to-import", "1.0", {"fails_to_import/__init__.py": "import no_such_module\n"}),
    Sdist("fails-to-build", "1.0", fails="the wrong kind of snow"),
    Sdist("dice", "1.0", {"dice/__init__.py": ""}, random=True),
    Sdist("needs-greeting", "1.0", {"needs_greeting/__init__.py": ""}, build_requires=("greeting==1.0",)),  # which is published as an sdist only
    Sdist("hen", "1.0", {"hen/__init__.py": ""}, build_requires=("egg",)),
    Sdist("egg", "1.0", {"egg/__init__.py": ""}, build_requires=("hen",)),
    Sdist("reaches-out", "1.0", opens="http://127.0.0.1:8099/simple/"),
    Sdist("never-ends", "1.0", runs="import time; time.sleep(48611)"),
    Sdist("eats-memory", "1.0", runs="[b'x' * (1 << 26) for _number in range(99)]"),
    Sdist("waits", "1.0", {"waits/__init__.py": ""}, runs=WAITS),
    Sdist("prints-binary", "1.0", runs=BINARY),
    Sdist("marks-homes", "1.0", {"marks_homes/__init__.py": ""}, runs=MARKS),
    Sdist("leaves-a-daemon", "1.0", {"leaves_a_daemon/__init__.py": ""}, runs=DAEMON),
]


def write_index(folder, sdists=tuple(SDISTS)):
    """Write the index pages and the files below ``folder``."""
    pages = {}
    for sdist in sdists:
        data = sdist.content()
        place = pathlib.Path(folder) / "files" / sdist.filename
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
        digest = hashlib.sha256(data).hexdigest()
        pages.setdefault(sdist.name, []).append(f'<a href="../../files/{sdist.filename}#sha256={digest}">{sdist.filename}</a><br>\n')
    pages[""] = [f'<a href="{name}/">{name}</a><br>\n' for name in list(pages)]
    for name, anchors in pages.items():
        page = pathlib.Path(folder) / "simple" / name / "index.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(f"<!DOCTYPE html>\n<html><body>\n{''.join(anchors)}</body></html>\n", encoding="utf-8")


def write_repository(folder):
    """Write a bare git repository, readable as plain files, of a package whose version comes from its tag; the same each time."""
    above = pathlib.Path(folder) / "git"
    who = {f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER")
           for what, value in (("NAME", "Tests"), ("EMAIL", "tests@example.org"), ("DATE", "2026-01-02T03:04:05Z"))}

    def git(*arguments):
        subprocess.run(["git", "--git-dir", "from-git", *arguments], cwd=above, check=True, env={**os.environ, **who})

    if above.exists():
        shutil.rmtree(above)
    above.mkdir(parents=True)
    git("init", "--quiet", "--bare", "--template=", "--initial-branch=main")
    with tempfile.TemporaryDirectory() as tree:
        (pathlib.Path(tree) / "from_git").mkdir()
        (pathlib.Path(tree) / "from_git/__init__.py").write_text("ORIGIN = 'git'\n", encoding="utf-8")
        (pathlib.Path(tree) / "pyproject.toml").write_text(
            '[build-system]\nrequires = ["setuptools>=64", "setuptools-scm>=8"]\nbuild-backend = "setuptools.build_meta"\n'
            '[project]\nname = "from-git"\ndynamic = ["version"]\n[tool.setuptools_scm]\n', encoding="utf-8")
        git("--work-tree", tree, "add", "--all")
        git("--work-tree", tree, "commit", "--quiet", "--message", "a release")
    git("tag", "v1.5")
    git("repack", "-a", "-d", "--quiet")
    git("update-server-info")
    (above / "from-git/index").unlink()


if __name__ == "__main__":
    write_index(sys.argv[1])
    write_repository(sys.argv[1])


def large_sdist():
    """Return the sdist of ``large``, whose wheel is too large to be sent on standard input: 36 MB that can't be compressed."""
    text = base64.b64encode(random.Random(7).randbytes(36 << 20)).decode()
    return Sdist("large", "1.0", {"large/__init__.py": "", "large/data.py": f"# {text}\n"})
