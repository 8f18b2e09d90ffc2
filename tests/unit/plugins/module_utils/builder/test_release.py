# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The whole of a build, against an index on this machine; its failure paths above all."""
import hashlib
import json
import os
import shutil

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder import release
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import Blocked, WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.manifest import manifest_id
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.platform import describe
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.module_utils.builder.package_factory import sdist_of, send, tar_of


class Builds:
    """Builds against ``index`` into ``store``, and remembers what was said."""

    def __init__(self, store, index):
        self.store, self.index = store, index
        self.said = []
        self.logs = store.path("jobs", "test")
        os.makedirs(self.logs)

    def run(self, *packages, **options):
        request = {"app": "shop", "lock": "0" * 64, "packages": list(packages), "project": None, "no_binary": [], "only_binary": [],
                   "platform": describe(), "environment": self.index.environment, "jobs": 2}
        return release.build_release(self.store, {**request, **options}, self.logs, self.said.append)

    def fail(self, *packages, **options):
        """Return the reasons that the build gives, by package."""
        with pytest.raises(WheelhouseError) as caught:
            self.run(*packages, **options)
        found = caught.value
        assert not os.path.exists(self.store.path("releases")), "nothing half-written"
        return {reason["package"]: reason for reason in (found.reasons if isinstance(found, Blocked) else [found.as_dict()])}


@pytest.fixture
def builds(store, index, sandbox):
    return Builds(store, index)


def test_compiled_and_published_wheels_make_a_release(builds):
    index = builds.index
    packages = index.add_sdist("app-core", requires=["lib>=1"]), index.add_wheel("lib", "1.5")
    found = builds.run(*packages)
    assert found["built"] == ["app-core"] and found["changed"]
    manifest = found["manifest"]
    assert found["id"] == manifest_id(manifest)
    assert [(wheel["name"], wheel["version"], wheel["filename"]) for wheel in manifest["wheels"]] == [
        ("app-core", "1.0", "app_core-1.0-py3-none-any.whl"), ("lib", "1.5", "lib-1.5-py3-none-any.whl")]
    assert manifest["wheels"][0]["source"]["filename"] == "app-core-1.0.tar.gz"
    assert manifest["wheels"][1]["source"]["sha256"] == manifest["wheels"][1]["sha256"]
    for wheel in manifest["wheels"]:
        assert builds.store.holds("wheels", wheel["sha256"], wheel["filename"], wheel["size"])
        assert builds.store.holds("bytecode", wheel["bytecode"]["sha256"], size=wheel["bytecode"]["size"])
    with open(builds.store.path("releases", "shop", found["id"] + ".json"), "rb") as stream:
        assert json.loads(stream.read()) == manifest


def test_the_same_again_builds_and_downloads_nothing(builds):
    packages = builds.index.add_sdist("one"), builds.index.add_wheel("two")
    first = builds.run(*packages)
    del builds.index.requests[:], builds.said[:]
    second = builds.run(*packages)
    assert second == dict(first, built=[], changed=False)
    assert not builds.index.requests and not builds.said


def test_from_scratch_the_same_sources_give_the_same_manifest(builds):
    package = builds.index.add_sdist("one")
    first = builds.run(package)
    for name in ("builds", "wheels", "bytecode", "releases"):
        shutil.rmtree(builds.store.path(name))
    assert builds.run(package)["id"] == first["id"]


def test_one_changed_requirement_builds_one_wheel(builds):
    steady = builds.index.add_sdist("steady")
    builds.run(steady, builds.index.add_sdist("moving"))
    assert builds.run(steady, builds.index.add_sdist("moving", "2.0"))["built"] == ["moving"]


def test_a_failing_build_is_named_with_its_log_and_stops_no_other(builds):
    good = builds.index.add_sdist("good", extra="time.sleep(0.5)")
    bad = builds.index.add_sdist("bad", extra="print('lines of use'); sys.exit('cannot go on')")
    reasons = builds.fail(bad, good)
    assert list(reasons) == ["bad 1.0"]
    assert reasons["bad 1.0"]["log"].splitlines()[-2:] == ["lines of use", "cannot go on"]
    assert any("good 1.0 built" in text for text in builds.said) and any("bad 1.0 failed" in text for text in builds.said)
    assert builds.run(good)["built"] == []
    assert os.listdir(builds.store.path("work")) == []


