# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import os

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.activate import activate
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.layout import Layout
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.status import status
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common import platform
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError


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


@pytest.mark.parametrize("app", ["../x", "", "a b"])
def test_bad_names(root, app):
    with pytest.raises(WheelhouseError):
        status(root, app)
