# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import os
import stat

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.give_rights import give

US = os.geteuid()


def mode(path):
    return stat.S_IMODE(os.lstat(str(path)).st_mode)


@pytest.fixture(name="top")
def fixture_top(tmp_path):
    """A folder with a file in a folder, and beside it another one that is nobody's business."""
    for name in ("top/inner", "outside"):
        folder = tmp_path / name
        folder.mkdir(parents=True)
        (folder / "file").write_text("")
        folder.chmod(0o777)
        (folder / "file").chmod(0o666)
    (tmp_path / "top").chmod(0o777)
    return tmp_path / "top"


def test_permissions(top):
    give(str(top), str(top), US, forbidden=0o022)
    give(str(top), str(top / "inner"), US, mode=0o751)
    give(str(top), os.fsencode(str(top / "inner/file")), US, forbidden=0o066)
    assert (mode(top), mode(top / "inner"), mode(top / "inner/file")) == (0o755, 0o751, 0o600)


def test_the_top_may_be_a_link(top, tmp_path):
    (tmp_path / "link").symlink_to(top)
    give(str(tmp_path / "link"), str(tmp_path / "link"), US, forbidden=0o022)
    give(str(tmp_path / "link"), str(tmp_path / "link/inner"), US, forbidden=0o022)
    assert (mode(top), mode(top / "inner")) == (0o755, 0o755)


def test_no_link_is_followed(top):
    outside = top.parent / "outside"
    (top / "folder").symlink_to(outside)
    (top / "file").symlink_to(outside / "file")
    for name in ("folder", "folder/file", "file", "inner/file/deeper", "gone", "gone/file"):
        give(str(top), str(top / name), US, mode=0o700)
    assert (mode(outside), mode(outside / "file"), mode(top / "inner/file")) == (0o777, 0o666, 0o666)


def test_a_pipe_is_not_waited_for(top):
    os.mkfifo(str(top / "pipe"), 0o666)
    give(str(top), str(top / "pipe"), US, forbidden=0o022)
    assert mode(top / "pipe") == 0o644


@pytest.mark.skipif(US != 0, reason="only root can give files away")
def test_owners(top):
    (top / "link").symlink_to("inner")
    for name in ("inner", "inner/file", "link"):
        os.chown(str(top / name), 12345, 12345, follow_symlinks=False)
    give(str(top), str(top / "link"), 0)
    assert [os.lstat(str(top / name)).st_uid for name in ("link", "inner", "inner/file")] == [0, 12345, 12345]
    give(str(top), str(top / "inner"), 0)
    give(str(top), str(top / "inner/file"), 0, mode=0o4755)
    assert [os.lstat(str(top / name)).st_uid for name in ("link", "inner", "inner/file")] == [0, 0, 0]
    assert mode(top / "inner/file") == 0o4755
