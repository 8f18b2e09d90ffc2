# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import os
import signal
import time

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent import workers as workers_
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.workers import Workers, processors, spread
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError


@pytest.mark.parametrize("count", [1, 2, 5])
def test_each_item_once(tmp_path, count):
    def work(item):
        with open(str(tmp_path / item), "x") as stream:
            stream.write(str(os.getpid()))
    items = ["item-{0}".format(number) for number in range(40)]
    with Workers(work, items, count) as workers:
        for number in range(40):
            workers.submit(number)
        assert workers.finish() == {number: None for number in range(40)}
    pids = {(tmp_path / item).read_text() for item in items}
    assert str(os.getpid()) not in pids and 1 <= len(pids) <= count


def test_all_of_them_work_at_the_same_time(tmp_path):
    def work(item):
        (tmp_path / item).touch()
        until = time.monotonic() + 20
        while len(list(tmp_path.iterdir())) < 3:  # alone it would never get there
            assert time.monotonic() < until
            time.sleep(0.01)
    with Workers(work, ["a", "b", "c"], 3) as workers:
        for number in range(3):
            workers.submit(number)
        assert workers.finish() == {0: None, 1: None, 2: None}


def test_as_many_as_the_processors_that_it_is_given():
    given = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(given)})
        assert processors() == 1 and Workers(print, list("abc")).count == 1
    finally:
        os.sched_setaffinity(0, given)
    assert processors() == len(given) and Workers(print, list("abcdefghijkl")).count == min(len(given), 8)


def test_results_are_spread_over_processes_and_come_in_order(monkeypatch):
    monkeypatch.setattr(workers_, "processors", lambda: 3)
    found = spread(lambda item: (item, os.getpid()), list(range(10)))
    assert [item for item, _pid in found] == list(range(10))
    assert len({pid for _item, pid in found}) == 3 and os.getpid() not in {pid for _item, pid in found}


def test_errors_come_back():
    def work(item):
        if item == "ours":
            raise WheelhouseError("damaged", package="shop")
        if item == "theirs":
            raise OSError(28, "No space left on device")
        if item == "bug":
            raise KeyError("x")
    with Workers(work, ["good", "ours", "theirs", "bug"], 2) as workers:
        for number in (0, 1, 2, 3):
            workers.submit(number)
        outcome = workers.finish()
    assert outcome[0] is None
    assert (outcome[1]["message"], outcome[1]["package"]) == ("damaged", "shop")
    assert "No space left" in outcome[2]["message"]
    assert "KeyError" in outcome[3]["message"] and "Traceback" in outcome[3]["log"]


def test_only_what_was_handed_out_is_done():
    with Workers(lambda item: None, ["a", "b"]) as workers:
        workers.submit(1)
        assert workers.finish() == {1: None}


def test_a_killed_worker_is_an_error():
    with Workers(lambda item: os.kill(os.getpid(), signal.SIGKILL), ["a"]) as workers:
        workers.submit(0)
        error = list(workers.finish().values())[0]
    assert error["message"] == "a process that was unpacking was ended by signal 9" and "memory" in error["hint"]


def test_work_is_handed_out_though_no_worker_lives():
    with Workers(lambda item: os.kill(os.getpid(), signal.SIGKILL), ["a", "b", "c"], 1) as workers:
        workers.submit(0)
        os.waitid(os.P_PID, workers.children[0][0], os.WEXITED | os.WNOWAIT)
        workers.submit(1)
        workers.submit(2)
        errors = list(workers.finish().values())
    error = errors[0]
    assert len(errors) == 1 and "was ended by signal 9" in error["message"] and "memory" in error["hint"]


def fail(error):
    def work(_item):
        raise error
    return work


@pytest.mark.parametrize("work, said, hint", [
    (fail(WheelhouseError("damaged", hint="mend it")), "damaged", "mend it"), (fail(PermissionError(13, "Permission denied")), "Permission denied", ""),
    (fail(MemoryError()), "not enough memory for reading files", "free some memory"), (fail(KeyError("x")), "unexpected KeyError", ""),
    (lambda _item: os.kill(os.getpid(), signal.SIGKILL), "a process that was reading files was ended by signal 9", "memory"),
    (lambda _item: os.kill(os.getpid(), signal.SIGTERM), "was ended by signal 15", ""), (lambda _item: os._exit(3), "ended with status 3", "memory"),
])
def test_a_process_that_fails_says_why(work, said, hint):
    with pytest.raises(WheelhouseError) as caught:
        spread(work, ["a", "b"])
    assert said in caught.value.message and hint in caught.value.hint and bool(hint) == bool(caught.value.hint)


def test_an_error_in_the_block_ends_the_workers():
    before = time.monotonic()
    with pytest.raises(KeyError):
        with Workers(lambda item: time.sleep(30), ["a"]) as workers:
            workers.submit(0)
            raise KeyError
    assert time.monotonic() - before < 5
    assert workers.children == []
