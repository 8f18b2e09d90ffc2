# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Several hosts that build for one platform."""
import os
import shutil

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder.choose import Artifact
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder.share import shares


def source(name, size):
    return Artifact(name, "1.0", "sdist", f"{name}-1.0.tar.gz", "", name * 8, size)


def test_shares_are_of_about_the_same_size():
    found = shares([source("a", 9000000), source("b", 4000000), source("c", 3000000), source("d", 2000000), source("e", None)], 2)
    assert [[one.name for one in share] for share in found] == [["a", "e"], ["b", "c", "d"]]


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_every_source_is_in_one_share(count):
    sources = [source(letter, ord(letter) * 1000) for letter in "abcdefg"]
    found = shares(sources, count)
    assert len(found) == count and sorted(one.name for share in found for one in share) == list("abcdefg")
    assert found == shares(sources[::-1], count), "every host finds the same"


def test_a_share_is_built_and_described(builds):
    packages = [builds.index.add_sdist(name) for name in ("one", "two", "three")]
    share = builds.run(*packages, task="share", share=[0, 2])
    assert 0 < len(share["built"]) < 3 and len(share["memos"]) == len(share["built"]) == len(share["sources"])
    for memo in share["memos"].values():
        assert builds.store.holds("wheels", memo["sha256"], memo["filename"], memo["size"])
    rest = builds.run(*packages)["built"]
    assert sorted(share["built"] + rest) == ["one", "three", "two"]


def test_what_fails_in_a_share_is_left_to_the_host_that_reports_it(builds):
    bad = builds.index.add_sdist("bad", extra="sys.exit('no')")
    assert builds.run(bad, builds.index.add_sdist("good"), task="share", share=[0, 1])["built"] == ["good"]
    assert "1 of 2 packages could not be compiled" in builds.said


def test_a_wheel_of_another_host_is_taken_when_its_key_is_known(builds):
    package = builds.index.add_sdist("one")
    share = builds.run(package, task="share", share=[0, 1])
    shutil.rmtree(builds.store.path("builds"))  # as on another host, to which the wheel was sent
    assert builds.run(package, known=share["memos"], build_locks=builds.locks[:])["built"] == []
    assert os.listdir(builds.store.path("releases", "shop"))


def test_its_memos_have_the_keys_that_others_look_for(builds):
    """Before the sources are there, it is not known what they use: that must not stay so."""
    package = builds.index.add_sdist("one")
    keys = builds.run(package, task="share", share=[0, 1])["memos"].keys()
    locks = builds.locks[:]
    for name in set(os.listdir(builds.store.root)) - {"jobs"}:
        if os.path.isdir(builds.store.path(name)):
            shutil.rmtree(builds.store.path(name))
    builds.run(builds.index.add_sdist("other"))  # so that this host remembers a build
    assert builds.run(package, task="share", share=[0, 1], build_locks=locks)["memos"].keys() == keys
