# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a run costs under Ansible's default settings, without pipelining: SSH executions, counted by a program in ssh's place."""
import collections

import pytest

from tests.testinfra.hosts import on
from tests.testinfra.playing import play, requirements

COUNTER = """#!/bin/sh
for word in "$@"; do case $word in build01|web01|web02) echo "$word" >> '{log}'; break ;; esac; done
exec ssh "$@"
"""


@pytest.fixture(name="counted", scope="module")
def fixture_counted(tmp_path_factory):
    """Give a function that deploys costs and returns how many executions each host saw."""
    folder = tmp_path_factory.mktemp("executions")
    log = folder / "log"
    (folder / "ssh").write_text(COUNTER.format(log=log), encoding="utf-8")
    (folder / "ssh").chmod(0o755)

    def deploy(**variables):
        log.write_text("", encoding="utf-8")
        done = play("deploy", "deploy", pipelining=False, ansible_ssh_executable=str(folder / "ssh"), wheelhouse_app="costs",
                    deploy_services=[], deploy_health="", **variables).succeeded()
        return done, dict(collections.Counter(log.read_text(encoding="utf-8").split()))
    yield deploy
    for name in ("web01", "web02"):
        on(name).run("rm -rf /opt/wheelhouse-test/apps/costs")


def test_from_the_first_deploy_to_one_that_has_nothing_to_do(counted):
    path = requirements("deploy", "costs", "greeting==1.0")
    _done, executions = counted(wheelhouse_requirements=path)
    assert {name: executions[name] for name in ("web01", "web02")} == {"web01": 2, "web02": 2}
    done, executions = counted(wheelhouse_requirements=path)
    assert done.changed == 0 and executions == {"web01": 1, "web02": 1}


def test_a_release_whose_wheels_are_held(counted):
    first = on("web01").check_output("basename $(readlink /opt/wheelhouse-test/apps/costs/current)")
    path = requirements("deploy", "costs", "greeting==2.0")
    counted(wheelhouse_requirements=path)
    done, executions = counted(wheelhouse_release=first)
    assert done.recap["web01"]["changed"] == 1 and executions == {"web01": 2, "web02": 2}
