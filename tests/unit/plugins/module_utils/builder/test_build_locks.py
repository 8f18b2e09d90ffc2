# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Build requirements: locked once, with hashes, for each source; used offline; built first where only an sdist is published."""
import os
import shutil
import threading

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder import build_locks
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder.choose import Artifact
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder.compile import Compiler
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError


def test_build_requirements_are_locked_with_hashes_once(builds):
    index = builds.index
    tool = index.add_wheel("tool", files={"tool.py": b"value = 7\n"})["wheels"][0]
    package = index.add_sdist("needy", build_requires=["tool"], extra="import tool; print('tool', tool.value)")
    builds.run(package)
    (lock,) = builds.locks
    assert lock == {"name": "needy", "version": "1.0", "platform": lock["platform"], "requires": ["tool"], "added": [], "files": [
        {"name": "tool", "version": "1.0", "filename": "tool-1.0-py3-none-any.whl", "url": tool["url"], "sha256": tool["hashes"]["sha256"],
         "size": lock["files"][0]["size"]}]}
    index.add_wheel("tool", "2.0", files={"tool.py": b"value = 8\n"})
    shutil.rmtree(builds.store.path("wheels"))
    builds.run(package, build_locks=builds.locks[:])
    assert builds.locks == [lock], "nothing was locked again"


def test_with_a_build_lock_and_the_sources_no_index_is_needed(builds):
    index = builds.index
    index.add_wheel("tool")
    package = index.add_sdist("needy", build_requires=["tool"], extra="import tool")
    first = builds.run(package)
    for name in ("wheels", "builds", "environments", "cache", "releases"):
        shutil.rmtree(builds.store.path(name))
    index.files.clear()
    del index.requests[:]
    again = builds.run(package, build_locks=builds.locks[:])
    assert again["id"] == first["id"] and again["built"] == ["needy"] and not index.requests


def test_on_a_new_host_build_requirements_come_while_the_sources_do(builds, monkeypatch):
    index, asked = builds.index, threading.Event()
    index.add_wheel("tool")
    package = index.add_sdist("needy", build_requires=["tool"], extra="import tool")
    builds.run(package)
    for name in ("sources", "wheels", "builds", "environments", "cache", "releases"):
        shutil.rmtree(builds.store.path(name))
    answer = index.answer

    def answer_when_the_tool_was_asked_for(handler):
        if "tool" in handler.path:
            asked.set()
        elif not asked.wait(20):
            index.files.clear()
        answer(handler)
    monkeypatch.setattr(index, "answer", answer_when_the_tool_was_asked_for)
    assert builds.run(package, build_locks=builds.locks[:])["built"] == ["needy"]


def test_two_sdists_may_want_two_versions_of_the_same(builds):
    index = builds.index
    for version in ("1.0", "2.0"):
        index.add_wheel("tool", version, files={"tool.py": f"version = '{version}'\n".encode()})
    packages = [index.add_sdist(name, build_requires=[f"tool=={version}"], extra=f"import tool; assert tool.version == '{version}'")
                for name, version in (("old", "1.0"), ("new", "2.0"))]
    assert builds.run(*packages)["built"] == ["new", "old"]


def test_the_same_build_requirements_make_one_environment(builds):
    index = builds.index
    index.add_wheel("tool")
    builds.run(*(index.add_sdist(name, build_requires=["tool"], extra="import tool") for name in ("one", "two", "three")))
    assert len(os.listdir(builds.store.path("environments"))) == 1
    assert builds.store.holds("sources", builds.locks[0]["files"][0]["sha256"], "tool-1.0-py3-none-any.whl")


def test_what_the_hook_adds_is_locked_too(builds):
    index = builds.index
    index.add_wheel("tool")
    assert builds.run(index.add_sdist("hooked", hook_requires=["tool"], extra="import tool"))["built"] == ["hooked"]
    (lock,) = builds.locks
    assert (lock["requires"], lock["added"], [file["name"] for file in lock["files"]]) == ([], ["tool"], ["tool"])


def test_an_import_that_no_build_requirement_names(builds):
    reasons = builds.fail(builds.index.add_sdist("careless", extra="import tool"))
    assert "imports tool" in reasons["careless 1.0"]["message"]


def test_a_build_requirement_that_is_only_an_sdist_is_built_first(builds):
    index = builds.index
    index.add_wheel("deeper")
    index.add_sdist("tool", build_requires=["deeper"], extra="import deeper")
    package = index.add_sdist("needy", build_requires=["tool"], extra="import tool")
    assert builds.run(package)["built"] == ["needy", "tool"]
    assert sorted(lock["name"] for lock in builds.locks) == ["needy", "tool"]
    (memo,) = builds.memos("needy")
    assert sorted(file["filename"] for file in memo["requirements"]) == ["deeper-1.0-py3-none-any.whl", "tool-1.0.tar.gz"]
    assert builds.run(package, build_locks=builds.locks)["built"] == []


def test_nobody_waits_for_what_others_need(builds):
    index = builds.index
    index.add_sdist("tool", extra="time.sleep(1)")
    builds.run(index.add_sdist("needy", build_requires=["tool"], extra="import tool"), index.add_sdist("free"))
    assert [text.split()[1] for text in builds.said if " built in " in text] == ["free", "tool", "needy"]


