# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Build requirements: locked once, with hashes, and used."""
import os
import shutil


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
