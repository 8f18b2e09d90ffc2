# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import os

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent import history
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.activate import activate
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.layout import Layout
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.status import status
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common import platform
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.work import work_of


def test_a_host_with_nothing(root):
    found = status(root, "shop")
    assert not os.path.exists(os.path.dirname(root))
    assert found.pop("free_bytes") > 0
    assert os.path.isabs(found.pop("python")) and "free_inodes" in found and found.pop("free_inodes") != 0
    assert found == {
        "platform": platform.describe(),
        "current": None,
        "previous": None,
        "unfinished": None,
        "releases": [],
        "wheels": [],
        "bytecode": [],
        "packages": {},
        "signed": [],
        "root_writable": True,
        "root_reason": "",
    }


def test_a_host_with_releases(staged, root):
    one, two = staged("1.0"), staged("2.0")
    for release in (one, two):
        activate(root, "shop", release)
    found = status(root, "shop")
    assert (found["current"], found["previous"], found["releases"]) == (two, one, sorted([one, two]))
    assert found["packages"] == {"shop": "2.0"}
    assert len(found["wheels"]) == 2 and len(found["bytecode"]) == 2
    assert status(root, "other")["current"] is None


def test_a_root_that_cannot_be_used(tmp_path):
    (tmp_path / "file").write_text("")
    found = status(str(tmp_path / "file"), "shop")
    assert found["root_writable"] is False and "is not a folder" in found["root_reason"]


def test_a_link_to_nothing(root):
    os.makedirs(Layout(root).app("shop"))
    os.symlink("releases/0123456789abcdef", Layout(root).current("shop"))
    assert (status(root, "shop")["current"], status(root, "shop")["packages"]) == ("0123456789abcdef", {})


def test_a_root_that_is_a_link_to_nothing(tmp_path):
    (tmp_path / "link").symlink_to("nowhere/at/all")
    found = status(str(tmp_path / "link"), "shop")
    assert found["root_writable"] is False and "is not a folder" in found["root_reason"] and found["free_bytes"] > 0


@pytest.mark.parametrize("text", ["", "{", "{}", "[]", '{"wheels": [1]}'])
def test_a_manifest_that_was_altered(staged, root, text):
    release = staged("1.0")
    activate(root, "shop", release)
    path = os.path.join(Layout(root).release("shop", release), "manifest.json")
    os.unlink(path)
    with open(path, "w") as stream:
        stream.write(text)
    assert (status(root, "shop")["current"], status(root, "shop")["packages"]) == (release, {})


@pytest.mark.parametrize("text", ["", "{", "{}", "[]", '{"to": 1, "from": null, "action": "deploy"}'])
def test_a_note_of_activating_that_was_altered(root, text):
    os.makedirs(Layout(root).app("shop"))
    with open(Layout(root).activating("shop"), "w") as stream:
        stream.write(text)
    with pytest.raises(WheelhouseError, match="activating.json is damaged") as caught:
        status(root, "shop")
    assert caught.value.hint


@pytest.mark.parametrize("app", ["../x", "", "a b"])
def test_bad_names(root, app):
    with pytest.raises(WheelhouseError):
        status(root, app)


def test_looking_costs_the_same_with_fifty_releases(staged, root):
    activate(root, "shop", staged("1.0"))
    alone = work_of(status, root, "shop")
    layout = Layout(root)
    for number in range(1, 50):
        release = "{0:016x}".format(number)
        os.makedirs(layout.release("shop", release))
        history.append(layout.history("shop"), "deploy", {}, None, release, "ok")
        for kind in ("wheels", "bytecode"):
            os.makedirs(os.path.join(root, kind, "{0:064x}".format(number)))
    activate(root, "shop", staged("2.0"), keep=99)
    found = status(root, "shop")
    assert len(found["releases"]) == 51 and len(found["wheels"]) == 51
    assert work_of(status, root, "shop") == alone
