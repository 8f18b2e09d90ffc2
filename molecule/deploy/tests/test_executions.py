# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a run costs under Ansible's default settings, without pipelining: SSH executions and file transfers, counted."""
import contextlib
import json

import pytest

from tests.testinfra.counting import Counting
from tests.testinfra.hosts import on, sudoer
from tests.testinfra.playing import SCRATCH, play, requirements
from tests.testinfra.sdists import large_sdist

WEBS = ["web01", "web02"]
ROOT = "/opt/wheelhouse-elsewhere"
PASSWORD = "pass word 'n'"


@pytest.fixture(name="counted", scope="module", params=[None, PASSWORD], ids=["sudo", "sudo with a password"])
def fixture_counted(request, tmp_path_factory):
    """Give a function that deploys ``costs`` and returns the run, and how many executions and file transfers each host saw."""
    folder = tmp_path_factory.mktemp("costs")
    counting = Counting(folder)

    def deploy(**variables):
        counting.forget()
        done = play("deploy", "deploy", *options, pipelining=False, wheelhouse_app="costs", deploy_root=ROOT, deploy_services=[], deploy_health="",
                    **counting.variables, **variables).succeeded()
        return done, counting.executions, counting.transfers
    with contextlib.ExitStack() as stack:
        login = stack.enter_context(sudoer(request.param, *WEBS)) if request.param else {}
        (folder / "login.json").write_text(json.dumps({"prod": {"vars": login}}), encoding="utf-8")
        options = ["-i", folder / "login.json"]
        yield deploy
        for name in WEBS:
            on(name).run(f"rm -rf {ROOT}")


def test_from_the_first_deploy_to_one_that_has_nothing_to_do(counted):
    path = requirements("deploy", "costs", "greeting==1.0")
    _done, executions, transfers = counted(wheelhouse_requirements=path)
    assert {name: executions[name] for name in WEBS} == dict.fromkeys(WEBS, 2) and transfers.keys().isdisjoint(WEBS)
    done, executions, transfers = counted(wheelhouse_requirements=path)
    assert done.changed == 0 and executions == dict.fromkeys(WEBS, 1) and transfers == {}


def test_a_release_whose_wheels_are_held(counted):
    first = on("web01").check_output(f"basename $(readlink {ROOT}/apps/costs/current)")
    counted(wheelhouse_requirements=requirements("deploy", "costs", "greeting==2.0"))
    done, executions, transfers = counted(wheelhouse_release=first)
    assert done.recap["web01"]["changed"] == 1 and executions == dict.fromkeys(WEBS, 2) and transfers == {}


def test_what_is_too_large_for_standard_input(counted):
    path = requirements("deploy", "costs", "greeting==1.0")
    sdist = large_sdist()
    (SCRATCH / "deploy/costs" / sdist.filename).write_bytes(sdist.content())
    requirements("deploy", "costs", "greeting==1.0", f"large @ file://{SCRATCH}/deploy/costs/{sdist.filename}")
    _done, executions, transfers = counted(wheelhouse_requirements=path)
    assert {name: executions[name] for name in WEBS} == dict.fromkeys(WEBS, 3)
    assert {name: transfers[name] for name in WEBS} == dict.fromkeys(WEBS, 1)
    sizes = [on(name).check_output(f"stat -c %s {ROOT}/apps/costs/current/lib/python3*/site-packages/large/data.py") for name in WEBS]
    assert all(int(size) > 32 << 20 for size in sizes)
