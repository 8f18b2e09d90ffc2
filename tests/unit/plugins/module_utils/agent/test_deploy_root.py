# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import os
import pwd
import stat

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent import lock, surroundings
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.activate import activate
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.check import check
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.deploy_root import complaint
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.layout import Layout
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.receive import upload
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.stage import stage
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.manifest import manifest_id

NOBODY = 12345
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


@ROOT_ONLY
def test_a_link_that_another_user_may_lead_elsewhere(store, root, tmp_path):
    """Who owns a link in a folder like /tmp puts another in its place; so does who owns the folder that it lies in."""
    (tmp_path / "srv").mkdir(0o755)
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    os.makedirs(os.path.dirname(root))
    os.symlink(str(shared / "link"), root)
    os.symlink(str(tmp_path / "srv"), str(shared / "link"))
    assert complaint(Layout(root)) is None
    os.chown(str(shared / "link"), NOBODY, -1, follow_symlinks=False)
    refused(store, root, "{0} belongs to the user {1}".format(shared / "link", NOBODY))
    shared.chmod(0o755)
    assert complaint(Layout(root)) is None  # he can no more: only who may write to the folder replaces what is in it
    os.chown(str(shared), NOBODY, -1)
    refused(store, root, "{0} belongs to the user {1}".format(shared, NOBODY))


OURS = ["apps", "tmp", "incoming", "discarded", "agent", "wheels", "bytecode", "apps/shop", "apps/shop/releases", "apps/shop/signatures"]


@pytest.mark.parametrize("where", OURS)
def test_a_folder_of_ours_that_leads_elsewhere(store, root, tmp_path, where):
    fill(root, ["lock", "apps/blog/releases/", where + "/"])
    os.rename(os.path.join(root, where), str(tmp_path / "elsewhere"))
    os.symlink(str(tmp_path / "elsewhere"), os.path.join(root, where))
    assert "move it away" in refused(store, root, "{0} is a symbolic link".format(os.path.join(root, where)))["hint"]
    os.unlink(os.path.join(root, where))
    open(os.path.join(root, where), "w").close()
    refused(store, root, "{0} is not a folder".format(os.path.join(root, where)))


@pytest.mark.parametrize("where", OURS)
def test_a_folder_of_ours_that_others_may_write_to(store, root, where):
    fill(root, ["lock", where + "/"])
    os.chmod(os.path.join(root, where), 0o1777)
    assert "deploy_repair" in refused(store, root, "{0} can be written by others".format(os.path.join(root, where)))["hint"]
    os.chmod(os.path.join(root, where), 0o755)
    assert complaint(Layout(root), "shop") is None


@ROOT_ONLY
@pytest.mark.parametrize("where", OURS)
def test_a_folder_of_ours_that_belongs_to_another_user(store, root, where):
    fill(root, ["lock", where + "/"])
    os.chown(os.path.join(root, where), NOBODY, -1)
    assert "deploy_repair" in refused(store, root, "{0} belongs to the user {1}".format(os.path.join(root, where), NOBODY))["hint"]


def test_folders_of_another_app_are_its_own_matter(root):
    fill(root, ["lock", "apps/blog/releases/", "apps/shop/releases/"])
    os.chmod(Layout(root).app("blog"), 0o777)
    assert complaint(Layout(root), "shop") is None and complaint(Layout(root), "blog")


@ROOT_ONLY
@pytest.mark.parametrize("user, mode, fine", [(0, 0o775, False), (NOBODY, 0o775, True), (0, 0o757, False), (NOBODY, 0o757, False), (NOBODY, 0o755, True)])
@pytest.mark.parametrize("where", ["", "wheels"])
def test_what_a_deploy_takes_is_no_drift(root, monkeypatch, where, user, mode, fine):
    """Where every user has a group alone, what a user makes is often open to it."""
    fill(root, ["lock", "wheels/"])
    os.chmod(Layout(root).lock, 0o600)
    os.chmod(os.path.join(root, where), mode)
    for path in (root, os.path.join(root, "lock"), os.path.join(root, "wheels")):
        os.chown(path, user, -1)
    monkeypatch.setattr(os, "geteuid", lambda: user)
    assert (complaint(Layout(root), "shop") is None) == fine and (surroundings.rights(Layout(root), "shop") == []) == fine


def test_an_upload_goes_to_no_other_place_than_its_own(root, tmp_path):
    fill(root, ["lock"])
    (tmp_path / "etc").mkdir(0o700)
    os.symlink(str(tmp_path / "etc"), Layout(root).incoming)
    with pytest.raises(WheelhouseError, match="incoming is a symbolic link"):
        upload(root, "shop")
    assert stat.S_IMODE((tmp_path / "etc").stat().st_mode) == 0o700 and os.listdir(str(tmp_path / "etc")) == []
