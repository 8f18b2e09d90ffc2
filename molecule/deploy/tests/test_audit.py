# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Drift is named and put right, what nobody confirms is taken back, and a canary that fails leaves the others as they are."""
import json
import shlex
import subprocess
import time

import pytest
import yaml

from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils import payload
from tests.testinfra.hosts import everything_in, on, reboot
from tests.testinfra.playing import REPOSITORY, SCRATCH, play, requirements

ROOT = "/opt/wheelhouse-elsewhere"
WEBS = ["web01", "web02"]
APP = f"{ROOT}/apps/audited"
HERE = {"wheelhouse_app": "audited", "deploy_root": ROOT, "deploy_services": [], "deploy_health": "",
        "wheelhouse_requirements": str(SCRATCH / "deploy/audited/requirements.in")}


def run(playbook, *options, **variables):
    return play("deploy", playbook, "--limit", "build01,web01,web02", *options, **{**HERE, **variables})


def current():
    return [on(name).check_output(f"basename $(readlink {APP}/current)") for name in WEBS]


@pytest.fixture(scope="module", autouse=True)
def releases():
    """Both hosts have the first of two releases, and the wheelhouse has both; return their ids."""
    requirements("deploy", "audited", "greeting==2.0")
    for playbook in ("build", "fetch"):
        run(playbook).succeeded()
    (second,) = (SCRATCH / "deploy/wheelhouse/releases/audited").glob("*.json")
    requirements("deploy", "audited", "greeting==1.0", "tally")
    run("deploy").succeeded()
    yield current()[0], second.stem
    for name in WEBS:
        on(name).run(f"rm -rf {ROOT}")


def test_drift_is_named_and_put_right(releases):
    done = run("audit").succeeded()
    assert done.changed == 0 and "are what the manifests say" in done.output and "deploy none -> " in done.output
    on("web01").check_output(f"find {APP}/current/ -name __init__.py -path '*/greeting/*' -exec sed -i 's/^/# /' '{{}}' ';'")
    on("web01").check_output(f"touch {APP}/current/bin/extra && chmod 666 {APP}/current/pyvenv.cfg && mkdir {APP}/releases/mine")
    on("web01").check_output("install -m 755 /bin/true /usr/local/bin/gcc")
    before = {name: everything_in(on(name), ROOT) for name in WEBS}
    done = run("audit").failed("greeting/__init__.py: its bytes are others", "added:", "bin/extra", "permissions:", "they are 0666",
                               "foreign:", "releases/mine", "tool: /usr/local/bin/gcc", "deploy_repair=true")
    assert done.recap["web01"]["failed"] == 1 and done.recap["web02"]["failed"] == 0 and done.changed == 0
    assert {name: everything_in(on(name), ROOT) for name in WEBS} == before
    on("web01").check_output("rm /usr/local/bin/gcc")
    done = run("deploy", deploy_repair=True).succeeded()
    assert done.recap["web01"]["changed"] == 1 and done.recap["web02"]["changed"] == 0
    assert on("web01").check_output(f"{APP}/current/bin/greeting") == "greeting 1.0"
    run("audit").succeeded()
    assert run("deploy", deploy_repair=True).succeeded().changed == 0


def ask(name, *calls):
    """Carry out calls on a host as a controller does that is never heard of again."""
    ran = subprocess.run(["ssh", "-F", REPOSITORY / ".cache/bed/ssh_config", name, "sudo " + payload.command("python3")],
                         input=payload.request("agent", [{"root": ROOT, "app": "audited", **call} for call in calls]),
                         stdout=subprocess.PIPE, check=True)
    return payload.read_reply("python3", 0, ran.stdout.decode(), "")


def units(host):
    return host.run("ls /etc/systemd/system /etc/systemd/system/timers.target.wants | grep nogcc-wheelhouse").stdout.split()


def wait(condition, seconds):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.5)


def stage_second(host, releases):
    run("deploy", "--limit", host, wheelhouse_release=releases[1]).succeeded()
    run("rollback", "--limit", host).succeeded()


def test_a_controller_that_vanishes(releases):
    host = on("web01")
    stage_second("web01", releases)
    (done,) = ask("web01", {"op": "activate", "release": releases[1], "confirm": 8})
    assert done["confirm"] == 8 and current()[0] == releases[1]
    timer = next(name for name in units(host) if name.endswith(".timer"))
    assert host.check_output(f"systemctl is-enabled {timer}") == "enabled"
    # as after a reboot: what is not on the disk is forgotten, and systemd starts what is enabled
    host.check_output(f"systemctl stop {timer} && systemctl daemon-reload && systemctl start timers.target && systemctl is-active {timer}")
    wait(lambda: current()[0] == releases[0], 30)
    wait(lambda: not units(host), 10)
    last = json.loads(host.file(f"{APP}/history.jsonl").content_string.splitlines()[-1])
    assert last["outcome"] == "unconfirmed" and last["to"] == releases[1] and "not confirmed in 8 s" in last["reason"]
    assert "is active again" in host.check_output(f"journalctl --no-pager --unit {shlex.quote(timer.replace('.timer', '.service'))}")
    assert run("audit").succeeded()


def test_a_controller_that_vanishes_and_a_host_that_reboots(releases):
    host = on("web01")
    ask("web01", {"op": "activate", "release": releases[1], "confirm": 20})
    started = host.check_output("stat --format %Y /proc/1")
    reboot("web01")
    assert host.check_output("stat --format %Y /proc/1") != started
    host.check_output("systemctl start test-alpha")  # of other tests, and not enabled
    wait(lambda: current()[0] == releases[0], 90)
    wait(lambda: not units(host), 10)
    last = json.loads(host.file(f"{APP}/history.jsonl").content_string.splitlines()[-1])
    assert last["outcome"] == "unconfirmed" and last["to"] == releases[1]
    run("audit").succeeded()


def test_a_controller_that_is_there(releases):
    done = run("deploy", "--limit", "web01", wheelhouse_release=releases[1], deploy_confirm_timeout=60).succeeded()
    assert done.changed == 1 and current()[0] == releases[1] and units(on("web01")) == []
    run("rollback", "--limit", "web01", deploy_confirm_timeout=60).succeeded()
    assert current()[0] == releases[0] and units(on("web01")) == []


def test_a_canary_that_fails_leaves_the_others(tmp_path, releases):
    """A batch that fails whole ends the play, without any rule for it."""
    playbook = tmp_path / "canary.yml"
    playbook.write_text(yaml.safe_dump([{"hosts": "prod", "gather_facts": False, "become": True, "serial": [1, "100%"],
                                         "roles": ["nogcc.wheelhouse.deploy"]}]))
    before = everything_in(on("web02"), ROOT)
    done = run(str(playbook), wheelhouse_release=releases[1], deploy_health=f'test "$({APP}/current/bin/greeting)" != "greeting 2.0"',
               deploy_health_timeout=2).failed("is not well", f"{releases[0]} is active again")
    assert done.recap["web01"]["failed"] == 1 and "web02" not in done.recap
    assert current() == [releases[0]] * 2 and everything_in(on("web02"), ROOT) == before


def test_a_unit_is_asked_for_its_health(releases):
    run("deploy", "--limit", "web01", wheelhouse_release=releases[1], deploy_health="no-such.service", deploy_health_timeout=2).failed(
        "no-such.service is not known to systemd", f"{releases[0]} is active again")
    run("deploy", "--limit", "web01", wheelhouse_release=releases[1], deploy_health="dbus.service").succeeded()
    run("rollback", "--limit", "web01").succeeded()
