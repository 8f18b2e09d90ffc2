# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import io
import os

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.kept_files import stored_files
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.manifest import places
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.transfer import pack
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.keeper import folder, main
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.wheelhouse import Wheelhouse
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.module_utils.common.folders import fill, tree
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.plugin_utils.stored_wheels import entry, manifest
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.work import at_each_call

SHA256 = "0" * 64


@pytest.fixture(name="root")
def fixture_root(tmp_path):
    return str(tmp_path / "srv")


@pytest.mark.parametrize("name", sorted(main.OPERATIONS))
def test_nothing_is_done_in_a_folder_of_somebody_else(root, name):
    fill(root, ["index.html", "uploads/photo.jpg", "simple/numpy/index.html"])
    before = tree(root)
    with pytest.raises(WheelhouseError, match="the wheelhouse {0} has what is not of nogcc.wheelhouse: index.html, simple, uploads".format(root)) as caught:
        main.OPERATIONS[name](root)
    assert "wheelhouse_dir" in caught.value.hint and tree(root) == before


@pytest.mark.parametrize("paths", [
    ["index.html"], ["uploads/photo.jpg"], ["simple/numpy/index.html"], ["simple/index.html"], ["releases/2024/notes.json"], ["releases/shop/"],
    ["sources/main.c"], ["wheels/mine-1.0-py3-none-any.whl"], ["bytecode/x.zip"], ["builds/7/log"], ["outgoing/letter"], ["wheels/", "README"], ["tools/"]])
def test_a_folder_of_somebody_else(root, paths):
    fill(root, paths)
    with pytest.raises(WheelhouseError, match="has what is not of nogcc.wheelhouse"):
        folder.require(root)


@pytest.mark.parametrize("paths", [
    [], ["lost+found/"], [".gitignore", ".gitkeep", ".git/config"], [".lock"], [".tmp-wheelhouse-scratch0/files.tar"], ["wheels/", "sources/", "releases/"],
    ["uploads/tmp0123abc_/files.tar"], ["outgoing/tmp0123abc_/"], ["outgoing/0123456789abcdef.tar", "outgoing/0123456789abcdef.tar.lock"],
    ["simple/.tmp-wheelhouse-half0000"], [f"wheels/{SHA256}/", "README"], [f"sources/{SHA256}/", "uploads/photo.jpg"], [f"bytecode/{SHA256}.zip", "notes"],
    ["releases/shop/0123456789abcdef.json", "releases/2024/notes.json"], ["simple/.catalogue.json", "index.html", "robots.txt"], [f"builds/{SHA256}/"]])
def test_a_folder_that_is_new_or_a_wheelhouse(root, paths):
    fill(root, paths)
    folder.require(root)


def test_a_first_run_may_end_anywhere(root, tmp_path):
    """Whatever the call after which it was killed, the next run takes the folder for its own."""
    made = manifest(entry(tmp_path / "other", "a", "1.0"))

    def refused():
        try:
            folder.require(root)
            return None
        except WheelhouseError:
            return tree(root)

    def run():
        wheelhouse = Wheelhouse(root)
        incoming = main.OPERATIONS["receive"](root)["incoming"]
        main.OPERATIONS["forget_upload"](root, path=f"{incoming}/files.tar")
        with wheelhouse.scratch() as scratch:
            with open(f"{scratch}/files.tar", "wb") as archive:
                pack(archive, str(tmp_path / "other"), stored_files(made))
            wheelhouse.take(archive.name, stored_files(made))
        with wheelhouse.alone():
            pass
        wheelhouse.publish(made, made)
        with wheelhouse.tar(places(made)):
            pass
    assert at_each_call(refused, run) == []


@pytest.mark.parametrize("work", [
    main.OPERATIONS["index"], lambda root: main.OPERATIONS["keep_signatures"](root, app="shop", seen="", new={}),
    lambda root: main.OPERATIONS["pack"](root, files={}), lambda root: main.OPERATIONS["take"](root, stream=io.BytesIO(b"\0" * 1024), files={})])
def test_one_operation_after_another(root, work):
    os.makedirs(root)
    for _turn in range(2):
        work(root)
        folder.require(root)
