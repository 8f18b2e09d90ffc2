# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What users bring: trees with versions from git, commits, files, extras and markers, private indexes, everything from sdists."""
import base64
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import tomllib

import pytest

from tests.testinfra.playing import SCRATCH, play, requirements
from tests.testinfra.sdists import Sdist

testinfra_hosts = ["ssh://build01"]
ROOT = "/var/lib/wheelhouse-test"
LOCAL = {"UV_DEFAULT_INDEX": "http://127.0.0.1:8099/simple/"}
BACKENDS = {
    "setuptools-scm": '[build-system]\nrequires = ["setuptools>=64", "setuptools-scm>=8"]\nbuild-backend = "setuptools.build_meta"\n'
                      '[project]\nname = "shop-scm"\ndynamic = ["version"]\n[tool.setuptools_scm]\n',
    "hatch-vcs": '[build-system]\nrequires = ["hatchling", "hatch-vcs"]\nbuild-backend = "hatchling.build"\n'
                 '[project]\nname = "shop-scm"\ndynamic = ["version"]\n[tool.hatch.version]\nsource = "vcs"\n',
    "root above": '[build-system]\nrequires = ["hatchling", "hatch-vcs"]\nbuild-backend = "hatchling.build"\n'
                  '[project]\nname = "shop-scm"\ndynamic = ["version"]\n[tool.hatch.version]\nsource = "vcs"\nraw-options = {root = ".."}\n',
    "static": '[build-system]\nrequires = ["setuptools>=64"]\nbuild-backend = "setuptools.build_meta"\n[project]\nname = "shop-scm"\nversion = "7.0"\n',
}


def build(path, app, *options, playbook="build", **variables):
    return play("build", playbook, *options, wheelhouse_app=app, wheelhouse_requirements=path,
                wheelhouse_dir=str(SCRATCH / "build/inputs/wheelhouse"), **variables)


def wheels(host, app, root=ROOT):
    """Return the wheels of the release that was built last, by name."""
    newest = host.check_output(f"ls -t {root}/releases/{app}/*.json | head -1")
    return {wheel["name"]: wheel for wheel in json.loads(host.file(newest).content_string)["wheels"]}


def lock_of(path):
    return pathlib.Path(path).with_name("pylock.toml")


def git(root, *arguments):
    return subprocess.run(["git", "-C", root, "-c", "user.name=x", "-c", "user.email=x@example.org", *arguments], check=True, text=True,
                          capture_output=True).stdout.strip()


def fresh(name):
    """Return a folder of that name that is new and empty, whether an earlier run left one or not."""
    folder = SCRATCH / "build/inputs" / name
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    return folder


@pytest.fixture(params=BACKENDS)
def tree(request):
    """Return the kind and the path of a project in a repository of its own, at its tag 1.2.0."""
    top = fresh("repository")
    root = top / "app" if request.param == "root above" else top
    (root / "shop_scm").mkdir(parents=True)
    (root / "shop_scm/__init__.py").write_text("", encoding="utf-8")
    (root / "pyproject.toml").write_text(BACKENDS[request.param], encoding="utf-8")
    git(top, "init", "--quiet")
    git(top, "add", "--all")
    git(top, "commit", "--quiet", "--message", "a release")
    git(top, "tag", "v1.2.0")
    return request.param, root


def test_the_version_of_a_project_comes_from_git(host, tree):
    kind, root = tree
    app = "scm-" + kind.replace(" ", "-")
    path = requirements("build", app, "greeting==1.0")
    environment = {"build_environment": {"UV_INDEX": LOCAL["UV_DEFAULT_INDEX"], "SSL_CERT_FILE": "/etc/ssl/certs/ca-certificates.crt",
                                         "HTTPS_PROXY": os.environ.get("HTTPS_PROXY", "")}}
    build(path, app, wheelhouse_project=str(root), **environment).succeeded()
    assert wheels(host, app)["shop-scm"]["version"] == ("7.0" if kind == "static" else "1.2.0")
    assert build(path, app, wheelhouse_project=str(root), **environment).succeeded().changed == 0
    (root / "shop_scm/__init__.py").write_text("changed = True\n", encoding="utf-8")
    build(path, app, wheelhouse_project=str(root), **environment).succeeded()
    version = wheels(host, app)["shop-scm"]["version"]
    assert version == "7.0" if kind == "static" else version.startswith("1.2.1.dev1+g")


def test_a_project_without_tags_is_refused_before_anything_is_done(host):
    root = fresh("untagged")
    (root / "pyproject.toml").write_text(BACKENDS["setuptools-scm"], encoding="utf-8")
    git(root, "init", "--quiet")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "no release")
    path = requirements("build", "untagged", "greeting==1.0")
    build(path, "untagged", wheelhouse_project=str(root), build_environment=LOCAL).failed("no tag that names a version", "git tag v1.0.0")
    assert not lock_of(path).exists()


