# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import errno
import json
import os

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent import activate as module, history, switch
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.activate import activate, rollback
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.layout import Layout
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.status import status
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError

ACTOR = {"user": "ann", "host": "desk"}


def current(root):
    return Layout(root).current_release("shop")


def outcomes(root):
    return [(entry["action"], entry["from"], entry["to"], entry["outcome"]) for entry in history.read(Layout(root).history("shop"))]


def test_the_first_release(staged, root, systemd):
    one = staged()
    done = activate(root, "shop", one, services=["shop.service", "worker@1"], actor=ACTOR)
    assert done == {"changed": True, "from": None, "to": one, "restarted": ["shop.service", "worker@1"],
                    "pruned": {"releases": [], "wheels": 0, "bytecode": 0}}
    assert os.readlink(Layout(root).current("shop")) == "releases/" + one
    assert systemd.asked() == ["restart shop.service", "restart worker@1"]
    entry = history.read(Layout(root).history("shop"))[0]
    assert (entry["user"], entry["host"]) == ("ann", "desk")
    assert not os.path.exists(Layout(root).activating("shop"))


def test_active_already(staged, root, systemd):
    one = staged()
    activate(root, "shop", one, services=["shop"])
    done = activate(root, "shop", one, services=["shop"], health="false")
    assert done["changed"] is False and done["restarted"] == []
    assert systemd.asked() == ["restart shop"] and len(outcomes(root)) == 1


def test_a_service_that_does_not_start(staged, root, systemd):
    one, two = staged("1.0"), staged("2.0")
    activate(root, "shop", one, services=["shop"])
    systemd.fail(two)
    with pytest.raises(WheelhouseError, match="systemctl restart shop failed.*{0} is active again".format(one)) as caught:
        activate(root, "shop", two, services=["shop"])
    assert "the journal of shop" in caught.value.log
    assert current(root) == one
    assert systemd.asked() == ["restart shop"] * 3
    assert outcomes(root)[-1] == ("deploy", one, two, "failed")
    assert two in Layout(root).release_ids("shop")


@pytest.mark.parametrize("state, said", [
    ({"ActiveState": "failed", "SubState": "failed", "Type": "simple"}, "is failed"),
    ({"ActiveState": "inactive", "SubState": "dead", "Type": "simple"}, "is inactive"),
    ({"ActiveState": "activating", "SubState": "auto-restart", "Type": "simple"}, "again and again"),
    ({"ActiveState": "active", "SubState": "running", "Type": "simple", "NRestarts": "1"}, "again and again"),
    ({}, "is unknown"),
])
def test_a_service_that_ends_soon(staged, root, systemd, state, said):
    one, two = staged("1.0"), staged("2.0")
    activate(root, "shop", one, services=["shop"])
    systemd.be(**state)
    with pytest.raises(WheelhouseError, match="the service shop .*{0}.* after its restart".format(said)) as caught:
        activate(root, "shop", two, services=["shop"])
    assert current(root) == one and "the journal of shop" in caught.value.log


@pytest.mark.parametrize("state, health", [
    ({"ActiveState": "inactive", "SubState": "dead", "Type": "oneshot", "NRestarts": "0"}, None),
    ({"ActiveState": "active", "SubState": "waiting"}, None),
    ({"ActiveState": "active", "SubState": "running", "Type": "simple", "NRestarts": "2"}, "true"),  # the health check knows better
])
def test_a_service_that_is_well(staged, root, systemd, state, health):
    systemd.be(**state)
    assert activate(root, "shop", staged(), services=["shop"], health=health)["changed"]


@pytest.mark.parametrize("health", ["echo unwell; exit 3", "http://127.0.0.1:1/"])
def test_an_unhealthy_release(staged, root, systemd, health):
    one, two = staged("1.0"), staged("2.0")
    activate(root, "shop", one, services=["shop"], health="test $(readlink {0}) = releases/{1}".format(Layout(root).current("shop"), one))
    with pytest.raises(WheelhouseError, match="is not well.*is active again") as caught:
        activate(root, "shop", two, services=["shop"], health=health, health_seconds=0.2)
    assert "the journal of shop" in caught.value.log
    assert ("unwell" in caught.value.log) == ("unwell" in health)
    assert current(root) == one and systemd.asked() == ["restart shop"] * 3


