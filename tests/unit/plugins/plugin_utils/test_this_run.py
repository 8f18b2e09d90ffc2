# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import os

import pytest
from ansible import constants

from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils import this_run


@pytest.fixture(name="clock")
def fixture_clock(tmp_path, monkeypatch):
    """Be a run of its own, whose clock is what this list has."""
    clock = [1000.0]
    monkeypatch.setattr(this_run.time, "clock_gettime", lambda _which: clock[0])
    monkeypatch.setattr(constants, "DEFAULT_LOCAL_TMP", str(tmp_path / "ansible-local-1"))
    return clock


@pytest.mark.parametrize("seconds, fresh", [(0, True), (this_run.FRESH - 1, True), (this_run.FRESH, False), (-1, False)])
def test_what_was_seen_long_ago_is_old(clock, seconds, fresh):
    seen = this_run.now()
    clock[0] += seconds
    assert this_run.is_fresh(seen) == fresh and this_run.is_of_this_run(seen)


def test_what_was_seen_before_work_began_is_old_for_every_worker(clock):
    seen = this_run.now()
    pid = os.fork()
    if not pid:
        try:
            this_run.begin_work()
        finally:
            os._exit(0)
    os.waitpid(pid, 0)
    assert not this_run.is_fresh(seen) and this_run.is_of_this_run(seen)
    seen = this_run.now()
    assert this_run.is_fresh(seen)
    this_run.begin_work()
    assert not this_run.is_fresh(seen)


@pytest.mark.parametrize("moment", [None, "", {}, {"works": 0, "at": 1000.0}])
def test_what_says_nothing_is_of_no_run(clock, moment):
    assert not this_run.is_of_this_run(moment) and not this_run.is_fresh(moment)


def test_another_run(clock, tmp_path, monkeypatch):
    seen = this_run.now()
    monkeypatch.setattr(constants, "DEFAULT_LOCAL_TMP", str(tmp_path / "ansible-local-2"))
    assert not this_run.is_of_this_run(seen) and not this_run.is_fresh(seen)


def test_what_one_worker_found_out_the_others_know(clock):
    asked = []

    def find_out(text):
        asked.append(text)
        return {"length": len(text), "names": [text]}
    first = this_run.known("lock", "some", find_out)
    assert this_run.known("lock", "some", find_out) == first == {"length": 4, "names": ["some"]} and asked == ["some"]
    assert this_run.known("lock", "other", find_out)["length"] == 5 and this_run.known("else", "some", find_out) == first
    assert asked == ["some", "other", "some"]
    (folder,) = [path for path in os.listdir(constants.DEFAULT_LOCAL_TMP) if path != "wheelhouse.work"]
    assert {os.stat(os.path.join(constants.DEFAULT_LOCAL_TMP, folder, name)).st_mode & 0o777
            for name in os.listdir(os.path.join(constants.DEFAULT_LOCAL_TMP, folder))} == {0o600}


def test_what_could_not_be_found_out_is_asked_again(clock):
    def fail(_text):
        raise ValueError("this is no lock")
    for _number in range(2):
        with pytest.raises(ValueError):
            this_run.known("lock", "some", fail)
    assert this_run.known("lock", "some", lambda text: {"length": 4}) == {"length": 4}


def test_nothing_is_kept_where_nothing_can_be_written(clock, tmp_path):
    (tmp_path / "ansible-local-1").write_text("")  # a file in the place of the folder
    assert this_run.known("lock", "some", lambda text: {"length": 4}) == {"length": 4}
