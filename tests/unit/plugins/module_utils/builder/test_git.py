# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import base64
import os
import shutil
import tarfile

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder import supply
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder.choose import Artifact
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder.git import fetch_commits
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder.sdist import unpack_source
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import Blocked
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.module_utils.builder.git_server import GitServer, git
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.module_utils.builder.package_factory import BACKEND

STATIC = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n[project]\nname = "app"\nversion = "1.0"\n'
SCM = '[build-system]\nrequires = ["setuptools-scm"]\n[project]\nname = "app"\ndynamic = ["version"]\n[tool.setuptools_scm]\n'


@pytest.fixture(params=["smart", "dumb"])
def server(tmp_path_factory, request):
    made = GitServer(tmp_path_factory.mktemp("repositories"), smart=request.param == "smart")
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def fetch(server, store):
    """A function that fetches a commit; returns the sdist that it became and how many were fetched."""
    def run(commit, repository="app/.git", folder="", environment=None):
        url = f"git+{server.url}/{repository}@{commit}" + (f"#subdirectory={folder}" if folder else "")
        (found,), fetched = fetch_commits(store, environment or {}, [Artifact("app", "1.0", "vcs", "", url, "", None)], lambda text: None)
        return found, fetched
    return run


def path_of(store, artifact):
    return store.path_of("sources", artifact.sha256, artifact.filename)


def members(store, artifact):
    with tarfile.open(path_of(store, artifact)) as archive:
        return {member.name.partition("/")[2]: member for member in archive}


def text_of(store, artifact, name):
    with tarfile.open(path_of(store, artifact)) as archive:
        return archive.extractfile(f"{artifact.filename[:-4]}/{name}").read().decode()


def test_a_commit_becomes_an_sdist_and_is_fetched_once(server, fetch, store):
    commit = server.commit("app", {"pyproject.toml": STATIC, "src/app.py": "x = 1\n", "link": "->src/app.py"})
    os.chmod(os.path.join(server.root, "app/src/app.py"), 0o755)
    later = server.commit("app", {})
    found, fetched = fetch(later)
    assert (found.kind, found.filename, fetched) == ("sdist", f"app-{later[:12]}.tar", 1)
    assert found.size == os.stat(path_of(store, found)).st_size
    inside = members(store, found)
    assert sorted(inside) == ["link", "pyproject.toml", "src/app.py"]
    assert inside["link"].linkname == "src/app.py" and inside["src/app.py"].mode == 0o755 and inside["pyproject.toml"].mode == 0o644
    before = list(server.requests)
    assert fetch(later) == (found, 0) and server.requests == before
    assert members(store, fetch(commit)[0])["src/app.py"].mode == 0o644


def test_the_same_commit_gives_the_same_bytes_from_another_server(server, fetch, store, tmp_path):
    commit = server.commit("app", {"pyproject.toml": STATIC, "ä.txt": "x"})
    found, _fetched = fetch(commit)
    git(None, "clone", "--quiet", "--bare", str(server.root / "app"), str(server.root / "other"))
    git(str(server.root / "other"), "gc", "--quiet", "--aggressive")
    server.serve("other")
    assert fetch(commit, "other")[0].sha256 == found.sha256


def test_a_file_that_is_gone_is_fetched_again(server, fetch, store):
    commit = server.commit("app", {"pyproject.toml": STATIC})
    found, _fetched = fetch(commit)
    os.unlink(path_of(store, found))
    assert fetch(commit) == (found, 1)


def test_a_version_from_git(server, fetch, store):
    tagged = server.commit("app", {"pyproject.toml": SCM}, tag="v1.2.0")
    later = server.commit("app", {"x": "y"})
    said = text_of(store, fetch(tagged)[0], ".git_archival.txt")
    assert said == f"node: {tagged}\nnode-date: 2026-01-02T03:04:05Z\ndescribe-name: v1.2.0-0-g{tagged[:10]}\n".replace("Z\n", "+00:00\n")
    assert f"v1.2.0-1-g{later[:10]}" in text_of(store, fetch(later)[0], ".git_archival.txt")


def test_a_version_from_git_without_a_tag(server, fetch):
    with pytest.raises(Blocked, match="no tag leads to the commit"):
        fetch(server.commit("app", {"pyproject.toml": SCM}))


def test_a_folder_of_a_repository_is_built_within_it(server, fetch, store, tmp_path):
    commit = server.commit("app", {"python/pyproject.toml": SCM, "c/code.c": ""}, tag="1.0")
    found, _fetched = fetch(commit, folder="python")
    tree = unpack_source(path_of(store, found), str(tmp_path / "source"))
    assert os.listdir(os.path.join(tree, "../c")) == ["code.c"]
    assert sorted(os.listdir(tree)) == [".git_archival.txt", "pyproject.toml"]