@pytest.mark.parametrize("extra", [
    "urllib.request.urlopen('http://192.0.2.1/')",
    "urllib.request.urlopen('http://example.org/')",
    "socket.create_connection(('192.0.2.1', 80), 5)",
])
def test_a_build_that_reaches_for_the_network_is_named(builds, extra):
    reason = builds.fail(builds.index.add_sdist("phones", extra=extra))["phones 1.0"]
    assert reason["message"] == "the build tried to reach the network"


def test_not_even_the_index_on_this_machine_can_be_reached(builds):
    port = builds.index.server.server_address[1]
    builds.fail(builds.index.add_sdist("phones", extra=f"socket.create_connection(('127.0.0.1', {port}), 5)"))


def test_a_build_sees_no_credentials_and_has_no_rights(builds):
    secret = dict(builds.index.environment, UV_INDEX="http://user:secret@127.0.0.1:1/simple", TOKEN="secret")
    extra = "sys.exit(1) if 'secret' in repr(os.environ) or os.getuid() == 0 or os.access(%r, os.W_OK) else None" % builds.store.root
    if os.geteuid() != 0:
        extra = "sys.exit(1) if 'secret' in repr(os.environ) else None"
    assert builds.run(builds.index.add_sdist("modest", extra=extra), environment=secret)["built"] == ["modest"]


def test_what_a_build_leaves_running_is_ended_and_a_build_that_does_not_end_too(builds):
    reasons = builds.fail(builds.index.add_sdist("endless", extra="time.sleep(600)"), timeout=1)
    assert "still building after 1 s" in reasons["endless 1.0"]["message"]


@pytest.mark.parametrize("extra, words", [
    ("filename = 'wrong-1.0-py3-none-any.whl'", "another package"),
    ("filename = 'odd-9-py3-none-any.whl'", "another version"),
    ("filename = 'odd-1.0-cp27-cp27mu-win32.whl'", "does not fit this Python"),
    ("filename = 'odd.zip'", "not the name of a wheel"),
    ("return '../source/odd-1.0/PKG-INFO'", "not there"),
    ("return 'odd-1.0-py3-none-any.whl'", "not there"),
])
def test_a_back_end_that_makes_another_wheel(builds, extra, words):
    reasons = builds.fail(builds.index.add_sdist("odd", extra=extra))
    assert words in reasons["odd 1.0"]["message"]


def test_an_sdist_that_wants_to_leave_its_folder(builds):
    data = tar_of({"evil-1.0/pyproject.toml": b"", "evil-1.0/../../../../etc/evil": b"x"})
    package = {"name": "evil", "version": "1.0", "sdist": builds.index.add("evil-1.0.tar.gz", data)}
    assert "leaves the archive's folder" in builds.fail(package)["evil 1.0"]["message"]


def test_an_sdist_that_is_no_project(builds):
    package = {"name": "empty", "version": "1.0", "sdist": builds.index.add("empty-1.0.tar.gz", tar_of({"empty-1.0/README": b"?"}))}
    assert "can't be built" in builds.fail(package)["empty 1.0"]["message"]


def test_all_downloads_that_fail_are_reported_at_once(builds):
    gone, changed, fine = (builds.index.add_wheel(name) for name in ("gone", "changed", "fine"))
    del builds.index.files["gone-1.0-py3-none-any.whl"]
    builds.index.files["changed-1.0-py3-none-any.whl"] = b"something else"
    reasons = builds.fail(gone, changed, fine)
    assert sorted(reasons) == ["changed", "gone"]
    assert "HTTP 404" in reasons["gone"]["message"]
    assert "is not the file that was locked" in reasons["changed"]["message"]
    assert changed["wheels"][0]["hashes"]["sha256"] in reasons["changed"]["message"]


def test_a_requirement_that_the_lock_leaves_out(builds):
    reasons = builds.fail(builds.index.add_wheel("app", requires=["absent>=2", "old<1; python_version>'3'", "never; sys_platform=='win32'"]),
                          builds.index.add_wheel("old", "1.0"))
    assert list(reasons) == ["app"]


def test_a_host_that_is_not_like_production(builds):
    reasons = builds.fail(builds.index.add_wheel("app"), platform=dict(describe(), python="2.7", os="minix-3"))
    assert "python is" in reasons[""]["message"] and "os is" in reasons[""]["message"]


