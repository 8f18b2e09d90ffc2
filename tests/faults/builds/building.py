# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A build host, and an application to build on it: a C extension, an sdist that has a build requirement, a published wheel."""
import json
import os
import pathlib
import subprocess
import time

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder import job, progress
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder.exclusive import is_held
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.files import sha256_of
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.manifest import manifest_id, places
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.platform import describe

#: An extension module, written without Python's headers, which a machine need not have.
MODULE = """\
struct definition {
    long references; void *type, *init; long index; void *copy; const char *name, *doc; long size; void *methods, *slots, *traverse, *clear, *free;
};
static struct definition definition = {1, 0, 0, 0, 0, "_native", 0, -1, 0, 0, 0, 0, 0};
extern void *PyModule_Create2(void *, int);
extern int PyModule_AddIntConstant(void *, const char *, long);
void *PyInit__native(void) {
    void *module = PyModule_Create2(&definition, 1013);
    PyModule_AddIntConstant(module, "version", VERSION);
    return module;
}
"""

#: Its back end (PEP 517), which calls the compiler.
BACKEND = """\
import base64, hashlib, os, subprocess, sysconfig, zipfile

def build_wheel(folder, config_settings=None, metadata_directory=None):
    tag = "cp{0}-cp{0}-linux_{1}".format(sysconfig.get_config_var("py_version_nodot"), os.uname().machine)
    stem, module = "native-@.0", "_native" + sysconfig.get_config_var("EXT_SUFFIX")
    subprocess.run(["cc", "-DVERSION=@", "-O2", "-shared", "-fPIC", "-o", module, "native.c"], check=True)
    with open(module, "rb") as stream:
        files = {module: stream.read()}
    files[stem + ".dist-info/METADATA"] = b"Metadata-Version: 2.1\\nName: native\\nVersion: @.0\\n"
    files[stem + ".dist-info/WHEEL"] = "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: false\\nTag: {0}\\n".format(tag).encode()
    rows = ["%s,sha256=%s,%d" % (name, base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode(), len(data))
            for name, data in files.items()]
    files[stem + ".dist-info/RECORD"] = "\\n".join(rows + [stem + ".dist-info/RECORD,,", ""]).encode()
    with zipfile.ZipFile(os.path.join(folder, stem + "-" + tag + ".whl"), "w") as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return stem + "-" + tag + ".whl"
"""


def packages(index, version):
    """Serve the application's packages, as they are at one version of it; return their tables for a lock."""
    index.add_wheel("tool")
    native = index.add_sdist("native", f"{version}.0", files={"native.c": MODULE, "backend.py": BACKEND.replace("@", str(version))})
    return [native, index.add_sdist("pure", f"{version}.0", build_requires=["tool"]), index.add_wheel("lib")]


class Host:
    """A build host below ``root`` that can be made again as it was before a build; what it was is kept in ``folder``."""

    def __init__(self, root, index, folder):
        self.root = root
        self.index = index
        self.before = str(folder / "before")
        self.packages = {version: packages(index, version) for version in (1, 2)}

    def request(self, version):
        return {"app": "shop", "lock": str(version) * 64, "packages": self.packages[version], "project": None, "no_binary": [], "only_binary": [],
                "platform": describe(), "environment": self.index.environment, "jobs": 2, "build_locks": []}

    def build(self, version):
        """Build to the end; return the result."""
        name = job.start(self.root, self.request(version))["job"]
        self.wait_until_ended(name)
        return progress.poll(self.root, name)["result"]

    def has_built(self):
        """Tell whether the newest job came to a good end."""
        result = max(pathlib.Path(self.root).glob("jobs/*")) / "result.json"
        return result.is_file() and "error" not in json.loads(result.read_bytes())

    def wait_until_ended(self, name):
        while is_held(os.path.join(self.root, "jobs", name, "running")):
            time.sleep(0.005)  # the processor is the build's

    def forget(self, *patterns):
        """Take away what these patterns match below the build root."""
        for pattern in patterns:
            for path in pathlib.Path(self.root).glob(pattern):
                path.unlink()

    def remember(self):
        subprocess.run(["rm", "-rf", self.before], check=True)
        subprocess.run(["cp", "-a", self.root, self.before], check=True)

    def restore(self):
        subprocess.run(["rm", "-rf", self.root], check=True)
        subprocess.run(["cp", "-a", self.before, self.root], check=True)

    # what is looked at afterwards

    def broken(self):
        """Return what lies under a name that it has not earned."""
        top, wrong = pathlib.Path(self.root), []
        for path in [*top.glob("sources/*/*"), *top.glob("wheels/*/*"), *top.glob("bytecode/*")]:
            if not path.name.startswith(".tmp-") and sha256_of(path) != (path.stem if path.parent.name == "bytecode" else path.parent.name):
                wrong.append(f"{path} is not what its name says")
        for path in [*top.glob("builds/**/*.json"), *top.glob("jobs/*/result.json")]:
            try:
                json.loads(path.read_bytes())
            except ValueError:
                wrong.append(f"{path} is not whole")
        for path in top.glob("releases/shop/*.json"):
            manifest = json.loads(path.read_bytes())
            lacking = [place for place in places(manifest) if not (top / place).is_file()]
            if manifest_id(manifest) != path.stem or lacking:
                wrong.append(f"{path} is not whole: {lacking}")
        return wrong

    def left_over(self):
        """Return what is still there of work that is over."""
        top = pathlib.Path(self.root)
        wrong = [str(path) for path in top.rglob("*") if path.name.startswith(".tmp-") or path.suffix == ".part"]
        for name in ("work", "reading", "locking", "uploads", "outgoing", "incoming"):
            wrong += [str(path) for path in top.glob(f"{name}/*")]
        return wrong + [str(path) for path in top.glob("environments/*") if not (path / "complete").is_file()]
