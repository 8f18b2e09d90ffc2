# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import os

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common import own_folder
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.module_utils.common.folders import fill

KIND = own_folder.Kind("store", "store_dir", signs=(("a", "[0-9]{3}"), ("b", ".*", "[0-9]")), begun={"a": "x|y", "c": ""})


@pytest.fixture(name="root")
def fixture_root(tmp_path):
    return str(tmp_path / "store")


@pytest.mark.parametrize("paths", [
    [], ["lost+found/"], [".gitkeep", ".config/x"], ["a/"], ["c/"], ["a/x", "a/.y", "c/.z"], ["a/000", "letters"], ["b/shop/0", "letters"],
    ["a/000", "c/letters"]])
def test_a_folder_that_is_new_or_ours(root, paths):
    fill(root, paths)
    own_folder.require(root, KIND)


@pytest.mark.parametrize("paths", [
    ["letters"], ["lost+found/", "letters"], [".gitkeep", "letters/"], ["a/", "letters"], ["a/letters"], ["a/x", "a/letters"], ["a/0000"], ["a"], ["c/x"],
    ["b/"], ["b/shop/letters"], ["b/0"]])
def test_a_folder_with_something_of_somebody_else(root, paths):
    fill(root, paths)
    with pytest.raises(WheelhouseError, match="the store .*/store has what is not of nogcc.wheelhouse: ") as caught:
        own_folder.require(root, KIND)
    assert caught.value.hint == "choose an empty or new folder for store_dir"


def test_what_is_there_is_named_but_not_all_of_it(root):
    fill(root, "ABCDEFG")
    with pytest.raises(WheelhouseError, match=": A, B, C, D, E, 2 more"):
        own_folder.require(root, KIND)


def test_the_folder_that_a_host_deploys_to(root):
    fill(root, ["a/000", "apps/shop/releases/"])
    with pytest.raises(WheelhouseError, match="is the deploy_root of a host") as caught:
        own_folder.require(root, KIND)
    assert caught.value.hint == "give store_dir and deploy_root two folders"


def test_what_can_not_be_looked_at_is_left_to_who_uses_it(root):
    own_folder.require(root, KIND)
    fill(os.path.dirname(root), ["store"])
    own_folder.require(root, KIND)


def test_a_folder_that_may_not_be_looked_into_is_told_of_by_who_uses_it(root, monkeypatch):
    """Of a store that several share, one who keeps his folders to himself made it."""
    fill(root, ["a/000", "letters"])
    real = os.scandir

    def scandir(path):
        if path == os.path.join(root, "b"):
            raise PermissionError
        return real(path)
    monkeypatch.setattr(own_folder.os, "scandir", scandir)
    os.rename(os.path.join(root, "a"), os.path.join(root, "d"))
    with pytest.raises(WheelhouseError, match="letters"):
        own_folder.require(root, KIND)
    os.mkdir(os.path.join(root, "b"))
    own_folder.require(root, KIND)


def test_a_link_is_followed(root, tmp_path):
    os.symlink(str(tmp_path / "other"), root)
    fill(str(tmp_path / "other"), ["a/000"])
    own_folder.require(root, KIND)
    fill(str(tmp_path / "another"), ["letters"])
    os.unlink(root)
    os.symlink(str(tmp_path / "another"), root)
    with pytest.raises(WheelhouseError, match="letters"):
        own_folder.require(root, KIND)
