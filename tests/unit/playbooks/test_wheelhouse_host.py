# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The wheelhouse on a host of its own, where hosts are folders of this machine: what it costs, and what the controller keeps."""
import collections
import os

import pytest

HOSTS = ["a01", "a02", "a03"]


@pytest.fixture(name="play")
def fixture_play(fleet):
    """Give a function that runs a playbook and returns the run, with ``executions``: how many each host saw.

    ``senders`` are hosts that send at the same time, however the machine is loaded.
    """
    log = fleet.folder / "counted"

    def play(playbook, *options, senders=(), **variables):
        log.write_text("")
        done = fleet.try_to_play(playbook, HOSTS, *options, environment={"COUNTED": str(log), "SENDERS": " ".join(senders)},
                                 ansible_connection="counted", wheelhouse_host="store", **variables)
        rows = [line.split() for line in log.read_text().splitlines()]
        done.executions = collections.Counter(row[1] for row in rows if row[0] == "exec")
        done.rows = rows
        assert not list(fleet.folder.glob("local/*")), "the controller keeps nothing"
        return done
    return play


def test_a_run_asks_the_wheelhouse_once(fleet, play):
    release = fleet.release(fleet.store.wheel())
    done = play("deploy", wheelhouse_release=release, senders=HOSTS)
    assert done.returncode == 0, done.stdout
    assert all(done.recap[name]["changed"] == 1 for name in HOSTS)
    assert done.executions == {**dict.fromkeys(HOSTS, 2), "store": 3}  # which release, pack, and that it was brought
    done = play("deploy", wheelhouse_release=release)
    assert all(done.recap[name]["changed"] == 0 for name in HOSTS)
    assert done.executions == {**dict.fromkeys(HOSTS, 1), "store": 1}
    assert os.listdir(fleet.folder / "wheelhouse/outgoing") == []


def test_an_audit_asks_it_for_releases_and_wheels_once(fleet, play):
    release = fleet.release(fleet.store.wheel())
    play("deploy", wheelhouse_release=release)
    done = play("audit", deploy_audit_tools=False)
    assert done.returncode == 0, done.stdout
    assert "are what the manifests say" in done.stdout and done.executions == {**dict.fromkeys(HOSTS, 2), "store": 2}


def test_a_release_that_it_has_not(fleet, play):
    release = fleet.release(fleet.store.wheel())
    done = play("deploy", wheelhouse_release="0" * 16)
    said = " ".join(done.stdout.split())
    assert done.returncode and f"the wheelhouse store:{fleet.folder}/wheelhouse has no release {'0' * 16} of shop" in said and f"it has: {release}" in said
    assert done.executions == {**dict.fromkeys(HOSTS, 1), "store": 1} and not fleet.root("a01").exists()


def test_a_large_push_is_not_held_in_memory_and_made_once(fleet, play):
    release = fleet.release(fleet.store.wheel())
    small = max(int(row[3]) for row in play("deploy", wheelhouse_release=release).rows)
    large = fleet.release(fleet.store.wheel(version="2.0", extra=[("shop/data", os.urandom(100 << 20))]))
    done = play("deploy", wheelhouse_release=large, senders=HOSTS)
    assert done.returncode == 0 and done.executions == {**dict.fromkeys(HOSTS, 3), "store": 3}
    assert max(int(row[3]) for row in done.rows) - small < 60 << 10  # kB
    assert os.listdir(fleet.folder / "wheelhouse/outgoing") == []


@pytest.mark.parametrize("connection", ["local", "no_input"])
def test_other_connections(fleet, connection):
    release = fleet.release(fleet.store.wheel())
    done = fleet.play("deploy", HOSTS[:1], "-vvv", ansible_connection=connection, wheelhouse_host="store", wheelhouse_release=release)
    assert done.recap["a01"]["changed"] == 1 and not list(fleet.folder.glob("ansible/*")) and not list(fleet.folder.glob("local/*"))
    assert all(letter.isprintable() or letter in "\n\t" for letter in done.stdout), "no binary"


def test_its_interpreter_may_be_named_by_a_template(fleet, play):
    done = play("deploy", wheelhouse_release=fleet.release(fleet.store.wheel()), elsewhere="/nowhere",
                ansible_python_interpreter="{{ elsewhere }}/python3")
    assert done.returncode and "there is no Python interpreter /nowhere/python3" in " ".join(done.stdout.split())


def test_what_a_run_that_was_killed_left_goes(fleet, play):
    for name, age in (("old", 2 * 24 * 3600), ("new", 60)):
        path = fleet.folder / f"local/ansible-local-{name}/wheelhouse-0123456789abcdef"
        (path / "outgoing").mkdir(parents=True)
        for ending in (".tar", ".tar.lock"):
            (path / f"outgoing/0123456789abcdef{ending}").write_bytes(b"")
        os.utime(path, (0, path.stat().st_mtime - age))
    done = fleet.play("deploy", HOSTS[:1], wheelhouse_host="store", wheelhouse_release=fleet.release(fleet.store.wheel()))
    assert done.recap["a01"]["changed"] == 1
    assert [path.parent.name for path in fleet.folder.glob("local/*/*")] == ["ansible-local-new"], "after a day"
    assert list(fleet.folder.glob("local/*/*/outgoing/*")) == [], "at once"
