# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import hashlib
import os
import sys
from urllib.parse import quote

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder import resolve, uv
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder.choose import choose
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.exchange import receive
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.lockfile import parse_lock
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.module_utils.builder.git_server import GitServer
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.module_utils.builder.package_factory import sdist_of, send, wheel_of


@pytest.fixture
def lock(root, index, sandbox):
    """A function that locks requirements files against the index."""
    def run(text="app\n", files=None, **options):
        files = {"requirements.in": text, **(files or {})}
        return resolve.lock(root, files, "requirements.in", environment=index.environment, **options)["lock"]
    return run


def test_a_lock_names_every_artifact_with_its_hash(lock, index, root):
    made = index.add_sdist("app", requires=["lib"])
    index.add_wheel("lib")
    index.add_wheel("lib", "2.0", tag="cp27-cp27m-win32")
    text = lock()
    assert made["sdist"]["hashes"]["sha256"] in text and made["sdist"]["url"] in text
    assert 'name = "lib"' in text and root not in text and "requires-python" in text
    assert os.listdir(os.path.join(root, "locking")) == []


def test_versions_stay_until_they_are_upgraded(lock, index):
    index.add_wheel("app")
    index.add_wheel("lib")
    before = lock("app\nlib\n")
    index.add_wheel("app", "2.0")
    index.add_wheel("lib", "2.0")
    assert lock("app\nlib\n", previous=before) == before
    assert lock("app\nlib\n", previous=before, upgrade=["app"]).count('version = "2.0"') == 1
    assert lock("app\nlib\n", previous=before, upgrade=True).count('version = "2.0"') == 2
    assert lock("app\nlib==2.0\n", previous=before).count('version = "2.0"') == 1


def test_markers_of_other_platforms_stay_in_the_lock(lock, index):
    index.add_wheel("app", requires=["lib; sys_platform == 'win32'"])
    index.add_wheel("lib")
    assert "win32" in lock()


def test_files_that_include_others(lock, index):
    index.add_wheel("app")
    index.add_wheel("app", "2.0")
    index.add_wheel("lib")
    text = lock("-r base/app.in\n-c limits.txt\nlib\n", files={"base/app.in": "app\n", "limits.txt": "app<2\n"})
    assert 'version = "2.0"' not in text and 'name = "lib"' in text
    assert 'version = "2.0"' not in lock("app\n", files={"limits.txt": "app<2\n"}, constraints=["limits.txt"])


def test_only_binary_keeps_to_versions_with_wheels(lock, index):
    index.add_wheel("app")
    index.add_sdist("app", "2.0")
    assert 'version = "2.0"' in lock()
    assert 'version = "1.0"' in lock(only_binary=["app"])


@pytest.mark.parametrize("text, words", [
    ("absent\n", "absent"), ("app==7\n", "app==7"), ("app>>1\n", "app>>1"), ("app\n-r missing.in\n", "missing.in"),
    ("app<1\n", "app<1"), ("app==1.0\napp==2.0\n", "app"),
])
def test_what_can_not_be_resolved(lock, index, root, text, words):
    index.add_wheel("app")
    with pytest.raises(WheelhouseError) as caught:
        lock(text)
    assert words in str(caught.value) and caught.value.hint and root not in str(caught.value)


@pytest.mark.parametrize("name", ["../outside.in", "/etc/outside.in", "a/../../outside.in"])
def test_files_outside(lock, name):
    with pytest.raises(WheelhouseError, match="outside"):
        lock(files={name: ""})


def test_an_index_that_is_not_there(root, sandbox):
    with pytest.raises(WheelhouseError) as caught:
        resolve.lock(root, {"a.in": "app\n"}, "a.in", environment={
            "UV_DEFAULT_INDEX": "http://user:secret@127.0.0.1:9/simple", "UV_HTTP_RETRIES": "0"})
    assert "UV_DEFAULT_INDEX" in caught.value.hint and "secret" not in str(caught.value)


@pytest.mark.parametrize("answer", [
    lambda handler: send(handler, 500, b"sorry"),
    lambda handler: send(handler, 200, b"<html>please log in</html>", "text/html"),
    lambda handler: send(handler, 200, b"nonsense", "application/octet-stream"),
    lambda handler: send(handler, 200, b'<a href="../../files/app-1.0-py3-none-any.whl">', "text/html", length=4000),  # half of the page
    lambda handler: None,
])
def test_an_index_that_answers_nonsense(lock, index, root, answer):
    index.add_wheel("app")
    index.answers["/simple/app/"] = [answer] * 9
    with pytest.raises(WheelhouseError) as caught:
        lock()
    assert "app" in caught.value.message and caught.value.hint and root not in str(caught.value)


def test_extras_and_markers(lock, index):
    index.add_wheel("requests", requires=["socks-lib; extra == 'socks'", "always"])
    for name in ("socks-lib", "always", "only-windows", "only-old"):
        index.add_wheel(name)
    text = lock('requests[socks]\nonly-windows ; sys_platform == "win32"\nonly-old ; python_version < "3.12"\n')
    rows = {row["name"]: row.get("marker") for row in parse_lock(text, "pylock.toml").packages}
    assert sorted(rows) == ["always", *(["only-old"] if sys.version_info < (3, 12) else []), "only-windows", "requests", "socks-lib"]
    assert rows["only-windows"] == "sys_platform == 'win32'" and rows["socks-lib"] is None


