# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import contextlib
import fcntl
import hashlib
import multiprocessing
import os
import signal
import tarfile
import threading
import time

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils import here, outgoing
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.wheelhouse import Wheelhouse


@pytest.fixture(name="files")
def fixture_files(tmp_path):
    files = {}
    for data in (b"one", b"two" * 1000):
        sha256 = hashlib.sha256(data).hexdigest()
        path = tmp_path / "wheels" / sha256 / "x-1-py3-none-any.whl"
        path.parent.mkdir(parents=True)
        path.write_bytes(data)
        files[str(path.relative_to(tmp_path))] = (sha256, len(data))
    return files


def all_end(work, count):
    """Run ``work`` in ``count`` processes at once; return their exit codes, None of one that does not end."""
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=work) for number in range(count)]
    for process in processes:
        process.start()
    end = time.monotonic() + 60
    for process in processes:
        process.join(max(0, end - time.monotonic()))
    codes = [process.exitcode for process in processes]
    for process in processes:
        process.kill()
    return codes


def test_it_holds_the_files_and_is_gone_afterwards(tmp_path, files):
    with Wheelhouse(str(tmp_path)).tar(files) as path, tarfile.open(path) as archive:
        assert archive.getnames() == sorted(files)
    assert os.listdir(tmp_path / "outgoing") == []


def test_two_share_one(tmp_path, files, monkeypatch):
    packed = []
    pack = here.pack
    monkeypatch.setattr(here, "pack", lambda *arguments: packed.append(1) or pack(*arguments))
    wheelhouse = Wheelhouse(str(tmp_path))
    with wheelhouse.tar(files) as first:
        with wheelhouse.tar(files) as second:
            assert first == second
        assert os.path.exists(first)  # the other one is still sending it
    assert packed == [1] and os.listdir(tmp_path / "outgoing") == []


def test_many_at_once(tmp_path, files):
    def send():
        with Wheelhouse(str(tmp_path)).tar(files) as path, tarfile.open(path) as archive:
            return archive.getnames()

    def send_often():
        for turn in range(20):
            assert send() == sorted(files), turn
    assert all_end(send_often, 6) == [0] * 6
    assert os.listdir(tmp_path / "outgoing") == []


def test_nobody_waits_for_others_to_have_sent_it(tmp_path):
    def write(path):
        made.append(path)
        open(path, "wb").close()

    def send():
        begin.wait(60)
        with outgoing.shared_tar(str(tmp_path / folder), {"a": ("0", 1)}, write):
            all_send.wait(60)
    for turn in range(50):
        made, folder, begin, all_send = [], str(turn), threading.Barrier(3), threading.Barrier(3)
        threads = [threading.Thread(target=send) for sender in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(made) == 1 and not all_send.broken, turn


def test_where_it_can_not_be_made_each_of_many_is_told(tmp_path):
    def send():
        def write(path):
            time.sleep(0.02)
            raise WheelhouseError("the disk is full")
        with pytest.raises(WheelhouseError, match="the disk is full"), outgoing.shared_tar(str(tmp_path), {"a": ("0", 1)}, write):
            raise AssertionError("nothing to send")
    assert all_end(send, 40) == [0] * 40


def test_the_one_that_makes_it_is_killed_and_another_makes_it(tmp_path):
    def send():
        def write(path):
            with open(path, "wb"):
                time.sleep(0.1)
            with contextlib.suppress(FileExistsError):
                os.close(os.open(str(tmp_path / "killed"), os.O_CREAT | os.O_EXCL))
                os.kill(os.getpid(), signal.SIGKILL)
        with outgoing.shared_tar(str(tmp_path / "outgoing"), {"a": ("0", 1)}, write) as path:
            assert os.path.exists(path)
    assert sorted(all_end(send, 40)) == [-signal.SIGKILL] + [0] * 39
    outgoing.forget_unsent(str(tmp_path))
    assert os.listdir(tmp_path / "outgoing") == []


def test_a_damaged_file_stops_it_and_leaves_no_tar(tmp_path, files):
    place = sorted(files)[0]
    (tmp_path / place).write_bytes(b"xxx")
    with pytest.raises(WheelhouseError, match="damaged"):
        with Wheelhouse(str(tmp_path)).tar(files):
            raise AssertionError("nothing to send")
    assert not [name for name in os.listdir(tmp_path / "outgoing") if not name.endswith(".lock")]


def test_what_a_killed_run_left_half_made_is_not_taken(tmp_path, files):
    with Wheelhouse(str(tmp_path)).tar(files) as path:
        name = os.path.basename(path)
    (tmp_path / "outgoing" / ".tmp-wheelhouse-half0000").write_bytes(b"half")
    (tmp_path / "outgoing" / (name + ".lock")).write_bytes(b"")
    with Wheelhouse(str(tmp_path)).tar(files) as path, tarfile.open(path) as archive:
        assert archive.getnames() == sorted(files)


def test_what_a_killed_run_left_goes(tmp_path, files):
    folder = tmp_path / "outgoing"
    folder.mkdir()
    for name in ("0123456789abcdef.tar", "0123456789abcdef.tar.lock", "fedcba9876543210.tar.lock", ".tmp-wheelhouse-00000000"):
        (folder / name).write_bytes(b"")
    (tmp_path / ".tmp-wheelhouse-tree0000").mkdir()
    (tmp_path / "README").write_bytes(b"")
    wheelhouse = Wheelhouse(str(tmp_path))
    with wheelhouse.tar(files) as path:
        wheelhouse.forget_unsent()
        assert sorted(os.listdir(folder)) == [os.path.basename(path), os.path.basename(path) + ".lock"]  # it is being sent
    wheelhouse.forget_unsent()
    assert os.listdir(folder) == [] and sorted(os.listdir(tmp_path)) == ["README", "outgoing", "wheels"]


def test_what_has_another_name_stays(tmp_path):
    names = ["backup.tar", "backup.tar.lock", "0123456789abcdef.tar.old", "0123456789ABCDEF.tar.lock", ".tmp-wheelhouse-letters"]
    (tmp_path / "outgoing").mkdir()
    for name in names:
        (tmp_path / "outgoing" / name).write_bytes(b"")
    outgoing.forget_unsent(str(tmp_path))
    assert sorted(os.listdir(tmp_path / "outgoing")) == sorted(names)


def test_there_need_be_nothing(tmp_path):
    Wheelhouse(str(tmp_path / "absent")).forget_unsent()
    assert not (tmp_path / "absent").exists()


def test_what_another_one_makes_anew_meanwhile_stays(tmp_path, monkeypatch):
    tar = tmp_path / "outgoing/0123456789abcdef.tar"
    tar.parent.mkdir()
    for path in (tar, tmp_path / f"{tar}.lock"):
        path.write_bytes(b"old")
    flock = outgoing.fcntl.flock

    def late(lock, how):
        if how == fcntl.LOCK_EX | fcntl.LOCK_NB:
            for path in (tar, tmp_path / f"{tar}.lock"):
                path.rename(f"{path}.old")
                path.write_bytes(b"new")
        return flock(lock, how)
    monkeypatch.setattr(outgoing.fcntl, "flock", late)
    outgoing.forget_unsent(str(tmp_path))
    assert tar.read_bytes() == b"new" and (tmp_path / f"{tar}.lock").exists()
