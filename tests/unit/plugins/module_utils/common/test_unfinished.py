# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import multiprocessing
import os
import signal

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common import files, unfinished


def killed(work):
    """Carry out ``work`` in a process that is killed in the end."""
    child = os.fork()
    if not child:
        work()
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)


def write_half(path):
    stream = files.temporary_file(path).__enter__()
    stream.write(b"half")
    stream.flush()


def test_what_a_killed_process_left_goes(tmp_path):
    killed(lambda: write_half(str(tmp_path / "file")))
    folder = unfinished.temporary_folder(str(tmp_path))
    killed(folder.__enter__)
    assert len(os.listdir(tmp_path)) == 2
    unfinished.sweep(str(tmp_path))
    assert os.listdir(tmp_path) == []


def test_what_is_being_made_stays(tmp_path):
    with files.temporary_file(str(tmp_path / "file")) as stream, unfinished.temporary_folder(str(tmp_path)) as folder:
        assert os.stat(folder).st_mode & 0o077 == 0
        unfinished.sweep(str(tmp_path))
        assert len(os.listdir(tmp_path)) == 2
        stream.write(b"whole")
    assert os.listdir(tmp_path) == ["file"] and (tmp_path / "file").read_bytes() == b"whole"


@pytest.mark.parametrize("name", [".tmp-", ".tmp-1", ".tmp-wheelhouse-", ".tmp-wheelhouse-1", ".tmp-wheelhouse-12345678.txt", "tmp-wheelhouse-12345678"])
def test_what_is_somebody_elses_stays(tmp_path, name):
    (tmp_path / name).write_bytes(b"mine")
    unfinished.sweep(str(tmp_path))
    assert os.listdir(tmp_path) == [name]


def test_where_nothing_is_there_is_nothing_to_do(tmp_path):
    unfinished.sweep(str(tmp_path / "absent"))
    assert os.listdir(tmp_path) == []


def test_a_link_is_not_followed(tmp_path):
    (tmp_path / "kept").mkdir()
    os.symlink(tmp_path / "kept", tmp_path / ".tmp-wheelhouse-12345678")
    unfinished.sweep(str(tmp_path))
    assert (tmp_path / "kept").is_dir()


def test_many_write_while_many_sweep(tmp_path):
    def write():
        for turn in range(300):
            files.write_file(str(tmp_path / f"file{turn}"), b"x")
            with unfinished.temporary_folder(str(tmp_path)) as folder:
                files.write_file(os.path.join(folder, "inner"), b"x")

    def sweep():
        while True:
            unfinished.sweep(str(tmp_path))
    context = multiprocessing.get_context("fork")
    sweepers = [context.Process(target=sweep, daemon=True) for _number in range(2)]
    writers = [context.Process(target=write) for _number in range(2)]
    for process in sweepers + writers:
        process.start()
    for process in writers:
        process.join(120)
        assert process.exitcode == 0
    for process in sweepers:
        process.terminate()
        process.join()
    unfinished.sweep(str(tmp_path))
    assert sorted(os.listdir(tmp_path)) == sorted(f"file{turn}" for turn in range(300))
