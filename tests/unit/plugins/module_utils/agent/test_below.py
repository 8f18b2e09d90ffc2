# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import os

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent import below


@pytest.fixture(name="top")
def fixture_top(tmp_path):
    (tmp_path / "top/inner/deep").mkdir(parents=True)
    (tmp_path / "outside/deep").mkdir(parents=True)
    return tmp_path / "top"


def names(top, path, **options):
    with below.opened(str(top), os.fsencode(str(path)), **options) as folder:
        return sorted(os.listdir(folder))


def test_a_folder(top):
    (top / "inner/deep/file").write_text("")
    (top.parent / "link").symlink_to(top)
    assert names(top, top) == ["inner"] and names(top, top / "inner/deep") == ["file"]
    assert names(top.parent / "link", top.parent / "link/inner/deep") == ["file"]


def test_what_is_missing_is_made(top):
    with pytest.raises(FileNotFoundError, match="top/new'"):
        names(top, top / "new/inner")
    assert names(top, top / "new/inner", make=True) == [] and (top / "new/inner").is_dir()


@pytest.mark.parametrize("where", ["link", "link/deep", "link/new", "file", "file/new"])
def test_no_link_is_followed(top, where):
    (top / "link").symlink_to(top.parent / "outside")
    (top / "file").write_text("")
    with pytest.raises(below.Elsewhere, match="top/(link|file) is a link, or no folder"):
        names(top, top / where, make=True)
    assert os.listdir(str(top.parent / "outside")) == ["deep"]
