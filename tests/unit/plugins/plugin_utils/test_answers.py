# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import multiprocessing
import os
import time

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.turns import NAME
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.answers import FAILED, Answers

LOOK, MORE = {"op": "look", "app": "shop"}, {"op": "release"}


@pytest.fixture(name="answers")
def fixture_answers(tmp_path):
    return Answers(str(tmp_path / "answers"))


def test_only_what_is_not_known_is_asked_and_all_at_once(answers):
    asked = []

    def carry_out(*calls):
        asked.append(list(calls))
        return [{"to": call["op"]} for call in calls]
    assert answers.to([LOOK], carry_out) == [{"to": "look"}]
    assert answers.to([MORE, LOOK, {**LOOK, "app": "b"}], carry_out) == [{"to": "release"}, {"to": "look"}, {"to": "look"}]
    assert answers.to([LOOK, MORE], carry_out) == [{"to": "look"}, {"to": "release"}]
    assert asked == [[LOOK], [MORE, {**LOOK, "app": "b"}]]
    answers.forget()
    answers.to([LOOK], carry_out)
    assert asked[2:] == [[LOOK]]
    assert all(os.stat(entry.path).st_mode & 0o077 == 0 for entry in os.scandir(answers.folder) if entry.name != NAME)


def test_a_failure_is_that_of_all_who_ask_the_same_for_a_while(answers, monkeypatch):
    asked = []

    def fail(*calls):
        asked.append(calls)
        raise WheelhouseError("down", hint="see to it")
    for _turn in range(3):
        with pytest.raises(WheelhouseError, match="down") as caught:
            answers.to([LOOK], fail)
        assert caught.value.hint == "see to it"
    assert len(asked) == 1
    assert answers.to([MORE], lambda *calls: [{}]) == [{}]
    later = time.time() + FAILED + 1
    monkeypatch.setattr(time, "time", lambda: later)
    assert answers.to([LOOK], lambda *calls: [{"up": True}]) == [{"up": True}]


def test_of_many_workers_one_asks(answers, tmp_path):
    def carry_out(*_calls):
        time.sleep(0.2)
        with open(tmp_path / "asked", "a", encoding="utf-8") as stream:
            stream.write("x")
        return [{"answer": 1}]

    def work():
        assert answers.to([LOOK], carry_out) == [{"answer": 1}]
    processes = [multiprocessing.get_context("fork").Process(target=work) for _number in range(6)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(30)
        assert process.exitcode == 0
    assert (tmp_path / "asked").read_text() == "x"
