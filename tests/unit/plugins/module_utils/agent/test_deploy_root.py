# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import os
import pwd
import stat

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent import lock
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.activate import activate
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.check import check
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.deploy_root import complaint
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.layout import Layout
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.receive import upload
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.stage import stage
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.manifest import manifest_id

ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="only root may give something to somebody else")


def fill(root, paths):
    """Make folders and files below ``root``: a path that ends with / is a folder, ``path=text`` a file with that text."""
    os.makedirs(root, exist_ok=True)
    for path in paths:
        path, _equals, text = os.path.join(root, path).partition("=")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if not path.endswith("/"):
            with open(path, "w") as stream:
                stream.write(text)


def tree(root):
    return sorted(os.path.join(folder, name) for folder, folders, files in os.walk(root) for name in folders + files)


def refused(store, root, match):
    """Every operation that would make or remove something refuses, and nothing is made or removed."""
    manifest, before = store.manifest(store.wheel()), tree(root)
    (blocker,) = check(root, "shop", manifest)["blockers"]
    for work in (lambda: stage(root, "shop", manifest, stream=store.tar(manifest)), lambda: activate(root, "shop", manifest_id(manifest)),
                 lambda: upload(root, "shop")):
        with pytest.raises(WheelhouseError, match=match):
            work()
    assert tree(root) == before and blocker["hint"]
    return blocker


@pytest.mark.parametrize("paths", [
    ["tmp/work/precious.sql"], ["wheels/mine-1.0-py3-none-any.whl"], ["discarded/letters"], ["incoming/mail/m"], ["bytecode/"], [".profile"],
    ["lock/"], ["lock=pid 7"], ["apps/", "tmp/x"], ["apps/shop/app.py"], ["apps"], ["lost+found/", "a"]])
def test_a_folder_with_something_of_somebody_else(store, root, paths):
    fill(root, paths)
    blocker = refused(store, root, "has what is not of nogcc.wheelhouse")
    assert paths[-1].split("/")[0].split("=")[0] in blocker["message"] and "empty or new folder" in blocker["hint"]


def test_what_is_there_is_named_but_not_all_of_it(store, root):
    fill(root, ["a", "b", "c", "d", "e", "f", "g"])
    assert refused(store, root, "nogcc")["message"].endswith(": a, b, c, d, e, 2 more")


def test_the_folder_of_a_wheelhouse(store):
    store.wheel()
    refused(store, store.root, "has what is not of nogcc.wheelhouse: bytecode, ")
    fill(store.root, ["lock=7\n", "releases/shop/inputs/0"])
    assert "two folders" in refused(store, store.root, "is the folder of a wheelhouse")["hint"]


@pytest.mark.parametrize("paths", [
    [], ["lost+found/"], ["lock"], ["lock=4711\n"], ["lock=\0\0\0\0", "tmp/x"], ["apps/shop/releases/"], ["apps/shop/history.jsonl", "wheels/"],
    ["incoming/tmp0123abc_/files.tar"], ["lock=4711\n", "of an admin"]])
def test_a_folder_that_is_new_or_ours(store, root, paths):
    fill(root, paths)
    manifest = store.manifest(store.wheel())
    assert check(root, "shop", manifest)["blockers"] == []
    stage(root, "shop", manifest, stream=store.tar(manifest))
    assert activate(root, "shop", manifest_id(manifest))["changed"]


@ROOT_ONLY
@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize("up", [0, 1, 2])
def test_a_folder_of_another_user_on_the_way(store, root, up, there):
    theirs = root
    for _step in range(up):
        theirs = os.path.dirname(theirs)
    os.makedirs(root if there or not up else os.path.dirname(root), exist_ok=True)
    os.chown(theirs, pwd.getpwnam("nobody").pw_uid, -1)
    blocker = refused(store, root, "{0} belongs to the user nobody".format(theirs))
    assert "chown it to root" in blocker["hint"] and "without become" in blocker["hint"]


@pytest.mark.parametrize("up, mode, fine", [(0, 0o757, False), (1, 0o757, False), (0, 0o1777, False), (1, 0o1777, True), (0, 0o755, True), (1, 0o711, True)])
def test_a_folder_that_others_may_write_to_on_the_way(store, root, up, mode, fine):
    os.makedirs(root)
    folder = os.path.dirname(root) if up else root
    os.chmod(folder, mode)
    if fine:
        assert complaint(Layout(root)) is None
        with lock.exclusive(Layout(root)):
            pass
    else:
        assert "chmod go-w" in refused(store, root, "{0} can be written by others".format(folder))["hint"]


@ROOT_ONLY
def test_a_folder_that_a_group_may_write_to(store, root):
    os.makedirs(root)
    os.chmod(root, 0o775)
    refused(store, root, "can be written by others")


def test_a_link_leads_through_folders_as_well(store, root, tmp_path):
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    (tmp_path / "open/root").mkdir()
    os.makedirs(os.path.dirname(root))
    os.symlink(str(tmp_path / "open/root"), root)
    refused(store, root, "{0} can be written by others".format(tmp_path / "open"))
    (tmp_path / "open").chmod(0o755)
    assert complaint(Layout(root)) is None


def test_an_upload_goes_to_no_other_place_than_its_own(root, tmp_path):
    fill(root, ["lock"])
    (tmp_path / "etc").mkdir(0o700)
    os.symlink(str(tmp_path / "etc"), Layout(root).incoming)
    with pytest.raises(WheelhouseError, match="incoming is a symbolic link"):
        upload(root, "shop")
    assert stat.S_IMODE((tmp_path / "etc").stat().st_mode) == 0o700 and os.listdir(str(tmp_path / "etc")) == []
