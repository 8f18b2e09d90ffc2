# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is deployed in the deploy benchmark: two releases that differ in one package, made once by this project's own build."""
import os
import pathlib
import re
import sys
import tarfile
import tempfile

from .fleet import CACHE, DATA, run

APP = "bench"
ROOT = "/opt/bench-wheelhouse"
WHEELHOUSE = CACHE / "wheelhouse"
CHANGED = ("idna", "3.19")  # the second release has this version of it
BUILD_PACKAGES = ["libmariadb-dev", "libpq-dev"]
TRUST = {"SSL_CERT_FILE": "/etc/ssl/certs/ca-certificates.crt"}  # uv and pip on the build host, behind a proxy with a CA of its own
VARIABLES = {
    "wheelhouse_app": APP, "wheelhouse_dir": str(WHEELHOUSE), "deploy_root": ROOT, "build_packages": BUILD_PACKAGES,
    "build_environment": {**TRUST, **{name: os.environ[name] for name in ("HTTPS_PROXY", "UV_DEFAULT_INDEX") if name in os.environ}},
}


def pins(text):
    """Return ``{name: version}`` of the lines ``name==version``, whatever follows; comments and continued lines are passed over."""
    return dict(re.findall(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s;\\]+)", text, re.MULTILINE))


def with_version(text, name, version):
    """Return the list ``text`` with another version of one package. Raises ValueError when the package is not in it."""
    if name not in pins(text):
        raise ValueError(f"{name} is not in the list")
    return re.sub(rf"^{re.escape(name)}==.*$", f"{name}=={version}", text, flags=re.MULTILINE)


def requirements(letter):
    """Return the path of a release's requirements: "a", or "b" with one package changed."""
    return CACHE / letter / "requirements.in"


def make(fleet):
    """Have both releases in the wheelhouse, and for each a folder of its wheels with a plain list; quick when they are there."""
    text = (DATA / "webapp.txt").read_text()
    for letter, wanted in (("a", text), ("b", with_version(text, *CHANGED))):
        path = write(requirements(letter), wanted)
        fleet.playbook("nogcc.wheelhouse.build", wheelhouse_requirements=str(path))
        fleet.playbook("nogcc.wheelhouse.fetch", wheelhouse_requirements=str(path))


def write(path, wanted):
    """Write a requirements file, and remove a lock of other requirements beside it; return the path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text() != wanted:
        path.write_text(wanted)
        path.with_name("pylock.toml").unlink(missing_ok=True)
    return path


class Release:
    """The files of one release, from its manifest (see docs/how_it_works.md)."""

    def __init__(self, manifest):
        self.wheels = {wheel["filename"]: f"wheels/{wheel['sha256']}/{wheel['filename']}" for wheel in manifest["wheels"]}
        self.bytecode = [f"bytecode/{wheel['bytecode']['sha256']}.zip" for wheel in manifest["wheels"] if wheel.get("bytecode")]
        self.pins = "".join(f"{wheel['name']}=={wheel['version']}\n" for wheel in manifest["wheels"])

    def places(self):
        """Return the places of all files in the wheelhouse."""
        return [*self.wheels.values(), *self.bytecode]

    def lay_out(self, folder):
        """Make ``folder`` with the wheels, as links, and ``requirements.txt`` beside it; return the folder."""
        wheels = pathlib.Path(folder, "wheels")
        wheels.mkdir(parents=True, exist_ok=True)
        for path in wheels.iterdir():
            path.unlink()
        for name, place in self.wheels.items():
            os.link(WHEELHOUSE / place, wheels / name)
        pathlib.Path(folder, "requirements.txt").write_text(self.pins)
        return pathlib.Path(folder)


def write_tar(places, path):
    """Write the files at ``places`` of the wheelhouse to the tar ``path``; return the path."""
    with tarfile.open(path, "w") as archive:
        for place in places:
            archive.add(WHEELHOUSE / place, place)
    return path


def pip_wheel():
    """Return the path of pip's own wheel, which runs as a program; by hash, through this machine's ordinary index."""
    folder = CACHE / "tools"
    folder.mkdir(parents=True, exist_ok=True)
    found = list(folder.glob("pip-*.whl"))
    if not found:
        with tempfile.TemporaryDirectory(dir=CACHE) as scratch:
            run([sys.executable, "-m", "pip", "download", "--quiet", "--require-hashes", "--no-deps", "--only-binary", ":all:", "--dest",
                 scratch, "--requirement", DATA / "pip.txt"])
            for path in pathlib.Path(scratch).iterdir():
                path.rename(folder / path.name)
        found = list(folder.glob("pip-*.whl"))
    return found[0]
