# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import os
import subprocess
import sys

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder.untrusted import check_plain, remove_tree
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError


@pytest.mark.parametrize("make, words", [
    (os.mkfifo, "something else than a file"),
    (os.mkdir, "something else than a file"),
    (lambda path: os.symlink("/etc/passwd", path), "something else than a file"),
    (lambda path: os.symlink("/nowhere", path), "something else than a file"),
    (lambda path: os.link(path[:-1] + "other", path), "something else than a file"),
    (lambda path: open(path, "wb").write(b"12345"), "larger than 4 bytes"),
])
def test_what_is_not_opened(tmp_path, make, words):
    (tmp_path / "other").write_bytes(b"")
    make(str(tmp_path / "x"))
    with pytest.raises(WheelhouseError, match=words):
        check_plain(str(tmp_path / "x"), 4)


def test_what_is_opened(tmp_path):
    (tmp_path / "x").write_bytes(b"1234")
    check_plain(str(tmp_path / "x"), 4)
    check_plain(str(tmp_path / "absent"), 4)


def test_folders_without_end(tmp_path):
    dig = "import os\nfor _number in range(5000):\n os.mkdir('d')\n os.chdir('d')"
    (tmp_path / "x").mkdir()
    subprocess.run([sys.executable, "-c", dig], cwd=tmp_path / "x", check=True)
    remove_tree(str(tmp_path / "x"))
    assert os.listdir(tmp_path) == []


def test_folders_that_nobody_may_enter(tmp_path):
    (tmp_path / "x" / "y").mkdir(parents=True)
    (tmp_path / "x" / "y" / "z").touch()
    (tmp_path / "x" / "y").chmod(0)
    remove_tree(str(tmp_path / "x"))
    assert os.listdir(tmp_path) == []
    remove_tree(str(tmp_path / "x"))