def test_an_unhealthy_first_release(staged, root, systemd):
    one = staged()
    with pytest.raises(WheelhouseError, match="nothing is active, as before"):
        activate(root, "shop", one, services=["shop"], health="false", health_seconds=0.1)
    assert not os.path.lexists(Layout(root).current("shop"))
    assert systemd.asked() == ["restart shop", "stop shop"]
    assert activate(root, "shop", one, services=["shop"], health="true")["changed"]


def test_rollback_goes_back_and_further_back(staged, root, systemd):
    one, two, three = staged("1.0"), staged("2.0"), staged("3.0")
    for release in (one, two, three):
        activate(root, "shop", release, services=["shop"])
    assert rollback(root, "shop", services=["shop"], actor=ACTOR)["to"] == two
    assert status(root, "shop")["previous"] == one
    assert rollback(root, "shop")["to"] == one
    with pytest.raises(WheelhouseError, match="no earlier release"):
        rollback(root, "shop")
    assert current(root) == one
    assert rollback(root, "shop", release=three)["from"] == one
    assert rollback(root, "shop", release=three)["changed"] is False
    assert systemd.asked() == ["restart shop"] * 4
    assert [entry[0] for entry in outcomes(root)] == ["deploy"] * 3 + ["rollback"] * 3


def test_a_rollback_that_is_asked_once_more_goes_back_once(staged, root, systemd):
    """As ssh does with ansible_ssh_retries when the connection broke before the answer was there."""
    one, two, three = staged("1.0"), staged("2.0"), staged("3.0")
    for release in (one, two, three):
        activate(root, "shop", release)
    first = rollback(root, "shop", services=["shop"], token="0123456789abcdef")
    again = rollback(root, "shop", services=["shop"], token="0123456789abcdef")
    assert first == again == {"changed": True, "from": three, "to": two, "restarted": ["shop"]}
    assert current(root) == two and systemd.asked() == ["restart shop"]
    history.append(Layout(root).history("shop"), "repair", {}, two, two, "ok")  # another controller's, meanwhile
    assert rollback(root, "shop", services=["shop"], token="0123456789abcdef") == first and current(root) == two
    assert rollback(root, "shop", token="fedcba9876543210")["to"] == one


@pytest.mark.parametrize("health, said", [
    ("false", "{0} is active again, but it is not well either: the health command ended with status 1"),
    (None, "{0} is active again, but the service shop is failed after its restart")])
def test_the_one_before_is_not_well_either(staged, root, systemd, health, said):
    one, two = staged("1.0"), staged("2.0")
    activate(root, "shop", one)
    if not health:
        systemd.be(ActiveState="failed", SubState="failed", Type="simple", NRestarts="0")
    with pytest.raises(WheelhouseError, match=said.format(one)):
        activate(root, "shop", two, services=["shop"], health=health, health_seconds=0.1)
    assert current(root) == one and outcomes(root)[-1] == ("deploy", one, two, "failed")


def test_rollback_to_what_is_not_there(staged, root):
    one = staged()
    activate(root, "shop", one)
    with pytest.raises(WheelhouseError, match="is not on this host"):
        rollback(root, "shop", release="0" * 16)
    with pytest.raises(WheelhouseError, match="id of a release"):
        rollback(root, "shop", release="../../etc")
    with pytest.raises(WheelhouseError, match="not on this host"):
        activate(root, "shop", "0" * 16)
    assert current(root) == one


class CutOff(BaseException):
    """As if the process was killed there."""


