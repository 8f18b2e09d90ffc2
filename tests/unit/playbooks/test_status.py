# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a run believes of a host that it asked before, while somebody else changes that host."""
import collections
import sys

import pytest
import yaml

ASK = {"name": "Ask the host what it has", "ansible.builtin.include_role": {"name": "nogcc.wheelhouse.deploy", "tasks_from": "status"}}
DEPLOY = {"name": "Deploy", "ansible.builtin.include_role": {"name": "nogcc.wheelhouse.deploy"}}
FAIL = {**DEPLOY, "vars": {"deploy_release": "{{ unwell }}", "deploy_health": "exit 1", "deploy_health_timeout": 1}}
ACTIVATE = """
import sys
sys.path[:0] = {path!r}
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.activate import activate
activate({root!r}, "shop", {release!r})
"""


@pytest.fixture(name="releases")
def fixture_releases(fleet):
    """Return the ids of two releases; the host ``one`` has both, the first of which is active."""
    one, two = (fleet.release(fleet.store.wheel(version=version)) for version in ("1.0", "2.0"))
    for release in (two, one):
        fleet.give("one", release)
    return one, two


def active(fleet, name="one"):
    return (fleet.root(name) / "apps/shop/current").readlink().name


def somebody_else(fleet, release):
    """Return the task that makes ``release`` active on ``one`` by another controller."""
    script = ACTIVATE.format(path=sys.path, root=str(fleet.root("one")), release=release)
    return {"name": "Somebody else deploys", "ansible.builtin.command": {"argv": [sys.executable, "-c", script]}}


def run(fleet, *plays, cache=False, hosts=("one", "two"), **variables):
    """Run plays on hosts; return the process, with ``executions``: how many of ours each host saw."""
    log, path = fleet.folder / "counted", fleet.folder / "own.yml"
    log.write_text("")
    path.write_text(yaml.safe_dump([{"gather_facts": False, **play} for play in plays]))
    kept = {"ANSIBLE_CACHE_PLUGIN": "jsonfile", "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(fleet.folder / "facts")} if cache else {}
    done = fleet.play(str(path), hosts, environment={"COUNTED": str(log), **kept}, ansible_connection="counted", **variables)
    rows = [line.split() for line in log.read_text().splitlines()]
    done.executions = collections.Counter(row[1] for row in rows if int(row[2]) > 0)  # what is not ours has no standard input
    return done


def test_while_the_run_only_looks_a_host_is_asked_once(fleet, releases):
    done = run(fleet, {"hosts": "one", "tasks": [ASK]}, {"hosts": "one", "tasks": [DEPLOY]}, wheelhouse_release=releases[0])
    assert done.executions == {"one": 1} and done.recap["one"]["changed"] == 0


def test_after_other_work_of_the_run_a_host_with_nothing_to_do_is_asked_again(fleet, releases):
    done = run(fleet, {"hosts": "one", "tasks": [ASK]}, {"hosts": "two", "tasks": [DEPLOY]}, {"hosts": "one", "tasks": [DEPLOY]},
               wheelhouse_release=releases[0])
    assert done.executions == {"one": 2, "two": 2} and done.recap["one"]["changed"] == 0


def test_what_somebody_else_did_during_other_work_of_the_run_is_seen(fleet, releases):
    one, two = releases
    run(fleet, {"hosts": "one", "tasks": [ASK, somebody_else(fleet, two)]}, {"hosts": "two", "tasks": [DEPLOY]}, {"hosts": "one", "tasks": [DEPLOY]},
        wheelhouse_release=one)
    assert active(fleet) == active(fleet, "two") == one


def test_after_a_deploy_that_failed(fleet, releases):
    """A result that failed changes no fact."""
    one, two = releases
    unwell = fleet.release(fleet.store.wheel(version="3.0"))
    tasks = [ASK, {"name": "Go forward", "block": [FAIL], "rescue": [somebody_else(fleet, two), DEPLOY]}]
    done = run(fleet, {"hosts": "one", "tasks": tasks}, wheelhouse_release=one, unwell=unwell)
    assert f"{one} is active again" in " ".join(done.stdout.split()) and active(fleet) == one


def test_the_fact_of_another_run_is_not_believed(fleet, releases):
    one, two = releases
    assert run(fleet, {"hosts": "one", "tasks": [ASK]}, cache=True).executions == {"one": 1}
    fleet.give("one", two)
    done = run(fleet, {"hosts": "one", "tasks": [DEPLOY]}, cache=True, wheelhouse_release=one)
    assert active(fleet) == one and done.executions == {"one": 2}