def test_a_changed_constraint_counts(lock, index):
    index.add_wheel("app")
    index.add_wheel("app", "2.0")
    before = lock("app\n-c limits.txt\n", files={"limits.txt": "app<2\n"})
    assert 'version = "1.0"' in before
    assert 'version = "2.0"' in lock("app\n-c limits.txt\n", files={"limits.txt": "app>=2\n"}, previous=before)


@pytest.mark.parametrize("kind", ["sdist", "wheel"])
def test_a_file_at_a_url(lock, index, kind):
    made = index.add_sdist("app")["sdist"] if kind == "sdist" else index.add_wheel("app")["wheels"][0]
    (package,) = parse_lock(lock(f"app @ {made['url']}\n"), "pylock.toml").packages
    assert package["archive"]["url"] == made["url"] and package["archive"]["hashes"] == made["hashes"]
    assert choose([package])[0].kind == kind


def test_files_of_the_controller(lock, index, root):
    rows = []
    for name, data in (("app-1.0.tar.gz", sdist_of("app", requires=["lib"])), ("lib-1.0-py3-none-any.whl", wheel_of("lib")),
                       ("a b+c-1.0.tar.gz", sdist_of("other"))):
        folder = receive(root)["incoming"]
        with open(os.path.join(folder, name), "wb") as stream:
            stream.write(data)
        rows.append({"url": "file:///home/me/" + quote(name), "path": os.path.join(folder, name), "locked": "../files/" + name})
    text = "app @ file:///home/me/app-1.0.tar.gz\nlib @ file:///home/me/lib-1.0-py3-none-any.whl\nother @ file:///home/me/a%20b%2Bc-1.0.tar.gz\n"
    made = lock(text, local=rows)
    found = {package["name"]: package["archive"] for package in parse_lock(made, "pylock.toml").packages}
    assert {name: archive["path"] for name, archive in found.items()} == {
        "app": "../files/app-1.0.tar.gz", "lib": "../files/lib-1.0-py3-none-any.whl", "other": "../files/a b+c-1.0.tar.gz"}
    assert found["lib"]["hashes"]["sha256"] == hashlib.sha256(wheel_of("lib")).hexdigest()
    assert root not in made and os.listdir(os.path.join(root, "uploads")) == []


def test_a_commit(lock, tmp_path_factory):
    server = GitServer(tmp_path_factory.mktemp("repositories"))
    commit = server.commit("app", {"pyproject.toml": '[project]\nname = "app"\nversion = "1.5"\n'}, tag="v1.5")
    try:
        locked = [parse_lock(lock(f"app @ git+{server.url}/app/.git@{name}\n"), "pylock.toml").packages for name in ("v1.5", commit)]
    finally:
        server.server.shutdown()
        server.server.server_close()
    for (package,) in locked:
        assert (package["version"], package["vcs"]["commit-id"]) == ("1.5", commit)
        assert choose([package])[0].url == f"git+{server.url}/app/.git@{commit}"


def test_a_cooldown_leaves_out_what_is_young_and_keeps_what_is_pinned(lock, index):
    for version, moment in (("1.0", "2020-01-01"), ("2.0", "2025-01-01"), ("3.0", "2025-06-01")):
        index.add_wheel("app", version)
        index.uploaded[f"app-{version}-py3-none-any.whl"] = moment + "T00:00:00Z"
    old = lock(cooldown="2024-01-01")
    assert 'version = "1.0"' in old
    assert lock(previous=old, cooldown="2025-02-01") == old, "a later cutoff alone changes nothing"
    pinned = lock("app==2.0\n")
    assert lock(previous=pinned, cooldown="2024-01-01") == pinned.replace("app==2.0", "app")
    assert 'version = "1.0"' in lock(previous=pinned, cooldown="2024-01-01", upgrade=["app"])
    assert 'version = "2.0"' in lock(previous=old, cooldown="2025-02-01", upgrade=True)


def test_what_a_cooldown_leaves_nothing_of(lock, index):
    index.add_wheel("app")
    index.uploaded["app-1.0-py3-none-any.whl"] = "2025-01-01T00:00:00Z"
    with pytest.raises(WheelhouseError, match="can't be resolved") as caught:
        lock(cooldown="2024-01-01")
    assert "build_cooldown leaves nothing" in caught.value.hint


def test_an_index_that_does_not_say_when(lock, index):
    index.add_wheel("app")
    with pytest.raises(WheelhouseError, match="does not say when app was published") as caught:
        lock(cooldown="7 days")
    assert "PEP 700" in caught.value.hint
    with pytest.raises(WheelhouseError, match="build_cooldown 'soon'"):
        lock(cooldown="soon")


def test_an_sdist_that_unpacks_to_more_than_the_disk_holds(lock, index, root, monkeypatch):
    monkeypatch.setattr(uv, "LARGEST", 1 << 20)
    index.add_sdist("bomb", files={"zeros": "0" * (4 << 20)})
    with pytest.raises(WheelhouseError, match="larger than 1048576 bytes"):
        lock("bomb\n")
    left = sum(os.lstat(os.path.join(folder, name)).st_size for folder, _folders, files in os.walk(root) for name in files)
    assert left < 1 << 20
    index.add_wheel("app")
    assert 'name = "app"' in lock()
