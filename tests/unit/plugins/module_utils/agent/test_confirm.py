# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What nobody confirms is taken back by the host itself."""
import errno
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent import confirm as module, history, units as units_
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.activate import activate, rollback
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.confirm import confirm, expire
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.layout import Layout
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.lock import exclusive
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.status import status
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError


@pytest.fixture
def units(tmp_path, systemd, monkeypatch):
    """The folder of systemd's units."""
    folder = tmp_path / "units"
    folder.mkdir()
    monkeypatch.setattr(units_, "UNITS", str(folder))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    return folder


@pytest.fixture
def two(staged, root, units):
    """The ids of a release that is active, and of one that waits for its confirmation."""
    one, two = staged("1.0"), staged("2.0")
    activate(root, "shop", one, services=["shop"])
    done = activate(root, "shop", two, services=["shop"], confirm=60, keep=1)
    assert done["confirm"] == 60 and "pruned" not in done
    return one, two


def current(root):
    return Layout(root).current_release("shop")


def be_late(root):
    """Have the time for the confirmation over, as after another start of the host."""
    history.amend_activating(Layout(root), "shop", since=["", 0])


def last(root):
    entry = history.read(Layout(root).history("shop"))[-1]
    return entry["action"], entry["from"], entry["to"], entry["outcome"]


def test_confirmed(root, units, two, systemd):
    assert current(root) == two[1] and status(root, "shop")["unfinished"] == two[1]
    timer, service = sorted(path.name for path in units.iterdir())[::-1]
    assert timer.startswith("nogcc-wheelhouse-shop-") and "OnActiveSec=60\n" in (units / timer).read_text()
    asked = (systemd.folder / "log").read_text()
    assert "enable --quiet " + timer in asked and asked.rstrip().endswith("restart " + timer)
    done = confirm(root, "shop", two[1], keep=1, actor={"user": "ann"})
    assert done["changed"] and done["pruned"]["releases"] == []
    assert list(units.iterdir()) == [] and "disable --quiet --now " + timer in (systemd.folder / "log").read_text()
    assert last(root) == ("deploy", two[0], two[1], "ok") and status(root, "shop")["unfinished"] is None
    assert expire(root, "shop") == 0 and current(root) == two[1]
    lines = history.read(Layout(root).history("shop"))
    assert confirm(root, "shop", two[1], keep=1)["changed"], "asked once more: the answer was lost"
    assert history.read(Layout(root).history("shop")) == lines
    with pytest.raises(WheelhouseError, match="waits for no confirmation"):
        confirm(root, "shop", two[0])


