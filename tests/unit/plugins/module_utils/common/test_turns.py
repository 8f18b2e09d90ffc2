# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import fcntl
import os
import stat
import time

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common import turns
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.turns import alone_in


def test_one_after_another(tmp_path):
    child = os.fork()
    if child == 0:
        with alone_in(str(tmp_path)):
            (tmp_path / "taken").touch()
            time.sleep(0.3)
            (tmp_path / "done").touch()
        os._exit(0)
    while not (tmp_path / "taken").exists():
        time.sleep(0.01)
    with alone_in(str(tmp_path)):
        assert (tmp_path / "done").exists()
    os.waitpid(child, 0)


def test_what_is_locked_is_a_file_that_is_open_for_writing(tmp_path, monkeypatch):
    """As NFS wants it."""
    def lock(handle, _how):
        assert stat.S_ISREG(os.fstat(handle).st_mode) and fcntl.fcntl(handle, fcntl.F_GETFL) & os.O_RDWR
    monkeypatch.setattr(turns.fcntl, "flock", lock)
    with turns.alone_in(str(tmp_path / "new")):
        assert os.listdir(tmp_path / "new") == [turns.NAME]
