# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The tables of a run."""
import pytest

from tests.benchmark.report import describe, figure, goals_table, seconds_table
from tests.benchmark.timing import Goal


@pytest.mark.parametrize(("seconds", "text"), [(0.042, "0.04"), (0.999, "1.00"), (2.14, "2.1"), (99.94, "99.9"), (314.6, "315")])
def test_figures(seconds, text):
    assert figure(seconds) == text


def test_seconds_with_a_gap_where_a_contender_has_no_such_step():
    assert seconds_table({"ours": {"first": [3.0, 1.0, 2.0], "again": [0.5, 0.5, 0.6]}, "ping": {"again": [0.25, 0.25, 0.1]}}) == (
        "| seconds | first | again |\n"
        "| ------- | ----: | ----: |\n"
        "| ours    |   2.0 |  0.50 |\n"
        "| ping    |       |  0.25 |")


def test_who_took_part_once_is_marked():
    found = seconds_table({"ours": {"first": [3.0, 1.0, 2.0]}, "slow": {"first": [900.0]}})
    assert [line.split("|")[1].strip() for line in found.splitlines()[2:]] == ["ours", "slow (one run)"]


def test_goals_say_what_was_reached():
    goals = [Goal("ours", "first", 1 / 10, "pip", "first"), Goal("ours", "again", 1.3, "ping", "again")]
    found = goals_table(goals, {"ours": {"first": [5.0], "again": [2.0]}, "pip": {"first": [60.0]}, "ping": {"again": [1.0]}})
    assert [[cell.strip() for cell in line.split("|")[1:5]] for line in found.splitlines()[2:]] == [
        ["first: 10 × faster than pip", "6.0", "5.0", "yes"], ["again: at most 1.3 × ping", "1.3", "2.0", "no"]]
    assert goals_table(goals, {"ours": {"first": [5.0]}}) == ""


@pytest.mark.parametrize(("goal", "text"), [
    (Goal("a", "one", 1, "b", "one"), "one: at most b"),
    (Goal("a", "one", 1, "b", "two", more=2), "one: at most b (two) + 2 s"),
    (Goal("a", "one", 3, "b", "two"), "one: at most 3 × b (two)"),
    (Goal("a", "one", 1 / 3, "b", "one"), "one: 3 × faster than b"),
])
def test_goals_in_words(goal, text):
    assert describe(goal) == text
