# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import os

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent import safe_path
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.safe_path import unsafe

NOBODY = 12345


@pytest.fixture(name="file")
def fixture_file(tmp_path):
    """A file two folders deep, in which nobody else can have a hand."""
    path = tmp_path / "outer/inner/keys"
    path.parent.mkdir(parents=True)
    path.write_text("")
    for made in (path.parent.parent, path.parent):
        made.chmod(0o755)
    path.chmod(0o644)
    return path


def test_nobody_else(file):
    assert unsafe(str(file)) is None
    assert unsafe("{0}/./../inner//keys".format(file.parent)) is None


@pytest.mark.parametrize("where", ["outer", "outer/inner", "outer/inner/keys"])
@pytest.mark.parametrize("mode", [0o664, 0o646, 0o777])
def test_what_others_may_write_to(file, tmp_path, where, mode):
    path = tmp_path / where
    path.chmod(mode | 0o111)
    assert unsafe(str(file)) == "{0} has the permissions {1:04o}".format(path, mode | 0o111)


def test_a_folder_with_the_sticky_bit(file):
    file.parent.chmod(0o1777)
    assert unsafe(str(file)) is None
    file.chmod(0o1666)
    assert unsafe(str(file)) == "{0} has the permissions 1666".format(file)


@pytest.fixture(name="give_away")
def fixture_give_away(monkeypatch):
    """Return a function that makes a path another user's; who is not root only sees it so."""
    def call(path):
        if os.geteuid() == 0:
            os.chown(path, NOBODY, -1, follow_symlinks=False)
            return
        lstat, number = os.lstat, os.lstat(path).st_ino

        def seen(asked):
            status = lstat(asked)
            return os.stat_result([*status[:4], NOBODY, *status[5:10]]) if status.st_ino == number else status
        monkeypatch.setattr(safe_path.os, "lstat", seen)
    return call


@pytest.mark.parametrize("where", ["outer", "outer/inner", "outer/inner/keys"])
def test_what_belongs_to_another(file, tmp_path, where, give_away):
    assert unsafe(str(file)) is None
    give_away(str(tmp_path / where))
    assert unsafe(str(file)) == "{0} belongs to the user {1}".format(tmp_path / where, NOBODY)


def test_where_a_link_lies_and_where_it_leads(file, tmp_path, give_away):
    folder = tmp_path / "links"
    folder.mkdir(0o755)
    absolute, relative = folder / "absolute", folder / "relative"
    absolute.symlink_to(file)
    relative.symlink_to("../links/absolute")
    assert unsafe(str(absolute)) is None and unsafe(str(relative)) is None
    folder.chmod(0o777)
    assert unsafe(str(relative)) == "{0} has the permissions 0777".format(folder)
    folder.chmod(0o755)
    file.parent.chmod(0o777)
    assert unsafe(str(relative)) == "{0} has the permissions 0777".format(file.parent)
    file.parent.chmod(0o755)
    give_away(str(absolute))
    assert unsafe(str(relative)) is None  # its owner can do nothing with it there
    folder.chmod(0o1777)
    assert unsafe(str(relative)) == "{0} belongs to the user {1}".format(absolute, NOBODY)


def test_what_is_not_there(file, tmp_path):
    (tmp_path / "loop").symlink_to("loop")
    for path in (str(file) + "2", str(file) + "/more", str(tmp_path / "loop")):
        with pytest.raises(OSError):
            unsafe(path)
