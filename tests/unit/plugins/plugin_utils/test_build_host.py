# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import pytest

from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils import this_run
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.build_host import BuildHost
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.wheelhouse import Wheelhouse

PREPARED = {"python": "/build/tools/1/bin/python", "platform": {}, "files": [], "changed": False}


class Action:
    """Stands for the action plugin; ``answers`` has, for each op, what it returns in turn."""

    check_mode = False

    def __init__(self, **answers):
        self.answers, self.asked, self.shown = answers, [], []

    def call(self, _part, python, call):
        self.asked.append((call["op"], python))
        return [self.answers[call["op"]].pop(0)]

    def show(self, text):
        self.shown.append(text)


@pytest.fixture(name="args")
def fixture_args(tmp_path):
    (tmp_path / "tools.txt").write_text("uv==1\n")
    return {"root": "/build", "python": "python3", "tools": str(tmp_path / "tools.txt"), "environment": {}}


def test_tools_that_were_seen_just_before_are_not_looked_for_again(tmp_path, args):
    action = Action()
    host = BuildHost(action, {**args, "prepared": PREPARED}, Wheelhouse(str(tmp_path / "wheelhouse")))
    assert action.asked == [] and host.python == PREPARED["python"]


@pytest.mark.parametrize("seen", [{}, {**PREPARED, "python": ""}])
def test_tools_that_are_not_there_are_made(tmp_path, args, seen):
    action = Action(prepare=[{**PREPARED, "python": ""}, PREPARED])
    host = BuildHost(action, {**args, "prepared": seen}, Wheelhouse(str(tmp_path / "wheelhouse")))
    assert action.asked == [("prepare", "python3")] * 2 and host.python == PREPARED["python"]


def test_a_job_is_started_and_looked_at_in_one_execution(tmp_path, args):
    first = {"job": "7", "lines": [{"text": "1/2 built"}], "offset": 9, "result": None}
    action = Action(start=[first], poll=[{"lines": [{"build_lock": {"name": "a"}}, {"text": "2/2 built"}], "offset": 20, "result": {"id": "x"}}])
    host = BuildHost(action, {**args, "prepared": PREPARED}, Wheelhouse(str(tmp_path / "wheelhouse")))
    assert host.run_job({}) == ({"id": "x"}, [{"name": "a"}])
    assert [op for op, _python in action.asked] == ["start", "poll"] and action.shown == ["1/2 built", "2/2 built"]


@pytest.mark.parametrize("check_mode", [True, False])
def test_whoever_builds_makes_what_is_known_of_other_hosts_old(tmp_path, args, check_mode):
    before = this_run.now()
    action = Action()
    action.check_mode = check_mode
    BuildHost(action, {**args, "prepared": PREPARED}, Wheelhouse(str(tmp_path / "wheelhouse")))
    assert this_run.is_of_this_run(before) and this_run.is_fresh(before) == check_mode
