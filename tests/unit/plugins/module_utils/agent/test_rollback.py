# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The way back: a rollback that can't stay where it leads to, and where there is no way back."""
import errno
import os
import re
import shutil

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent import history, switch, units
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.activate import activate, rollback
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.audit import audit
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.layout import Layout
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.status import status
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common import steps
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError


@pytest.mark.parametrize("named", [False, True])
def test_a_rollback_to_a_release_that_is_not_well(staged, root, systemd, named):
    """It is on what was active before the rollback again, and to go back once more leads to the same."""
    one, two, layout = staged("1.0"), staged("2.0"), Layout(root)
    for release in (one, two):
        activate(root, "shop", release, services=["shop"])
    health = "test $(readlink {0}) = releases/{1} || {{ echo unwell; false; }}".format(layout.current("shop"), two)
    asked = {"services": ["shop"], "health": health, "health_seconds": 0.2, "release": one if named else None}
    said = "the release {0} of shop is not well: the health command ended with status 1.*; {1} is active again$".format(one, two)
    for _attempt in range(2):
        with pytest.raises(WheelhouseError) as caught:
            rollback(root, "shop", **asked)
        assert re.match(said, caught.value.message) and "unwell" in caught.value.log and "the journal of shop" in caught.value.log
        last = history.read(layout.history("shop"))[-1]
        assert (last["action"], last["from"], last["to"], last["outcome"]) == ("rollback", two, one, "failed")
        assert layout.current_release("shop") == two
        assert status(root, "shop")["unfinished"] is None and status(root, "shop")["previous"] == one
    assert systemd.asked() == ["restart shop"] * 6


class CutOff(BaseException):
    """As if the process was killed there."""


def cut_off(root, release, moment):
    """Activate ``release``, and be killed at that step."""
    def hook(name):
        if name == moment:
            raise CutOff
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(steps, "hook", hook)
        with pytest.raises(CutOff):
            activate(root, "shop", release, services=["shop"])


def test_a_release_that_is_not_well_stays_when_the_one_before_is_gone(staged, root, systemd):
    """A bad release is better than none; the next run looks again, though it has the same release."""
    one, two, layout = staged("1.0"), staged("2.0"), Layout(root)
    activate(root, "shop", one, services=["shop"])
    health = "rm -rf {0}; false".format(layout.release("shop", one))
    said = "health command ended .*; it stays active, because the release {0}, which was active before, is not on this host any more$".format(one)
    for _attempt in range(2):
        with pytest.raises(WheelhouseError) as caught:
            activate(root, "shop", two, services=["shop"], health=health, health_seconds=0.1)
        assert re.search(said, caught.value.message) and "deploy another release" in caught.value.hint
        last = history.read(layout.history("shop"))[-1]
        assert (last["from"], last["to"], last["outcome"]) == (one, two, "failed") and "is not on this host any more" in last["reason"]
        assert layout.current_release("shop") == two and status(root, "shop")["unfinished"] == two
    assert systemd.asked() == ["restart shop"] * 3, "it is not stopped"
    assert activate(root, "shop", two, health="true")["changed"] and status(root, "shop")["unfinished"] is None


def test_the_one_before_a_release_that_was_cut_off_is_gone(staged, root, systemd):
    """What is active is better than nothing."""
    one, two, three, layout = staged("1.0"), staged("2.0"), staged("3.0"), Layout(root)
    activate(root, "shop", one, services=["shop"])
    cut_off(root, two, "restarted")
    shutil.rmtree(layout.release("shop", one))
    with pytest.raises(WheelhouseError, match="{0} is active again".format(two)):
        activate(root, "shop", three, services=["shop"], health="test -z '{0}'".format(three), health_seconds=0.1)
    assert layout.current_release("shop") == two


@pytest.mark.parametrize("moment", ["noted", "link made", "switched", "restarted"])
def test_a_rollback_after_a_deploy_that_was_cut_off_anywhere(staged, root, systemd, moment):
    """Nobody sees whether it was killed before the switch or after it: the way back leads to what was active before, its services are restarted."""
    one, two, three = staged("1.0"), staged("2.0"), staged("3.0")
    for release in (one, two):
        activate(root, "shop", release, services=["shop"])
    cut_off(root, three, moment)
    left = Layout(root).current_release("shop")
    assert status(root, "shop")["previous"] == audit(root, "shop", look_for_tools=False)["previous"] == two
    done = rollback(root, "shop", services=["shop"])
    assert (done["changed"], done["from"], done["to"]) == (True, left, two) and systemd.asked()[-1] == "restart shop"
    assert Layout(root).current_release("shop") == two and status(root, "shop")["unfinished"] is None
    assert rollback(root, "shop")["to"] == one


@pytest.mark.parametrize("before, cut, expected", [
    ("32", ("3", "switched", "2", "noted"), "2"), ("132", ("3", "switched", "2", "noted"), "2"), ("12", ("3", "switched", "2", "switched"), "2")])
def test_a_rollback_after_several_deploys_that_were_cut_off(staged, root, systemd, before, cut, expected):
    """Nobody has found out that one of them is not well."""
    ids = {number: staged(number + ".0") for number in "123"}
    for number in before:
        activate(root, "shop", ids[number], services=["shop"])
    for number, moment in zip(cut[::2], cut[1::2]):
        cut_off(root, ids[number], moment)
    assert rollback(root, "shop", services=["shop"])["to"] == ids[expected]


