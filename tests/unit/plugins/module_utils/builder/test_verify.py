# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A second build, held against the first."""
import os
import shutil


def test_the_same_bytes_are_verified_once(builds):
    package = builds.index.add_sdist("steady")
    compiled = builds.run(package, verify=True)["compiled"]
    (wheel,) = compiled.values()
    assert "steady.py" in wheel["members"] and len(wheel["sha256"]) == 64
    assert builds.run(package, task="verify", compiled=compiled) == {"verified": ["steady"], "own": {}, "changed": True}
    assert any("steady 1.0 built again" in text for text in builds.said)
    assert builds.run(package, task="verify", compiled=compiled) == {"verified": [], "own": {}, "changed": False}


def test_without_being_asked_nothing_is_described(builds):
    assert builds.run(builds.index.add_sdist("steady"))["compiled"] == {}


def test_published_wheels_are_not_built(builds):
    package = builds.index.add_wheel("lib")
    assert builds.run(package, verify=True)["compiled"] == {}
    assert builds.run(package, task="verify", compiled={}) == {"verified": [], "own": {}, "changed": False}


def test_every_wheel_that_differs_is_named_with_its_members(builds):
    packages = [builds.index.add_sdist("dice", extra="REQUIRES.append('x; extra == %r' % os.urandom(4).hex())"), builds.index.add_sdist("steady")]
    compiled = builds.run(*packages, verify=True)["compiled"]
    shutil.rmtree(builds.store.path("releases"))
    reasons = builds.fail(*packages, task="verify", compiled=compiled)
    assert list(reasons) == ["dice 1.0"]
    assert "dice-1.0.dist-info/METADATA" in reasons["dice 1.0"]["message"]


def test_what_this_host_compiled_is_for_the_other_to_verify(builds):
    packages = [builds.index.add_sdist("ours"), builds.index.add_sdist("theirs")]
    compiled = builds.run(*packages, verify=True)["compiled"]
    by_name = {package["name"]: package["sdist"]["hashes"]["sha256"] for package in packages}
    (memo,) = builds.memos("theirs")
    for name in os.listdir(builds.store.path("builds")):
        if name.endswith(".json") and builds.store.recall("", name[:-5]) == memo:
            os.unlink(builds.store.path("builds", name))  # as if its wheel had come from another host
    own = {by_name["ours"]: compiled[by_name["ours"]]}
    assert builds.run(*packages, task="verify", compiled=compiled, another=True) == {"verified": ["theirs"], "own": own, "changed": True}
    assert builds.run(*packages, task="verify", compiled=own, another=False)["verified"] == ["ours"], "there is no other"


def test_what_two_hosts_compiled_to_other_bytes_is_found_out(builds):
    package = builds.index.add_sdist("dice", extra="REQUIRES.append('x; extra == %r' % os.urandom(4).hex())")
    compiled = builds.run(package, verify=True)["compiled"]
    elsewhere = {source: dict(wheel, sha256="0" * 64) for source, wheel in compiled.items()}
    shutil.rmtree(builds.store.path("releases"))
    assert "other bytes" in builds.fail(package, task="verify", compiled=elsewhere, another=True)["dice 1.0"]["message"]


def test_names_of_temporary_files_are_the_same_each_time(builds):
    """Of a back end's own process, and of one that it starts; two of them never have the same at a time."""
    names = "[tempfile.mkdtemp(), tempfile.mkdtemp(), subprocess.check_output([sys.executable, '-c', 'import tempfile; print(tempfile.mkdtemp())'], text=True)]"
    note = "REQUIRES.append('x; extra == %r' % ' '.join(map(os.path.basename, found)).strip())"
    package = builds.index.add_sdist("temporary", extra=f"import subprocess, tempfile; found = {names}; assert len(set(found)) == 3; {note}")
    compiled = builds.run(package, verify=True)["compiled"]
    assert builds.run(package, task="verify", compiled=compiled)["verified"] == ["temporary"]
