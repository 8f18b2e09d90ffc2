# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import os

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.layout import Layout
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError


@pytest.mark.parametrize("root", ["", "/", "//", "opt", "./opt", "/opt/../etc", "/opt\n", "~/x", "/opt/a:b", "/opt/\udcff", "/opt/'''", None, 7])
def test_what_cannot_be_a_root(root):
    with pytest.raises(WheelhouseError, match="deploy root"):
        Layout(root)


@pytest.mark.parametrize("root", ["/opt/wheelhouse", "/opt/with space", "/opt/it's \"quoted\"", "/opt/\u00fcml\u00e4ut", "/opt/a\\b", "/opt/100%"])
def test_what_can_be_a_root(root):
    assert Layout(root + "/").root == root


@pytest.mark.parametrize("app", ["", ".", "..", "a/b", "../a", "a..b", " a", "a b", "-a", ".a", "a\n", "\u00e4", None])
def test_what_cannot_be_an_app(app):
    with pytest.raises(WheelhouseError, match="name for an app"):
        Layout("/opt/wheelhouse").app(app)


@pytest.mark.parametrize("release", ["", "..", "x" * 16, "0" * 15, "0" * 17, "0" * 15 + "/", None])
def test_what_cannot_be_a_release(release):
    with pytest.raises(WheelhouseError, match="id of a release"):
        Layout("/opt/wheelhouse").release("shop", release)


def test_nothing_there_is_no_release(tmp_path):
    layout = Layout(str(tmp_path / "none"))
    assert layout.current_release("shop") is None
    assert layout.release_ids("shop") == [] and layout.held("wheels") == []


def test_current_is_a_link(tmp_path):
    layout = Layout(str(tmp_path) + "/")
    os.makedirs(layout.app("shop"))
    os.symlink("releases/0123456789abcdef", layout.current("shop"))
    assert layout.current_release("shop") == "0123456789abcdef"
    os.unlink(layout.current("shop"))
    os.mkdir(layout.current("shop"))
    with pytest.raises(WheelhouseError, match="not a symbolic link"):
        layout.current_release("shop")


def test_places_and_trees():
    layout = Layout("/opt/wheelhouse")
    assert layout.unpacked("wheels/ab/x.whl") == "/opt/wheelhouse/wheels/ab"
    assert layout.unpacked("bytecode/cd.zip") == "/opt/wheelhouse/bytecode/cd"
