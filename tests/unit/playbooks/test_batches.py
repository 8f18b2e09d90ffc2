# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Two hosts at a time, of which one is not well: who has the new release in the end, by each rule of Ansible's."""
import json

import pytest
import yaml

HOSTS = ["a01", "a02", "a03", "a04"]
UNWELL = {"deploy_health": "test {{ inventory_hostname }} != a02", "deploy_health_timeout": 1}


def in_batches(fleet, rule):
    """Write a play that takes the hosts two at a time; return its path."""
    path = fleet.folder / "batches.yml"
    path.write_text(yaml.safe_dump([{"hosts": "prod", "gather_facts": False, "serial": 2, **rule, "roles": ["nogcc.wheelhouse.deploy"]}]))
    return str(path)


def two_releases(fleet):
    """Return the ids of two releases, of which each host has the first."""
    before, after = (fleet.release(fleet.store.wheel(version=version)) for version in ("1", "2"))
    for name in HOSTS:
        fleet.give(name, before)
    return before, after


def active(fleet):
    """Return the id of the release that each host has, in the order of HOSTS."""
    return [(fleet.root(name) / "apps/shop/current").readlink().name for name in HOSTS]


def outcomes(fleet, name):
    """Return what became of each activation of a host."""
    return [json.loads(line)["outcome"] for line in (fleet.root(name) / "apps/shop/history.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("rule, reached", [
    ({}, HOSTS),
    ({"any_errors_fatal": True}, HOSTS[:2]),
    ({"max_fail_percentage": 49}, HOSTS[:2]),  # one of two is more
    ({"max_fail_percentage": 50}, HOSTS),  # and is no more
    ({"max_fail_percentage": 50, "any_errors_fatal": True}, HOSTS[:2]),
], ids=str)
def test_one_of_a_batch_is_not_well(fleet, rule, reached):
    """The other one of its batch has the release; the batches to come are touched only where the rule lets the play go on."""
    before, after = two_releases(fleet)
    done = fleet.try_to_play(in_batches(fleet, rule), HOSTS, wheelhouse_release=after, **UNWELL)
    assert done.returncode and f"{before} is active again" in " ".join(done.stdout.split())
    assert sorted(done.recap) == reached and [name for name in reached if done.recap[name]["failed"]] == ["a02"]
    assert active(fleet) == [after if name in reached and name != "a02" else before for name in HOSTS]
    assert {name: outcomes(fleet, name)[1:] for name in HOSTS} == {
        name: [] if name not in reached else ["failed"] if name == "a02" else ["ok"] for name in HOSTS}


@pytest.mark.parametrize("rule, named", [({}, ["a02"]), ({"any_errors_fatal": True}, HOSTS[:2])], ids=str)
def test_those_that_failed_are_tried_again_alone(fleet, rule, named):
    """Ansible's file names the host that failed or, where any error is fatal, its batch, whose others have nothing to do; never a batch to come."""
    before, after = two_releases(fleet)
    playbook, retrying = in_batches(fleet, rule), {"ANSIBLE_RETRY_FILES_ENABLED": "true"}
    fleet.try_to_play(playbook, HOSTS, environment=retrying, wheelhouse_release=after, **UNWELL)
    was, retry = active(fleet), fleet.folder / "batches.retry"
    assert retry.read_text().split() == named
    done = fleet.play(playbook, HOSTS, "--limit", f"@{retry}", environment=retrying, wheelhouse_release=after)
    assert {name: numbers["changed"] for name, numbers in done.recap.items()} == {name: int(name == "a02") for name in named}
    assert active(fleet) == [was[0], after, *was[2:]]
