# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the wheelhouse gives to a build host."""
import os
import shutil

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder import supply
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.transfer import pack


@pytest.fixture
def built(builds):
    """A finished build of a package with a build requirement, and of a published wheel; what a request for it holds."""
    builds.index.add_wheel("tool")
    packages = [builds.index.add_sdist("needy", build_requires=["tool"]), builds.index.add_wheel("lib")]
    share = builds.run(*packages, task="share", share=[0, 1])
    builds.run(*packages)
    return {"app": "shop", "packages": packages, "build_locks": builds.locks[:1], "known": share["memos"]}


def names(found):
    return sorted(place.rpartition("/")[2] for place in found["places"])


def test_nothing_lacks_where_it_was_built(builds, built):
    assert supply.lacking(builds.store.root, built) == {"places": []}


def test_nothing_lacks_where_it_was_built_and_the_controller_never_had_the_build_lock(builds, built):
    assert supply.lacking(builds.store.root, {**built, "build_locks": []}) == {"places": []}


def test_a_fresh_host_lacks_sources_first_and_then_what_was_built_from_them(builds, built, tmp_path):
    fresh = str(tmp_path / "fresh")
    places = supply.lacking(fresh, built)["places"]
    assert names({"places": places}) == ["lib-1.0-py3-none-any.whl", "needy-1.0.tar.gz", "tool-1.0-py3-none-any.whl"]
    for place in places:
        shutil.copytree(os.path.dirname(builds.store.path(place)), os.path.join(fresh, os.path.dirname(place)))
    assert names(supply.lacking(fresh, built)) == ["needy-1.0-py3-none-any.whl"]
    assert supply.lacking(fresh, {**built, "known": {}}) == {"places": []}


def test_build_locks_of_other_platforms_want_nothing(built, tmp_path):
    foreign = {**built, "build_locks": [dict(built["build_locks"][0], platform="cp27-glibc-vax")]}
    assert "tool-1.0-py3-none-any.whl" not in names(supply.lacking(str(tmp_path), foreign))


def test_what_is_sent_is_taken_and_the_upload_is_gone(builds, built, root, tmp_path):
    fresh = tmp_path / "fresh"
    places = [place for place in supply.lacking(str(fresh), built)["places"] if place.startswith("sources")]
    files = {place: [place.split("/")[1], os.stat(builds.store.path(place)).st_size] for place in places}
    (fresh / "uploads/x").mkdir(parents=True)
    with open(fresh / "uploads/x/files.tar", "wb") as stream:
        pack(stream, builds.store.root, places)
    supply.take(str(fresh), str(fresh / "uploads/x/files.tar"), files)
    assert all((fresh / place).exists() for place in places) and os.listdir(fresh / "uploads") == []


def test_altered_bytes_are_not_taken(builds, built, tmp_path):
    fresh = tmp_path / "fresh"
    (place,) = [place for place in supply.lacking(str(fresh), built)["places"] if "needy" in place]
    (fresh / "uploads/x").mkdir(parents=True)
    with open(fresh / "uploads/x/files.tar", "wb") as stream:
        pack(stream, builds.store.root, [place])
    with pytest.raises(WheelhouseError, match="was promised"):
        supply.take(str(fresh), str(fresh / "uploads/x/files.tar"), {place: ["0" * 64, os.stat(builds.store.path(place)).st_size]})
    assert not (fresh / place).exists() and os.listdir(fresh / "uploads") == []
