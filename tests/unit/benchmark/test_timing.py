# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Measuring in turn, medians, goals."""
import pytest

from tests.benchmark.timing import Contender, Goal, measure, medians, verdicts


def test_contenders_take_turns_and_what_prepares_them_comes_first():
    order = []

    def contender(name):
        return Contender(name, {"one": lambda: order.append(f"{name} one"), "two": lambda: order.append(f"{name} two")},
                         lambda: order.append(f"{name} prepared"))
    said = []
    seconds = measure([contender("a"), contender("b")], 2, said.append)
    assert order == 2 * ["a prepared", "a one", "a two", "b prepared", "b one", "b two"]
    assert {name: {step: len(found) for step, found in steps.items()} for name, steps in seconds.items()} == {
        "a": {"one": 2, "two": 2}, "b": {"one": 2, "two": 2}}
    assert len(said) == 8 and said[0].startswith("run 1 of 2: a, one: ")


def test_a_slow_contender_takes_part_in_fewer_runs():
    seconds = measure([Contender("a", {"one": lambda: None}), Contender("slow", {"one": lambda: None}, runs=1)], 3, lambda _text: None)
    assert (len(seconds["a"]["one"]), len(seconds["slow"]["one"])) == (3, 1)


def test_a_median_is_not_moved_by_one_slow_run():
    assert medians({"a": {"one": [1.0, 90.0, 2.0], "two": []}}) == {"a": {"one": 2.0}}


@pytest.mark.parametrize(("goal", "took", "limit", "reached"), [
    (Goal("a", "one", 1.3, "b", "one"), 2.0, 13.0, True),
    (Goal("a", "one", 1 / 10, "b", "one"), 2.0, 1.0, False),
    (Goal("a", "one", 0.1, "b", "one", more=1.0), 2.0, 2.0, True),
])
def test_goals(goal, took, limit, reached):
    (_goal, found, at_most, verdict), = verdicts([goal], {"a": {"one": 2.0}, "b": {"one": 10.0}})
    assert (found, pytest.approx(at_most), verdict) == (took, limit, reached)


def test_a_goal_of_what_was_not_measured_has_no_verdict():
    assert verdicts([Goal("a", "one", 1, "b", "one")], {"a": {"one": 1.0}}) == []
    assert verdicts([Goal("a", "one", 1, "b", "one")], {"a": {"one": 1.0}, "b": {"two": 1.0}}) == []
