# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import errno
import os
import shutil

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent import claim


@pytest.fixture(autouse=True)
def fixture_nothing_held():
    claim.let_go()
    yield
    claim.let_go()


def free(path):
    with claim.unheld(path) as found:
        return found


def test_what_is_held_is_held_until_it_is_let_go(tmp_path):
    assert free(str(tmp_path))
    assert claim.hold(str(tmp_path)) and claim.hold(str(tmp_path))
    assert not free(str(tmp_path))
    claim.let_go()
    assert free(str(tmp_path))


def test_what_is_removed_just_now_is_not_held(tmp_path):
    with claim.unheld(str(tmp_path)) as found:
        assert found and not claim.hold(str(tmp_path))
    assert free(str(tmp_path)) and claim.hold(str(tmp_path))


def test_what_is_gone(tmp_path):
    path = str(tmp_path / "gone")
    assert not claim.hold(path) and free(path)
    os.symlink(str(tmp_path), path)
    assert not claim.hold(path) and free(path)


@pytest.mark.parametrize("then", ["gone", "another one"])
def test_what_was_removed_before_it_was_locked(tmp_path, monkeypatch, then):
    path = tmp_path / "release"
    path.mkdir()
    real = claim.fcntl.flock

    def flock(handle, how):
        path.rename(tmp_path / "discarded")
        if then == "another one":
            path.mkdir()
        real(handle, how)
    monkeypatch.setattr(claim.fcntl, "flock", flock)
    assert not claim.hold(str(path))


def test_a_file_system_without_such_locks(tmp_path, monkeypatch):
    def flock(_handle, _how):
        raise OSError(errno.EBADF, "a folder is not open for writing")
    monkeypatch.setattr(claim.fcntl, "flock", flock)
    assert claim.hold(str(tmp_path)) and free(str(tmp_path))


def test_what_cannot_be_looked_at_is_left_alone(tmp_path, monkeypatch):
    def fail(*_arguments):
        raise OSError(errno.EMFILE, "too many")
    with monkeypatch.context() as patch:
        patch.setattr(os, "open", fail)
        assert not free(str(tmp_path)) and not claim.hold(str(tmp_path))


def test_no_file_stays_open_of_what_is_gone(tmp_path):
    before = len(os.listdir("/proc/self/fd"))
    folder = tmp_path / "one"
    folder.mkdir()
    claim.hold(str(folder))
    shutil.rmtree(str(folder))
    claim.let_go()
    with claim.unheld(str(folder)):
        pass
    assert len(os.listdir("/proc/self/fd")) == before