def test_a_commit(host):
    commit = git(SCRATCH / "index/git/from-git", "rev-parse", "main")
    path = requirements("build", "commit", "from-git @ git+http://127.0.0.1:8099/git/from-git@v1.5")
    root = f"{ROOT}-commit"  # it is emptied on the way
    environment = {"SSL_CERT_FILE": "/etc/ssl/certs/ca-certificates.crt", "HTTPS_PROXY": os.environ.get("HTTPS_PROXY", "")}
    options = {"build_root": root, "build_environment": environment}
    host.check_output(f"rm -rf {root}")
    host.run("apt-get remove -y --purge git")
    build(path, "commit", **options).failed("add git to build_packages")
    assert not lock_of(path).exists()
    build(path, "commit", **options, build_packages=["git"]).succeeded()
    (package,) = tomllib.loads(lock_of(path).read_text(encoding="utf-8"))["packages"]
    assert package["vcs"]["commit-id"] == commit
    wheel = wheels(host, "commit", root)["from-git"]
    assert wheel["version"] == "1.5" and wheel["source"]["filename"] == f"from-git-{commit[:12]}.tar"
    assert wheel["source"]["url"] == f"git+http://127.0.0.1:8099/git/from-git@{commit}"
    build(path, "commit", playbook="fetch", **options).succeeded()
    # the server is gone and the build host new: the wheelhouse has it
    host.check_output(f"rm -rf {root}")
    host.check_output("mv /srv/test-index/git /srv/test-index/gone")
    try:
        shutil.rmtree(SCRATCH / "build/inputs/wheelhouse/releases/commit/inputs")
        done = build(path, "commit", **options, build_packages=["git"]).succeeded()
    finally:
        host.check_output("mv /srv/test-index/gone /srv/test-index/git")
    assert "fetching from-git from git" not in done.output
    assert wheels(host, "commit", root)["from-git"]["sha256"] == wheel["sha256"]
    host.check_output(f"rm -rf {root}")


def test_files_of_the_controller(host):
    folder = fresh("files")
    sdist = Sdist("local-sdist", "1.0", {"local_sdist/__init__.py": ""})
    (folder / sdist.filename).write_bytes(sdist.content())
    served = "http://127.0.0.1:8099/files/tally-1.0.tar.gz"
    path = requirements("build", "files", f"local-sdist @ file://{folder}/{sdist.filename}", f"tally @ {served}")
    build(path, "files", build_environment=LOCAL).succeeded()
    packages = {package["name"]: package["archive"] for package in tomllib.loads(lock_of(path).read_text(encoding="utf-8"))["packages"]}
    assert packages["local-sdist"]["path"] == f"../inputs/files/{sdist.filename}" and packages["tally"]["url"] == served
    assert ROOT not in lock_of(path).read_text(encoding="utf-8")
    made = wheels(host, "files")
    assert made["local-sdist"]["source"]["sha256"] == hashlib.sha256(sdist.content()).hexdigest() and not made["local-sdist"]["source"]["url"]
    # the wheel that was made of it serves as a published one
    name = made["local-sdist"]["filename"]
    wheel = base64.b64decode(host.check_output(f"base64 -w0 {ROOT}/wheels/{made['local-sdist']['sha256']}/{name}"))
    (folder / name).write_bytes(wheel)
    path = requirements("build", "files", f"local-sdist @ file://{folder}/{name}")
    build(path, "files", build_environment=LOCAL).succeeded()
    assert wheels(host, "files")["local-sdist"]["source"]["sha256"] == hashlib.sha256(wheel).hexdigest()
    assert wheels(host, "files")["local-sdist"]["sha256"] == hashlib.sha256(wheel).hexdigest()
    # another file under the same name is not what was locked
    shutil.rmtree(SCRATCH / "build/inputs/wheelhouse")
    (folder / name).write_bytes(wheel + b"changed")
    build(path, "files", build_environment=LOCAL).failed("is not the file that was locked", name)


def test_extras_and_markers(host):
    path = requirements("build", "extras", "requests[socks]", 'colorama ; sys_platform == "win32"', 'tomli ; python_version < "3.12"',
                        'six ; python_version >= "3.12"')
    build(path, "extras", playbook="build").succeeded()
    packages = {package["name"] for package in tomllib.loads(lock_of(path).read_text(encoding="utf-8"))["packages"]}
    assert {"requests", "pysocks", "colorama", "tomli", "six"} <= packages
    made = set(wheels(host, "extras"))
    assert {"requests", "pysocks", "tomli"} <= made and not made & {"colorama", "six"}


def test_everything_from_sdists(host):
    path = requirements("build", "sources", "idna", "markupsafe")
    build(path, "sources", build_no_binary=[":all:"]).succeeded()
    made = wheels(host, "sources")
    assert sorted(made) == ["idna", "markupsafe"]
    assert all(wheel["source"]["filename"].endswith(".tar.gz") for wheel in made.values())
    assert "linux_x86_64" in made["markupsafe"]["filename"]


def test_rust_without_a_compiler(host):
    path = requirements("build", "rust", "rpds-py")
    build(path, "rust", build_no_binary=[":all:"]).failed("rpds-py", "it is written in Rust", "build_only_binary")
    assert build(path, "rust", build_no_binary=[":all:"], build_only_binary=["rpds-py"]).succeeded()
    assert "manylinux" in wheels(host, "rust")["rpds-py"]["filename"]


def test_a_cooldown(host):
    path = requirements("build", "cooldown", "idna")
    build(path, "cooldown", playbook="lock", build_cooldown="2024-01-01").succeeded()
    before = lock_of(path).read_text(encoding="utf-8")
    assert 'version = "3.6"' in before
    assert build(path, "cooldown", playbook="lock", build_cooldown="7 days").succeeded().changed == 0
    assert lock_of(path).read_text(encoding="utf-8") == before
    path = requirements("build", "undated", "greeting")
    build(path, "undated", playbook="lock", build_cooldown="7 days", build_environment=LOCAL).failed("does not say when greeting was published", "PEP 700")
    assert not lock_of(path).exists()