def test_submodules_are_part_of_the_tree(server, fetch, store):
    inner = server.commit("inner", {"deep.c": "int x;"})
    server.commit("app", {"pyproject.toml": STATIC})
    app = str(server.root / "app")
    git(app, "submodule", "--quiet", "add", str(server.root / "inner"), "vendor/inner")
    git(app, "config", "--file", ".gitmodules", "submodule.vendor/inner.url", "../../inner/.git")
    found, _fetched = fetch(server.commit("app", {}))
    assert text_of(store, found, "vendor/inner/deep.c") == "int x;" and inner


def test_what_can_not_be_fetched_is_named(server, fetch, store):
    server.commit("app", {"pyproject.toml": STATIC})
    with pytest.raises(Blocked) as caught:
        fetch("12" * 20)
    assert "has no commit " + "12" * 20 in str(caught.value) or "could not be fetched" in str(caught.value)
    with pytest.raises(Blocked, match="could not be fetched"):
        fetch("12" * 20, "gone")
    assert not os.path.exists(store.path("sources"))


def test_credentials_come_from_the_environment_and_go_nowhere(server, fetch, store, monkeypatch):
    commit = server.commit("app", {"pyproject.toml": STATIC})
    server.authorization = "Basic " + base64.b64encode(b"user:se/cr%t").decode()
    with pytest.raises(Blocked, match="could not be fetched"):
        fetch(commit)
    environment = {"GIT_CONFIG_COUNT": 1, "GIT_CONFIG_KEY_0": f"http.{server.url}/.extraHeader",
                   "GIT_CONFIG_VALUE_0": f"Authorization: {server.authorization}"}
    assert fetch(commit, environment=environment)[1] == 1
    secret = server.authorization.split()[1].encode()
    for folder, _folders, names in os.walk(store.root):
        for name in names:
            with open(os.path.join(folder, name), "rb") as stream:
                assert secret not in stream.read()


def test_a_build_host_without_git(server, fetch, monkeypatch):
    monkeypatch.setattr("ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder.git_repository.shutil.which", lambda *_a, **_k: None)
    with pytest.raises(Blocked, match="add git to build_packages"):
        fetch("12" * 20)


def test_a_release_with_a_package_from_git(builds, server):
    backend = BACKEND.format(name="app", version="1.0", requires=[], extra="pass", hook="pass", hook_requires=[])
    commit = server.commit("app", {"pyproject.toml": STATIC, "backend.py": backend})
    package = {"name": "app", "version": "1.0", "vcs": {"type": "git", "url": server.url + "/app/.git", "commit-id": commit}}
    made = builds.run(package)
    assert made["built"] == ["app"]
    (wheel,) = made["manifest"]["wheels"]
    assert wheel["source"]["url"] == f"git+{server.url}/app/.git@{commit}" and wheel["source"]["filename"] == f"app-{commit[:12]}.tar"
    assert builds.run(package)["built"] == []


def test_a_commit_that_the_wheelhouse_has_is_not_fetched(builds, server):
    backend = BACKEND.format(name="app", version="1.0", requires=[], extra="pass", hook="pass", hook_requires=[])
    commit = server.commit("app", {"pyproject.toml": STATIC, "backend.py": backend})
    package = {"name": "app", "version": "1.0", "vcs": {"type": "git", "url": server.url + "/app/.git", "commit-id": commit}}
    (wheel,) = builds.run(package)["manifest"]["wheels"]
    known = {wheel["source"]["url"]: {field: wheel["source"][field] for field in ("filename", "sha256", "size")}}
    request = {"app": "shop", "packages": [package], "platform": None, "build_locks": [], "commits": known}
    assert supply.lacking(builds.store.root, request) == {"places": []}
    shutil.rmtree(builds.store.path("builds", "commits"))
    del server.requests[:]
    builds.run(package, commits=known)
    assert server.requests == []
    os.unlink(builds.store.path_of("sources", wheel["source"]["sha256"], wheel["source"]["filename"]))
    place = f"sources/{wheel['source']['sha256']}/{wheel['source']['filename']}"
    assert supply.lacking(builds.store.root, request) == {"places": [place]}
    assert supply.lacking(builds.store.root, {**request, "commits": {}}) == {"places": []}


def test_another_host_makes_the_same_bytes(builds, server):
    backend = BACKEND.format(name="app", version="1.0", requires=[], extra="pass", hook="pass", hook_requires=[])
    commit = server.commit("app", {"pyproject.toml": STATIC, "backend.py": backend})
    package = {"name": "app", "version": "1.0", "vcs": {"type": "git", "url": server.url + "/app/.git", "commit-id": commit}}
    compiled = builds.run(package, verify=True)["compiled"]
    for name in ("sources", "builds"):
        shutil.rmtree(builds.store.path(name))
    assert builds.run(package, task="verify", compiled=compiled)["verified"] == ["app"]
