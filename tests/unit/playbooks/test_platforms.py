# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which platforms the deploy playbook builds for: those of the hosts that it asks, whatever is known of others."""
import collections
import hashlib

import pytest
import yaml

LOCK = """lock-version = "1.0"
[[packages]]
name = "shop"
version = "1.0"
wheels = [{url = "https://example.org/shop-1.0-py3-none-any.whl", hashes = {sha256 = "%s"}}]
"""
OTHER = {"python": "3.1", "abi": "cp31", "machine": "vax", "libc": "glibc", "libc_version": "1.0", "os": "debian-1"}


@pytest.fixture(name="play")
def fixture_play(fleet):
    """Give a function that runs a playbook on ``one``, ``two`` and the build host ``b01``, for a lock whose wheels are in the wheelhouse.

    The run has ``executions``: how many each host saw.
    """
    wheel = fleet.store.wheel()
    lock = LOCK % wheel["sha256"]
    (fleet.folder / "requirements.in").write_text("shop\n")
    (fleet.folder / "pylock.toml").write_text(lock)
    manifest = fleet.store.manifest(wheel, lock=hashlib.sha256(lock.encode()).hexdigest())
    fleet.wheelhouse.publish(manifest, manifest)
    builders, log = fleet.folder / "builders.yml", fleet.folder / "counted"
    builders.write_text(yaml.safe_dump({"build": {"hosts": {"b01": {}}}}))
    kept = {"ANSIBLE_CACHE_PLUGIN": "jsonfile", "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(fleet.folder / "facts"), "COUNTED": str(log)}

    def play(playbook, *options, **variables):
        log.write_text("")
        done = fleet.try_to_play(playbook, ["one", "two"], "-i", str(builders), *options, environment=kept, ansible_connection="counted",
                                 wheelhouse_requirements=str(fleet.folder / "requirements.in"), build_root=str(fleet.folder / "build"), **variables)
        done.executions = collections.Counter(line.split()[1] for line in log.read_text().splitlines())
        return done
    return play


def test_nothing_to_do_asks_each_host_once_and_the_build_host_never(play):
    done = play("deploy")
    assert done.executions == {"one": 2, "two": 2} and [done.recap[name]["changed"] for name in ("one", "two")] == [1, 1]
    done = play("deploy")
    assert done.executions == {"one": 1, "two": 1} and [done.recap[name]["changed"] for name in ("one", "two", "b01")] == [0, 0, 0]


@pytest.mark.parametrize("fact", [{}, {"platform": OTHER}], ids=["a host that an earlier run changed", "a platform that it had once"])
def test_hosts_that_are_not_asked_do_not_matter(fleet, play, fact):
    path = fleet.folder / "facts.yml"
    task = {"name": "Remember", "ansible.builtin.set_fact": {"wheelhouse_status": fact, "cacheable": True}}
    path.write_text(yaml.safe_dump([{"hosts": "two", "gather_facts": False, "tasks": [task]}]))
    assert play(str(path)).returncode == 0
    done = play("deploy", "--limit", "build,one")
    assert done.returncode == 0 and done.executions == {"one": 2}, done.stdout


def test_a_host_that_can_not_say_does_not_matter(play):
    done = play("deploy", deploy_python="{{ '/nowhere/python3' if inventory_hostname == 'two' else ansible_python_interpreter }}")
    assert done.recap["two"]["failed"] == 1 and done.recap["one"]["changed"] == 1 and done.recap["b01"]["failed"] == 0
