# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The whole of a build, against an index on this machine."""
import errno
import json
import os
import shutil

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder import release, workshop
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder.bytecode import bytecode_of
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder.choose import Artifact
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.manifest import manifest_id
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.platform import describe, family
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.module_utils.builder.package_factory import PackageDatabase, send


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


@pytest.mark.skipif(not shutil.which("dpkg-query"), reason="needs dpkg-query")
def test_a_changed_toolchain_builds_what_it_touches_and_nothing_else(builds, tmp_path, monkeypatch):
    database = PackageDatabase(tmp_path, monkeypatch)
    rows = [database.add("gcc-12", "12.2-1", {"usr/bin/gcc-12": ""}), database.add("zlib1g-dev", "1.2-1", {"usr/include/zlib.h": ""}),
            database.add("libpq-dev", "15-1", {"usr/include/libpq-fe.h": ""})]
    monkeypatch.setattr(workshop, "toolchain", lambda: sorted(rows))
    packages = [builds.index.add_sdist(name, files={"m.c": f"#include <{header}>\n"} if header else {})
                for name, header in (("packs", "zlib.h"), ("asks", "libpq-fe.h"), ("pure", ""))]
    assert builds.run(*packages)["built"] == ["asks", "packs", "pure"]
    for number, built in enumerate((["asks", "packs"], ["packs"], ["asks"])):
        rows[number] += "+fixed"
        assert builds.run(*packages)["built"] == built
        assert builds.run(*packages)["built"] == []


def test_what_may_compile_goes_first_and_then_the_largest(builds):
    """Else a build that takes long may be left alone at the end, with one processor."""
    sizes = {"packs": 90000, "small": 10, "unknown": 500, "large": 40000}
    backends = {"packs": ["flit-core"], "small": ["setuptools"], "large": ["wheel", "setuptools"]}
    locks = [{"name": name, "version": "1.0", "platform": family(describe()), "files": [{"name": backend} for backend in names]}
             for name, names in backends.items()]
    shop = workshop.Workshop(builds.store, {"build_locks": locks}, builds.logs, builds.said.append, builds.locks.append)
    sources = [Artifact(name, "1.0", "sdist", f"{name}-1.0.tar.gz", "", number * 64, size) for number, (name, size) in zip("abcd", sizes.items())]
    assert [source.name for source in sorted(sources, key=shop.weight, reverse=True)] == ["large", "unknown", "small", "packs"]


def test_a_disk_that_is_full_when_a_build_is_remembered(builds, monkeypatch):
    """It stops no other build, and it is said of which package."""
    remember = builds.store.remember

    def full(kind, key, value):
        if kind == "" and value["filename"].startswith("unlucky-"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        remember(kind, key, value)
    monkeypatch.setattr(builds.store, "remember", full)
    reasons = builds.fail(builds.index.add_sdist("unlucky"), builds.index.add_sdist("lucky", extra="time.sleep(0.5)"))
    assert list(reasons) == ["unlucky 1.0"] and "make room below build_root" in reasons["unlucky 1.0"]["hint"]
    assert any("lucky 1.0 built" in text for text in builds.said)


def test_bytecode_that_has_no_room_yet_stops_no_build(builds, monkeypatch):
    """It is made ahead while others are being built; when all are there, it is asked for again."""
    asked = []

    def full_once(*arguments):
        asked.append(arguments)
        if len(asked) == 1:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return bytecode_of(*arguments)
    monkeypatch.setattr(release, "bytecode_of", full_once)
    assert builds.run(builds.index.add_sdist("one"), builds.index.add_sdist("two"))["built"] == ["one", "two"]


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
    app = builds.index.add_wheel("app", requires=["absent>=2", "never; sys_platform=='win32'"])
    assert "requires absent>=2" in builds.fail(app)["app"]["message"]


def test_a_host_that_is_not_like_production(builds):
    reasons = builds.fail(builds.index.add_wheel("app"), platform=dict(describe(), python="2.7", os="minix-3"))
    assert "python is" in reasons[""]["message"] and "os is" in reasons[""]["message"]


def test_the_project_is_built_like_an_sdist(builds):
    lib = builds.index.add_wheel("lib")
    tree = builds.project(requires=["lib"])
    found = builds.run(lib, project=tree)
    assert found["built"] == ["shop"] and found["manifest"]["project"] == tree["digest"]
    assert [wheel["source"].get("project") for wheel in found["manifest"]["wheels"]] == [None, tree["digest"]]
    assert builds.run(lib, project={"digest": tree["digest"], "archive": None})["built"] == []


def test_a_project_with_the_name_of_a_package(builds):
    with pytest.raises(WheelhouseError, match="called lib"):
        builds.run(builds.index.add_wheel("lib"), project=builds.project(name="lib"))


def test_a_host_that_can_not_compile_may_still_collect_published_wheels(builds, monkeypatch):
    def nothing_works(_network, _memory):
        raise WheelhouseError("this host can't run a build without network")
    monkeypatch.setattr(workshop, "find_sandbox", nothing_works)
    assert builds.run(builds.index.add_wheel("lib"))["changed"]
    with pytest.raises(WheelhouseError, match="without network"):
        builds.run(builds.index.add_sdist("app"))


def test_a_half_sent_file_is_resumed(builds):
    package = builds.index.add_wheel("big", files={"big.py": b"# " + os.urandom(50000).hex().encode() + b"\n"})
    path = "/files/big-1.0-py3-none-any.whl"
    data = builds.index.files["big-1.0-py3-none-any.whl"]
    rest = f"bytes 40000-{len(data) - 1}/{len(data)}"
    builds.index.answers[path] = [lambda handler: send(handler, 200, data[:40000], length=len(data)),
                                  lambda handler: send(handler, 206, data[40000:], Content_Range=rest)]
    assert builds.run(package)["changed"]
    assert [headers.get("Range") for _path, headers in builds.index.requests] == [None, "bytes=40000-"]


def test_facts_of_a_wheel_that_lies_about_its_name(builds):
    reasons = builds.fail(builds.index.add_wheel("liar", stated="honest"))
    assert "says inside that it is honest 1.0" in reasons["liar"]["message"]