def test_a_rollback_from_what_stays_because_the_one_before_is_gone(staged, root, systemd):
    """It lies at the bottom of the stack as well, from when it was deployed first: what came after that is still there to go back to."""
    ids, layout = [staged(number + ".0") for number in "321"], Layout(root)
    for release in ids:
        activate(root, "shop", release, services=["shop"])
    health = "rm -rf {0}; false".format(layout.release("shop", ids[2]))
    with pytest.raises(WheelhouseError, match="it stays active, because"):
        activate(root, "shop", ids[0], services=["shop"], health=health, health_seconds=0.1)
    assert rollback(root, "shop", services=["shop"])["to"] == ids[1]


def test_a_rollback_that_is_asked_once_more_looks_at_the_same_release_again(staged, root, systemd):
    """The answer that it is not well was lost, and the connection asks again."""
    one, two, three = staged("1.0"), staged("2.0"), staged("3.0")
    for release in (one, two):
        activate(root, "shop", release, services=["shop"])
    cut_off(root, three, "noted")
    sick = {"services": ["shop"], "health": "test $(readlink {1}) != releases/{0}".format(two, Layout(root).current("shop")), "health_seconds": 0.1}
    for _time in range(2):
        with pytest.raises(WheelhouseError, match=two + ".* is not well"):
            rollback(root, "shop", token="once", **sick)
    assert rollback(root, "shop", token="twice", **sick)["to"] == one


def test_a_note_of_which_somebody_altered_where_it_comes_from(staged, root, systemd):
    one = staged("1.0")
    activate(root, "shop", one, services=["shop"])
    history.begin_activating(Layout(root), "shop", "deploy", 5, one)
    activate(root, "shop", one, services=["shop"])
    assert status(root, "shop")["unfinished"] is None and Layout(root).current_release("shop") == one


def test_a_rollback_leaves_a_release_that_is_sick(staged, root, systemd):
    """However often it was activated, and found unwell, before."""
    one, two = staged("1.0"), staged("2.0")
    for release in (one, two):
        activate(root, "shop", release, services=["shop"])
    sick = {"services": ["shop"], "health": "test $(readlink {1}) != releases/{0}".format(two, Layout(root).current("shop")), "health_seconds": 0.1}
    history.begin_activating(Layout(root), "shop", "repair", two, two)
    with pytest.raises(WheelhouseError, match="was active before as well"):
        activate(root, "shop", two, **sick)
    assert status(root, "shop")["previous"] == one
    assert rollback(root, "shop", **sick)["to"] == one and status(root, "shop")["unfinished"] is None


def test_a_rollback_to_what_was_active_and_is_sick_leads_on_from_there(staged, root, systemd):
    one, two, three = staged("1.0"), staged("2.0"), staged("3.0")
    for release in (one, two):
        activate(root, "shop", release, services=["shop"])
    cut_off(root, three, "noted")
    sick = {"services": ["shop"], "health": "test $(readlink {1}) != releases/{0}".format(two, Layout(root).current("shop")), "health_seconds": 0.1}
    with pytest.raises(WheelhouseError, match="is not well"):
        rollback(root, "shop", **sick)
    assert rollback(root, "shop", **sick)["to"] == one
    assert Layout(root).current_release("shop") == one and status(root, "shop")["unfinished"] is None


@pytest.mark.parametrize("where", ["begin_activating", "keep_way_back", "point"])
def test_a_disk_that_is_full_before_the_switch(staged, root, systemd, monkeypatch, tmp_path, where):
    """Nothing was switched, so nothing waits, and no timer would restart what is well."""
    one, two = staged("1.0"), staged("2.0")
    activate(root, "shop", one, services=["shop"])
    monkeypatch.setattr(units, "UNITS", str(tmp_path / "units"))
    os.mkdir(units.UNITS)

    def no_room(*_all, **_more):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with monkeypatch.context() as patch:
        patch.setattr(switch if hasattr(switch, where) else history, where, no_room)
        with pytest.raises(WheelhouseError, match="No space left"):
            activate(root, "shop", two, services=["shop"], confirm=60)
    assert Layout(root).current_release("shop") == one and status(root, "shop")["unfinished"] is None and os.listdir(units.UNITS) == []
    assert activate(root, "shop", one, services=["shop"])["changed"] is False


def test_a_disk_that_fails_at_the_switch(staged, root, systemd, monkeypatch):
    """It was switched, so the next run has to finish it."""
    one, two = staged("1.0"), staged("2.0")
    activate(root, "shop", one, services=["shop"])

    def fail(_folder):
        raise OSError(errno.EIO, os.strerror(errno.EIO))
    with monkeypatch.context() as patch:
        patch.setattr(switch, "fsync_folder", fail)
        with pytest.raises(OSError, match="Input/output error"):
            activate(root, "shop", two, services=["shop"])
    assert Layout(root).current_release("shop") == two and status(root, "shop")["unfinished"] == two
    assert activate(root, "shop", two, services=["shop"])["from"] == one and systemd.asked()[-1] == "restart shop"


def test_a_disk_that_fails_on_the_way_back(staged, root, systemd, monkeypatch):
    """``current`` is the release before again, so the services follow."""
    one, two = staged("1.0"), staged("2.0")
    activate(root, "shop", one, services=["shop"])
    systemd.fail(two)
    real = switch.point

    def point(layout, app, release):
        real(layout, app, release)
        if release == one:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
    monkeypatch.setattr(switch, "point", point)
    with pytest.raises(WheelhouseError, match="{0} is active again, but after a power cut it may not be: Input/output error".format(one)):
        activate(root, "shop", two, services=["shop"])
    assert Layout(root).current_release("shop") == one and systemd.asked() == ["restart shop"] * 3
    assert status(root, "shop")["unfinished"] is None