def test_a_build_requirement_that_can_not_be_built_is_named(builds):
    builds.index.add_sdist("tool", extra="sys.exit('no way')")
    reason = builds.fail(builds.index.add_sdist("needy", build_requires=["tool"]))["needy 1.0"]
    assert "its build requirement tool 1.0 has no published wheel and could not be built" in reason["message"] and "no way" in reason["log"]


@pytest.mark.parametrize("names", [("a",), ("a", "b"), ("a", "b", "c")])
def test_a_cycle_of_build_requirements_is_named(builds, names):
    packages = [builds.index.add_sdist(name, build_requires=[other]) for name, other in zip(names, names[1:] + names[:1])]
    reasons = builds.fail(*packages)
    assert any("build requirements need each other" in reason["message"] for reason in reasons.values())
    assert all(f"{name} 1.0" in reasons for name in names)


def test_a_build_requirement_that_is_nowhere(builds):
    reason = builds.fail(builds.index.add_sdist("needy", build_requires=["absent>=2"]))["needy 1.0"]
    assert "can't be resolved" in reason["message"] and "absent>=2" in reason["hint"]


def test_a_build_requirement_that_changed_on_the_index_fails_closed(builds):
    index = builds.index
    index.add_wheel("tool")
    package = index.add_sdist("needy", build_requires=["tool"])
    builds.run(package)
    for name in ("wheels", "sources", "environments", "cache", "releases"):
        shutil.rmtree(builds.store.path(name))
    index.add_wheel("tool", files={"tool.py": b"evil = 1\n"})
    assert "is not the file that was locked" in builds.fail(package, build_locks=builds.locks)["needy 1.0"]["message"]


def test_a_damaged_build_requirement_comes_anew(builds):
    index = builds.index
    index.add_wheel("tool")
    package = index.add_sdist("needy", build_requires=["tool"], extra="import tool")
    builds.run(package)
    (file,) = builds.locks[0]["files"]
    path = builds.store.path_of("sources", file["sha256"], file["filename"])
    with open(path, "r+b") as stream:
        stream.write(b"X")
    for name in ("wheels", "environments"):
        shutil.rmtree(builds.store.path(name))
    assert builds.run(package, build_locks=builds.locks)["built"] == ["needy"]


def test_a_build_lock_that_lacks_something_fails_closed(builds):
    index = builds.index
    index.add_wheel("tool")
    package = index.add_sdist("needy", build_requires=["tool"], extra="import tool")
    builds.run(package)
    shutil.rmtree(builds.store.path("wheels"))
    shutil.rmtree(builds.store.path("releases"))
    reason = builds.fail(package, build_locks=[dict(builds.locks[0], files=[])])["needy 1.0"]
    assert "does not answer what it requires: tool, which" in reason["message"]


def test_a_lock_of_another_platform_is_not_taken(builds):
    index = builds.index
    index.add_wheel("tool")
    package = index.add_sdist("needy", build_requires=["tool"], extra="import tool")
    foreign = {"name": "needy", "version": "1.0", "platform": "cp27-glibc-vax", "requires": ["tool"], "added": [], "files": []}
    assert builds.run(package, build_locks=[foreign])["built"] == ["needy"]


def test_a_changed_project_keeps_its_build_lock_and_is_asked_again(builds):
    def tree(value, **options):
        data = builds.project(extra=f"print({value})", build_requires=["tool"], **options)
        return data
    builds.index.add_wheel("tool")
    builds.index.add_wheel("more")
    builds.run(project=tree(1))
    locks = builds.locks[:]
    builds.index.add_wheel("tool", "2.0")
    assert builds.run(project=tree(2), build_locks=locks)["built"] == ["shop"] and builds.locks == locks
    builds.run(project=tree(3, hook_requires=["more"]), build_locks=locks)
    assert [file["name"] for file in builds.locks[-1]["files"]] == ["more", "tool"] and len(builds.locks) == 2


def test_a_cooldown_holds_for_build_requirements(builds):
    index = builds.index
    for version, moment in (("1.0", "2020-01-01"), ("2.0", "2025-01-01")):
        index.add_wheel("tool", version)
        index.uploaded[f"tool-{version}-py3-none-any.whl"] = moment + "T00:00:00Z"
    package = index.add_sdist("needy", build_requires=["tool"])
    builds.run(package, cooldown="2024-01-01")
    assert [file["version"] for lock in builds.locks for file in lock["files"]] == ["1.0"]


@pytest.mark.parametrize("name, version", [("/usr/lib", "x"), ("a", "1/../../../../etc"), ("..", "1"), ("a", "\n")])
def test_names_that_would_lead_out_of_the_work_folder(builds, name, version):
    artifact = Artifact(name, version, "sdist", "a-1.tar.gz", "https://example.org/a-1.tar.gz", "1" * 64, 1)
    compiler = Compiler(builds.store, None, None, None, builds.logs)
    with pytest.raises(WheelhouseError, match="not the name and version of a package"):
        compiler._compile(artifact, "/nowhere", None, None)


def test_new_locks_stay_until_the_controller_has_them(builds):
    builds.index.add_wheel("tool")
    packages = [builds.index.add_sdist(name, build_requires=["tool"]) for name in ("one", "two")]
    builds.run(*packages)
    folder = builds.store.path("builds", "unclaimed")
    first, _second = builds.locks
    build_locks.forget_claimed(builds.store.root, [first])
    assert len(os.listdir(folder)) == 1, "that of another run stays"
    build_locks.forget_claimed(builds.store.root, builds.locks)
    assert os.listdir(folder) == []
