# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A second build, held against the first."""
import shutil


def test_the_same_bytes_are_verified_once(builds):
    package = builds.index.add_sdist("steady")
    compiled = builds.run(package, verify=True)["compiled"]
    (wheel,) = compiled.values()
    assert "steady.py" in wheel["members"] and len(wheel["sha256"]) == 64
    assert builds.run(package, task="verify", compiled=compiled) == {"verified": ["steady"], "changed": True}
    assert any("steady 1.0 built again" in text for text in builds.said)
    assert builds.run(package, task="verify", compiled=compiled) == {"verified": [], "changed": False}


def test_without_being_asked_nothing_is_described(builds):
    assert builds.run(builds.index.add_sdist("steady"))["compiled"] == {}


def test_published_wheels_are_not_built(builds):
    package = builds.index.add_wheel("lib")
    assert builds.run(package, verify=True)["compiled"] == {}
    assert builds.run(package, task="verify", compiled={}) == {"verified": [], "changed": False}


def test_every_wheel_that_differs_is_named_with_its_members(builds):
    packages = [builds.index.add_sdist("dice", extra="REQUIRES.append('x; extra == %r' % os.urandom(4).hex())"), builds.index.add_sdist("steady")]
    compiled = builds.run(*packages, verify=True)["compiled"]
    shutil.rmtree(builds.store.path("releases"))
    reasons = builds.fail(*packages, task="verify", compiled=compiled)
    assert list(reasons) == ["dice 1.0"]
    assert "dice-1.0.dist-info/METADATA" in reasons["dice 1.0"]["message"]