@pytest.mark.parametrize("where", ["point", "restart", "append"])
def test_the_next_run_finishes_what_was_cut_off(staged, root, systemd, monkeypatch, where):
    one, two = staged("1.0"), staged("2.0")
    activate(root, "shop", one, services=["shop"])

    def cut(*_arguments, **_more):
        raise CutOff
    monkeypatch.setattr({"point": switch, "restart": module.systemd}.get(where, history), where, cut)
    with pytest.raises(CutOff):
        activate(root, "shop", two, services=["shop"])
    monkeypatch.undo()
    monkeypatch.setenv("PATH", "{0}:{1}".format(systemd.folder, os.environ["PATH"]))
    monkeypatch.setattr(switch, "SETTLE", 0)
    assert current(root) in (one, two)
    assert status(root, "shop")["unfinished"] == two
    before = len(systemd.asked())
    done = activate(root, "shop", two, services=["shop"])
    assert done["changed"] and done["from"] == one
    assert len(systemd.asked()) == before + 1
    assert current(root) == two and status(root, "shop")["unfinished"] is None
    assert status(root, "shop")["previous"] == one


def cut_off_after_the_switch(root, release, monkeypatch, call=activate):
    def cut(_unit):
        raise CutOff
    with monkeypatch.context() as patch:
        patch.setattr(module.systemd, "restart", cut)
        with pytest.raises(CutOff):
            call(root, "shop", release, services=["shop"])


def test_after_a_cut_off_the_last_that_was_well_is_what_counts(staged, root, systemd, monkeypatch):
    one, two, three = staged("1.0"), staged("2.0"), staged("3.0")
    activate(root, "shop", one, services=["shop"])
    cut_off_after_the_switch(root, two, monkeypatch)
    assert current(root) == two
    systemd.fail(three)
    with pytest.raises(WheelhouseError, match="{0} is active again".format(one)):
        activate(root, "shop", three, services=["shop"])
    assert current(root) == one
    assert [entry[2:] for entry in outcomes(root)] == [(one, "ok"), (two, "interrupted"), (three, "failed")]


def test_a_rollback_that_was_cut_off_goes_on_to_the_same_release(staged, root, systemd, monkeypatch):
    one, two, three = staged("1.0"), staged("2.0"), staged("3.0")
    for release in (one, two, three):
        activate(root, "shop", release)
    cut_off_after_the_switch(root, None, monkeypatch, call=rollback)
    assert current(root) == two
    assert rollback(root, "shop", services=["shop"])["to"] == two
    assert rollback(root, "shop")["to"] == one


def test_a_unit_needs_a_units_name(staged, root):
    one = staged()
    for unit in ("", "--now", "a b", "a;b", "../x", None):
        with pytest.raises(WheelhouseError, match="systemd unit"):
            activate(root, "shop", one, services=[unit])
    assert current(root) is None


def test_a_unit_that_systemd_does_not_know(staged, root, systemd):
    one = staged()
    systemd.be(LoadState="not-found")
    with pytest.raises(WheelhouseError, match="no unit shop"):
        activate(root, "shop", one, services=["shop"])
    assert current(root) is None and systemd.asked() == [] and outcomes(root) == []


def test_no_systemd(staged, root, monkeypatch, tmp_path):
    one = staged()
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(WheelhouseError, match="no systemctl"):
        activate(root, "shop", one, services=["shop"])
    assert current(root) is None


def test_a_folder_in_the_place_of_the_link(staged, root):
    one = staged()
    os.mkdir(Layout(root).current("shop"))
    with pytest.raises(WheelhouseError, match="not a symbolic link"):
        activate(root, "shop", one)


def test_leftover_of_a_switch(staged, root):
    one = staged()
    os.symlink("releases/none", Layout(root).current("shop") + ".new")
    activate(root, "shop", one)
    assert current(root) == one
    with open(os.path.join(Layout(root).current("shop"), "manifest.json")) as stream:
        assert json.load(stream)["app"] == "shop"


@pytest.mark.parametrize("error", [ValueError("embedded null byte"), RuntimeError("can't start new thread"), KeyError("x")])
def test_whatever_keeps_it_from_being_found_well_leads_back(staged, root, monkeypatch, error):
    one, two = staged("1.0"), staged("2.0")
    activate(root, "shop", one)

    def wait_until_well(*_all):
        raise error
    monkeypatch.setattr(module.well, "wait_until_well", wait_until_well)
    with pytest.raises(WheelhouseError, match="{0} is active again, but it is not well either".format(one)):
        activate(root, "shop", two, health="true")
    assert current(root) == one and outcomes(root)[-1] == ("deploy", one, two, "failed") and status(root, "shop")["unfinished"] is None


