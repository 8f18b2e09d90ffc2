# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Many hosts in one run: none costs more because there are others, and no worker holds what it sends in memory."""
import collections
import os

import pytest

from ansible_collections.nogcc.wheelhouse.tests.unit.playbooks.conftest import Fleet

LONG = "WHEELHOUSE_TEST_LONG" in os.environ
HOSTS = 50 if LONG else 6
LARGE = 300 << 20 if LONG else 100 << 20  # bytes
WORKER = 60 << 10  # kB that a worker may need more for a large push than for a small one


@pytest.fixture(name="fleet")
def fixture_fleet(tmp_path):
    return Fleet(tmp_path)


def counted(fleet, names, **variables):
    """Deploy to these hosts; return what each was asked, and the most memory of a worker in kB."""
    log = fleet.folder / "counted"
    log.write_text("")
    done = fleet.play("deploy", names, "--forks", "10", environment={"COUNTED": str(log)}, ansible_connection="counted", **variables)
    rows = [line.split() for line in log.read_text().splitlines()]
    asked = collections.defaultdict(list)
    for what, name, size, _memory in rows:
        asked[name].append((what, int(size)))
    return done, asked, max(int(row[3]) for row in rows)


def test_each_host_costs_what_one_costs(fleet, record_property):
    release = fleet.release(fleet.store.wheel(project=True), fleet.store.wheel("lib", files={"lib.py": ""}))
    _done, alone, _memory = counted(fleet, ["alone"], wheelhouse_release=release)
    names = [f"host{number:02}" for number in range(HOSTS)]
    done, asked, _memory = counted(fleet, names, wheelhouse_release=release)
    record_property("count", ("hosts in one run", HOSTS))
    assert {name: len(rows) for name, rows in asked.items()} == dict.fromkeys(names, len(alone["alone"])) == dict.fromkeys(names, 2)
    for rows in asked.values():  # the path of the deploy root is longer or shorter
        assert all(abs(size - lone) < 200 for (_what, size), (_same, lone) in zip(rows, alone["alone"]))
    assert all(done.recap[name]["changed"] == 1 for name in names)
    assert not list(fleet.folder.glob("wheelhouse/outgoing/*"))
    again, asked, _memory = counted(fleet, names, wheelhouse_release=release)
    assert {name: len(rows) for name, rows in asked.items()} == dict.fromkeys(names, 1)
    assert all(again.recap[name]["changed"] == 0 for name in names)


def test_a_large_push_is_not_held_in_memory(fleet, record_property):
    _done, _asked, small = counted(fleet, ["small"], wheelhouse_release=fleet.release(fleet.store.wheel()))
    release = fleet.release(fleet.store.wheel(version="2.0", extra=[("shop/data", os.urandom(LARGE))]))
    _done, asked, large = counted(fleet, ["large"], wheelhouse_release=release)
    record_property("count", ("MB more in a worker", (large - small) >> 10))
    assert [what for what, _size in asked["large"]] == ["exec", "exec", "put", "exec"] and asked["large"][2][1] > LARGE
    assert large - small < WORKER