def test_killed_just_after_it_was_confirmed(root, units, two, monkeypatch):
    """What the history says is final stays so, whatever else was not done any more."""
    with monkeypatch.context() as patch:
        patch.setattr(history, "end_activating", lambda *_all: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            confirm(root, "shop", two[1])
    assert expire(root, "shop") == 0 and current(root) == two[1] and last(root)[3] == "ok"
    assert status(root, "shop")["unfinished"] is None and list(units.iterdir()) == []


def test_confirmed_again_by_a_run_that_was_killed(root, units, two, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(history, "end_activating", lambda *_all: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            confirm(root, "shop", two[1])
    lines = history.read(Layout(root).history("shop"))
    assert confirm(root, "shop", two[1])["changed"] and history.read(Layout(root).history("shop")) == lines


@pytest.mark.parametrize("outcome", ["ok", "none"])
def test_a_repair_after_it_was_confirmed(root, units, two, monkeypatch, outcome):
    """Killed just after that; the line of the repair, the last one, says nothing of the confirmation."""
    with monkeypatch.context() as patch:
        patch.setattr(history, "end_activating", lambda *_all: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            confirm(root, "shop", two[1])
    history.append(Layout(root).history("shop"), "repair", {}, two[1], two[1], outcome)
    be_late(root)
    if outcome == "none":
        assert confirm(root, "shop", two[1])["changed"]
    assert expire(root, "shop") == 0 and current(root) == two[1] and list(units.iterdir()) == []
    assert confirm(root, "shop", two[1])["changed"] and "unconfirmed" not in {entry["outcome"] for entry in history.read(Layout(root).history("shop"))}


def test_what_a_kill_left_among_the_units_goes(staged, root, units, systemd):
    one = staged()
    activate(root, "shop", one)
    (service, timer), half = units_.names(Layout(root), "shop"), units / ".tmp-wheelhouse-half0000"
    for path in (half, units / service):  # the timer was not there yet
        path.write_text("")
    assert status(root, "shop")["unfinished"] == one, "there is something to do"
    assert not activate(root, "shop", one)["changed"] and list(units.iterdir()) == []
    half.write_text("")
    activate(root, "shop", staged("2.0"), confirm=60)
    assert sorted(path.name for path in units.iterdir()) == [service, timer]


def test_it_survives_a_power_cut(staged, root, units, systemd, monkeypatch):
    """That it is enabled is a link, which systemd makes and does not force to the disk."""
    (units / "timers.target.wants").mkdir()
    forced, real, begin = [], units_.fsync_folder, history.begin_activating
    monkeypatch.setattr(units_, "fsync_folder", lambda path: forced.append(path) or real(path))
    monkeypatch.setattr(history, "begin_activating", lambda *all_, **more: forced.append("noted") or begin(*all_, **more))
    activate(root, "shop", staged(), confirm=60)
    assert forced == [str(units), str(units / "timers.target.wants"), "noted"]


def test_one_that_can_not_wait_leaves_the_one_that_does(staged, root, units, two, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(WheelhouseError, match="no systemctl"):
        activate(root, "shop", staged("3.0"), confirm=60)
    assert len(list(units.iterdir())) == 2 and status(root, "shop")["unfinished"] == two[1]


def test_a_timer_that_elapses_while_the_release_is_looked_at(root, units, two):
    """What it starts may wait for the lock, or come just after; the time counts from when the release was found well."""
    assert expire(root, "shop") == 0 and current(root) == two[1]
    assert len(list(units.iterdir())) == 2, "it comes again"
    be_late(root)
    assert expire(root, "shop") == 0 and current(root) == two[0] and list(units.iterdir()) == []


def test_not_confirmed(root, units, two, systemd, capsys):
    be_late(root)
    assert expire(root, "shop") == 0
    assert "not confirmed in 60 s: {0} is active again".format(two[0]) in capsys.readouterr().out
    assert current(root) == two[0] and systemd.asked()[-1] == "restart shop"
    assert last(root) == ("deploy", two[0], two[1], "unconfirmed") and list(units.iterdir()) == []
    with pytest.raises(WheelhouseError, match="active is {0}".format(two[0])) as caught:
        confirm(root, "shop", two[1])
    assert "went back by itself" in caught.value.hint
    assert status(root, "shop")["previous"] is None and two[1] in status(root, "shop")["releases"]


def test_a_host_that_went_back_and_could_not_say_so(root, units, two, monkeypatch):
    be_late(root)
    with monkeypatch.context() as patch:
        patch.setattr(module.switch, "end", lambda *_all: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            expire(root, "shop")
    with pytest.raises(WheelhouseError, match="active is {0}".format(two[0])):
        confirm(root, "shop", two[1], keep=1)
    assert current(root) == two[0] and two[1] in status(root, "shop")["releases"]
    assert status(root, "shop")["unfinished"] is None and list(units.iterdir()) == []


def test_a_host_that_is_on_its_way_back(root, units, two, systemd, monkeypatch):
    """Cut off while the services are restarted: it is too late to confirm, and the next time it goes on."""
    be_late(root)
    with monkeypatch.context() as patch:
        patch.setattr(module.systemd, "restart", lambda *_all: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            expire(root, "shop")
    with pytest.raises(WheelhouseError, match="active is {0}".format(two[0])):
        confirm(root, "shop", two[1])
    assert expire(root, "shop") == 0 and current(root) == two[0] and last(root)[3] == "unconfirmed" and list(units.iterdir()) == []


@pytest.mark.parametrize("name", ["mkdtemp", "append"])
def test_a_full_disk(root, units, two, systemd, monkeypatch, name):
    """It goes back once, with no room for anything."""
    def no_room(*_all, **_more):
        raise OSError(errno.ENOSPC, "No space left on device")
    monkeypatch.setattr({"mkdtemp": tempfile, "append": history}[name], name, no_room)
    be_late(root)
    assert expire(root, "shop") == 0 and current(root) == two[0] and list(units.iterdir()) == []
    assert systemd.asked().count("restart shop") == 3


def test_a_root_that_others_may_write_to_goes_back_too(root, units, two):
    be_late(root)
    os.chmod(root, 0o777)
    assert expire(root, "shop") == 0 and current(root) == two[0]


def test_the_release_before_is_gone(root, units, two, systemd, capsys):
    """The host stays on what was well, says so, and a late confirmation is welcome."""
    shutil.rmtree(Layout(root).release("shop", two[0]))
    be_late(root)
    asked = systemd.asked()
    assert expire(root, "shop") == 0 and current(root) == two[1] and systemd.asked() == asked and list(units.iterdir()) == []
    said = "not confirmed in 60 s, and stays active: the release {0}, which was active before, is not on this host any more".format(two[0])
    assert said in capsys.readouterr().out
    entry = history.read(Layout(root).history("shop"))[-1]
    assert entry["reason"] == said and last(root) == ("deploy", two[0], two[1], "unconfirmed")
    assert status(root, "shop")["unfinished"] == two[1], "the next deploy looks whether it is well"
    assert confirm(root, "shop", two[1])["changed"] and last(root)[3] == "ok" and status(root, "shop")["unfinished"] is None


@pytest.mark.parametrize("origin", ["", "../../../etc", 5])
def test_a_note_that_leads_elsewhere(root, units, two, capsys, origin):
    pending = history.read_activating(Layout(root), "shop")
    history.amend_activating(Layout(root), "shop", **dict(pending, **{"from": origin, "since": ["", 0]}))
    assert expire(root, "shop") == 0 and current(root) == two[1] and list(units.iterdir()) == []
    assert "stays active: the release {0}, which".format(origin) in capsys.readouterr().out


def test_whether_the_release_before_is_there_can_not_be_found_out(root, units, two, systemd, monkeypatch, capsys):
    """The disk may have a bad moment: the timer comes again."""
    real, asked = os.stat, systemd.asked()

    def fail(path, *others, **more):
        if path == Layout(root).release("shop", two[0]):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return real(path, *others, **more)
    be_late(root)
    with monkeypatch.context() as patch:
        patch.setattr(os, "stat", fail)
        assert expire(root, "shop") == 1 and "Input/output error" in capsys.readouterr().out
    assert current(root) == two[1] and systemd.asked() == asked and len(list(units.iterdir())) == 2
    assert expire(root, "shop") == 0 and current(root) == two[0]


def test_a_disk_that_fails_on_the_way_back(root, units, two, systemd, monkeypatch, capsys):
    """``current`` is the release before again, so the services follow; it goes back once."""
    def fail(_folder):
        raise OSError(errno.EIO, os.strerror(errno.EIO))
    monkeypatch.setattr(module.switch, "fsync_folder", fail)
    be_late(root)
    assert expire(root, "shop") == 0 and current(root) == two[0] and systemd.asked()[-1] == "restart shop" and list(units.iterdir()) == []
    assert "{0} is active again, but after a power cut it may not be: Input/output error".format(two[0]) in capsys.readouterr().out


def test_a_note_that_somebody_altered(root, units, two, systemd, capsys):
    """What can't be a unit is no word for systemctl; the others are restarted."""
    history.amend_activating(Layout(root), "shop", since=["", 0], services=["--root=/tmp/x", ["shop"], "shop"])
    asked = systemd.asked()
    assert expire(root, "shop") == 0 and current(root) == two[0] and list(units.iterdir()) == []
    assert systemd.asked() == asked + ["restart shop"] and "--root=" not in (systemd.folder / "log").read_text()
    said = capsys.readouterr().out
    assert "is active again, but " in said and "'--root=/tmp/x' is not the name of a systemd unit, and was left out" in said and "['shop'] is not" in said


@pytest.mark.parametrize("where, said", [("", "/opt/wheelhouse has the permissions 0777"), ("agent", "/opt/wheelhouse/agent has the permissions 0777")])
def test_root_runs_nothing_where_others_may_write(root, units, two, where, said):
    """A rollback that waits for nothing is possible all the same."""
    confirm(root, "shop", two[1])
    os.chmod(os.path.join(root, where), 0o777)
    with pytest.raises(WheelhouseError, match="root would run.*" + said) as caught:
        rollback(root, "shop", confirm=60)
    assert "deploy_confirm_timeout=0" in caught.value.hint and current(root) == two[1] and list(units.iterdir()) == []
    assert rollback(root, "shop")["to"] == two[0] and current(root) == two[0]


def test_the_first_release_not_confirmed(staged, root, units, systemd):
    activate(root, "shop", staged(), services=["shop"], confirm=60)
    be_late(root)
    expire(root, "shop")
    assert not os.path.lexists(Layout(root).current("shop")) and systemd.asked()[-1] == "stop shop"


def test_the_code_lies_on_the_host(root, units, two):
    """Run as systemd does it, by what the unit says, without this collection."""
    (service,) = units.glob("*.service")
    (line,) = [line for line in service.read_text().splitlines() if line.startswith("ExecStart=")]
    words = [word.strip('"') for word in line[len("ExecStart="):].split(" ")]
    assert words[1] == "-I" and words[-2:] == [root, "shop"] and os.path.dirname(words[2]) == os.path.join(root, "agent")
    be_late(root)
    ran = subprocess.run([sys.executable] + words[1:], cwd="/", stdout=subprocess.PIPE, check=True)
    assert b"is active again" in ran.stdout and current(root) == two[0]
    assert all(name.split("/")[0] in ("nogcc_wheelhouse", "__main__.py") for name in zipfile.ZipFile(words[2]).namelist())


def test_the_timer_comes_again_while_somebody_works(root, units, two, capsys):
    be_late(root)
    with exclusive(Layout(root)):
        assert expire(root, "shop") == 0
    assert "holds" in capsys.readouterr().out and current(root) == two[1] and len(list(units.iterdir())) == 2
    expire(root, "shop")
    assert current(root) == two[0]


def test_killed_between_timer_and_switch(staged, root, units, systemd, monkeypatch):
    one, other = staged("1.0"), staged("2.0")
    activate(root, "shop", one)
    with monkeypatch.context() as patch:
        patch.setattr(history, "begin_activating", lambda *_all, **_more: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            activate(root, "shop", other, confirm=60)
    assert len(list(units.iterdir())) == 2
    expire(root, "shop")
    assert current(root) == one and list(units.iterdir()) == []


def test_another_deploy_before_the_time_is_over(staged, root, units, two):
    three = staged("3.0")
    activate(root, "shop", three)
    assert list(units.iterdir()) == [] and current(root) == three and status(root, "shop")["previous"] == two[0]


def test_an_unhealthy_release_needs_no_confirmation(staged, root, units, two):
    confirm(root, "shop", two[1])
    with pytest.raises(WheelhouseError, match="{0} is active again".format(two[1])):
        activate(root, "shop", staged("3.0"), health="false", health_seconds=0.1, confirm=60)
    assert list(units.iterdir()) == [] and current(root) == two[1]


def test_a_rollback_from_what_waits(root, units, two):
    done = rollback(root, "shop")
    assert (done["from"], done["to"]) == (two[1], two[0]) and last(root) == ("rollback", two[1], two[0], "ok") and list(units.iterdir()) == []


def test_a_rollback_can_wait_as_well(root, units, two):
    confirm(root, "shop", two[1])
    assert rollback(root, "shop", confirm=60)["to"] == two[0]
    be_late(root)
    expire(root, "shop")
    assert current(root) == two[1] and status(root, "shop")["previous"] == two[0]


def test_a_rollback_that_is_asked_once_more_after_the_host_took_it_back(root, units, two):
    """It waits anew, and can be confirmed."""
    confirm(root, "shop", two[1])
    rollback(root, "shop", confirm=60, token="0123456789abcdef")
    be_late(root)
    assert expire(root, "shop") == 0 and last(root)[3] == "unconfirmed"
    assert rollback(root, "shop", confirm=60, token="0123456789abcdef")["confirm"] == 60
    assert confirm(root, "shop", two[0])["changed"] and current(root) == two[0] and last(root)[3] == "ok"


def test_it_needs_root_and_systemd(staged, root, units, systemd, monkeypatch):
    one = staged()
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(WheelhouseError, match="only root"):
        activate(root, "shop", one, confirm=60)
    assert current(root) is None and status(root, "shop")["unfinished"] is None and list(units.iterdir()) == []
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(WheelhouseError, match="no systemctl"):
        activate(root, "shop", one, confirm=60)
    assert current(root) is None and list(units.iterdir()) == []


def test_a_root_with_odd_letters():
    assert module._quoted('/a "b" 100% $x') == '"/a \\"b\\" 100%% $$x"'