def test_a_disk_without_room_for_a_link_after_the_switch(staged, root, monkeypatch):
    """Out of inodes, for example: the way back was laid before."""
    one, two = staged("1.0"), staged("2.0")
    activate(root, "shop", one)

    def wait_until_well(*_all):
        monkeypatch.setattr(os, "symlink", no_room)
        raise WheelhouseError("it writes too much")

    def no_room(*_all):
        raise OSError(errno.ENOSPC, "No space left on device")
    monkeypatch.setattr(module.well, "wait_until_well", wait_until_well)
    with pytest.raises(WheelhouseError, match="it writes too much; {0} is active again".format(one)):
        activate(root, "shop", two, health="true")
    assert current(root) == one and sorted(os.listdir(Layout(root).app("shop"))) == ["current", "history.jsonl", "releases"]


def test_no_way_back(staged, root, monkeypatch):
    one, two = staged("1.0"), staged("2.0")
    activate(root, "shop", one)

    def restore(*_all, **_more):
        raise OSError(errno.EROFS, "Read-only file system")
    monkeypatch.setattr(switch, "restore", restore)
    with pytest.raises(WheelhouseError, match="the health command ended .* it is still active, because the host can't go back: Read-only"):
        activate(root, "shop", two, health="false", health_seconds=0.1)
    assert current(root) == two and status(root, "shop")["unfinished"] == two


@pytest.mark.parametrize("target, said", [("/old/shop-1.2", "leads to /old/shop-1.2, which is no release"), ("releases/x", "no release"), (".", "no release")])
def test_a_link_that_leads_elsewhere(staged, root, target, said):
    one, two = staged("1.0"), staged("2.0")
    activate(root, "shop", one)
    os.unlink(Layout(root).current("shop"))
    os.symlink(target, Layout(root).current("shop"))
    assert status(root, "shop")["current"] is None
    for attempt in (lambda: activate(root, "shop", two), lambda: rollback(root, "shop"), lambda: rollback(root, "shop", release=one)):
        with pytest.raises(WheelhouseError, match=said) as caught:
            attempt()
        assert "releases/{0}".format(sorted([one, two])[-1]) in caught.value.hint
    assert os.readlink(Layout(root).current("shop")) == target


@pytest.mark.parametrize("link", ["releases/{0}/", "{1}/releases/{0}"])
def test_a_link_that_was_made_by_hand(staged, root, link):
    """Back to the first of three; a rollback does not go forward again, and a bad deploy leads back to what was active."""
    one, two, three = staged("1.0"), staged("2.0"), staged("3.0")
    for release in (one, two, three):
        activate(root, "shop", release)
    os.unlink(Layout(root).current("shop"))
    os.symlink(link.format(two, Layout(root).app("shop")), Layout(root).current("shop"))
    with pytest.raises(WheelhouseError, match="{0} is active again".format(two)):
        activate(root, "shop", three, health="false", health_seconds=0.1)
    assert current(root) == two and rollback(root, "shop")["to"] == one