def test_build_requirements_are_locked_with_hashes_once(builds):
    index = builds.index
    index.add_wheel("tool", files={"tool.py": b"value = 7\n"})
    package = index.add_sdist("needy", build_requires=["tool"], extra="import tool; print('tool', tool.value)")
    builds.run(package)
    (lock,) = os.listdir(builds.store.path("builds", "locks"))
    with open(builds.store.path("builds", "locks", lock), encoding="utf-8") as stream:
        text = stream.read()
    assert "tool==1.0" in text and "--hash=sha256:" in text and index.url not in text
    index.add_wheel("tool", "2.0", files={"tool.py": b"value = 8\n"})
    shutil.rmtree(builds.store.path("wheels"))
    builds.run(package)
    with open(builds.store.path("builds", "locks", lock), encoding="utf-8") as stream:
        assert stream.read() == text


def test_what_the_hook_adds_is_locked_too(builds):
    index = builds.index
    index.add_wheel("tool")
    assert builds.run(index.add_sdist("hooked", hook_requires=["tool"], extra="import tool"))["built"] == ["hooked"]
    (lock,) = os.listdir(builds.store.path("builds", "locks"))
    with open(builds.store.path("builds", "locks", lock), encoding="utf-8") as stream:
        assert "tool==1.0" in stream.read()


def test_an_import_that_no_build_requirement_names(builds):
    reasons = builds.fail(builds.index.add_sdist("careless", extra="import tool"))
    assert "imports tool" in reasons["careless 1.0"]["message"]


def test_a_build_requirement_without_a_wheel_is_named(builds):
    builds.index.add_sdist("onlysource")
    reasons = builds.fail(builds.index.add_sdist("needy", build_requires=["onlysource"]))
    assert "onlysource" in reasons["needy 1.0"]["hint"] and "can't be resolved" in reasons["needy 1.0"]["message"]


def test_a_build_requirement_that_changed_on_the_index_fails_closed(builds):
    index = builds.index
    index.add_wheel("tool")
    package = index.add_sdist("needy", build_requires=["tool"])
    builds.run(package)
    for name in ("wheels", "cache", "releases"):
        shutil.rmtree(builds.store.path(name))
    index.add_wheel("tool", files={"tool.py": b"evil = 1\n"})
    assert "can't be installed" in builds.fail(package)["needy 1.0"]["message"]


def project(store, version="1.0", name="shop", **options):
    """Upload a source tree; return the member of the request."""
    path = store.path("project.tar")
    data = sdist_of(name, version, **options)
    with open(path, "wb") as stream:
        stream.write(data)
    return {"digest": hashlib.sha256(data).hexdigest(), "archive": path}


def test_the_project_is_built_like_an_sdist(builds):
    lib = builds.index.add_wheel("lib")
    tree = project(builds.store, requires=["lib"])
    found = builds.run(lib, project=tree)
    assert found["built"] == ["shop"] and found["manifest"]["project"] == tree["digest"]
    assert [wheel["source"].get("project") for wheel in found["manifest"]["wheels"]] == [None, tree["digest"]]
    assert builds.run(lib, project={"digest": tree["digest"], "archive": None})["built"] == []


def test_a_project_with_the_name_of_a_package(builds):
    with pytest.raises(WheelhouseError, match="called lib"):
        builds.run(builds.index.add_wheel("lib"), project=project(builds.store, name="lib"))


def test_a_half_sent_file_is_resumed(builds):
    package = builds.index.add_wheel("big", files={"big.py": b"# " + os.urandom(50000).hex().encode() + b"\n"})
    path = "/files/big-1.0-py3-none-any.whl"
    data = builds.index.files["big-1.0-py3-none-any.whl"]
    builds.index.answers[path] = [lambda handler: send(handler, 200, data[:40000], length=len(data)),
                                  lambda handler: send(handler, 206, data[40000:], Content_Range=f"bytes 40000-{len(data) - 1}/{len(data)}")]
    assert builds.run(package)["changed"]
    assert [headers.get("Range") for _path, headers in builds.index.requests] == [None, "bytes=40000-"]


def test_facts_of_a_wheel_that_lies_about_its_name(builds):
    reasons = builds.fail(builds.index.add_wheel("liar", stated="honest"))
    assert "says inside that it is honest 1.0" in reasons["liar"]["message"]