def test_a_rollback_from_an_older_release_that_was_cut_off(staged, root, monkeypatch):
    """The older of two is deployed again, and killed after the switch: the way back is to the newer one, that was active before."""
    zero, one, two = staged("0"), staged("1.0"), staged("2.0")
    for release in (zero, one, two):
        activate(root, "shop", release)
    with monkeypatch.context() as patch:
        patch.setattr(history, "append", lambda *_all, **_more: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            activate(root, "shop", one)
    assert current(root) == one and status(root, "shop")["previous"] == two
    assert rollback(root, "shop")["to"] == two and status(root, "shop")["previous"] == one


def test_a_link_by_another_way_to_the_same_folder(staged, root, tmp_path):
    one = staged()
    activate(root, "shop", one)
    os.symlink(root, str(tmp_path / "other"))
    assert Layout(str(tmp_path / "other")).current_release("shop") == one
    os.unlink(Layout(root).current("shop"))
    os.symlink("{0}/apps/shop/releases/{1}".format(tmp_path / "other", one), Layout(root).current("shop"))
    assert current(root) == one


def test_the_way_back_from_a_root_that_is_none_any_more(staged, root):
    one, two = staged("1.0"), staged("2.0")
    for release in (one, two):
        activate(root, "shop", release)
    os.chmod(root, 0o777)
    with pytest.raises(WheelhouseError, match="can be written by others"):
        activate(root, "shop", one)
    assert rollback(root, "shop")["to"] == one


def test_a_rollback_in_the_folder_of_somebody_else(tmp_path):
    (tmp_path / "tmp/tmpabcdefgh").mkdir(parents=True)
    (tmp_path / "log").mkdir()
    with pytest.raises(WheelhouseError, match="has what is not of nogcc.wheelhouse"):
        rollback(str(tmp_path), "shop")
    assert (tmp_path / "tmp/tmpabcdefgh").is_dir() and not (tmp_path / "lock").exists()


def test_a_history_that_can_not_be_written(staged, root, monkeypatch):
    """Going back is done all the same, and once."""
    one, two = staged("1.0"), staged("2.0")
    activate(root, "shop", one)

    def append(*_all, **_more):
        raise OSError(errno.ENOSPC, "No space left on device")
    monkeypatch.setattr(history, "append", append)
    with pytest.raises(WheelhouseError, match="{0} is active again, but .*that can't be written down: No space".format(one)):
        activate(root, "shop", two, health="false", health_seconds=0.1)
    assert current(root) == one and status(root, "shop")["unfinished"] is None


def test_a_service_that_systemd_starts_twice_after_going_back(staged, root, systemd):
    """As on the way forward, what is asked for its health may need a second start."""
    one, two = staged("1.0"), staged("2.0")
    activate(root, "shop", one, services=["shop"])
    systemd.be(ActiveState="active", SubState="running", Type="simple", NRestarts="1")
    health = 'test "$(basename "$(readlink {0})")" = {1}'.format(Layout(root).current("shop"), one)
    with pytest.raises(WheelhouseError) as caught:
        activate(root, "shop", two, services=["shop"], health=health, health_seconds=0.1)
    assert caught.value.message.endswith("; {0} is active again".format(one))


def test_a_host_that_can_start_nothing_goes_back(staged, root, monkeypatch):
    """To find out that the new release eats all memory is to be told that it is not well."""
    def no_memory(*_all, **_more):
        raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))
    one, two = staged("1.0"), staged("2.0")
    activate(root, "shop", one)
    monkeypatch.setattr(module.well, "wait_until_well", no_memory)
    with pytest.raises(WheelhouseError, match="can't be found out.*Cannot allocate memory.*{0} is active again".format(one)):
        activate(root, "shop", two, health="true")
    assert current(root) == one and outcomes(root)[-1] == ("deploy", one, two, "failed") and status(root, "shop")["unfinished"] is None


def test_killed_when_all_but_the_note_was_done(staged, root, monkeypatch):
    """The release is the one to go back to, because it was well."""
    one, two = staged("1.0"), staged("2.0")
    activate(root, "shop", one)
    with monkeypatch.context() as patch:
        patch.setattr(history, "end_activating", lambda *_all: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            activate(root, "shop", two)
    assert status(root, "shop")["unfinished"] == two
    with pytest.raises(WheelhouseError, match="{0} is active again".format(two)):
        activate(root, "shop", staged("3.0"), health="false", health_seconds=0.1)
    assert current(root) == two and "interrupted" not in {row[3] for row in outcomes(root)}
    with monkeypatch.context() as patch:
        patch.setattr(history, "end_activating", lambda *_all: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            rollback(root, "shop")
    assert not activate(root, "shop", one)["changed"] and status(root, "shop")["unfinished"] is None
