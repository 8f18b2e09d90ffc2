# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ways to become root, and a deploy root of the user's own, for which nobody becomes root."""
import json

import pytest

from tests.testinfra.hosts import on, sudoer
from tests.testinfra.playing import play, release_with

WEB = on("web01")
PASSWORD = "pass word 'n'"


@pytest.fixture(scope="module", name="release")
def fixture_release():
    return release_with("deploy", "alpha", greeting="1.0", tally="1.0")[1]


@pytest.fixture(scope="module", name="user")
def fixture_user():
    """A user of the host who may become root by password only."""
    with sudoer(PASSWORD, "web01") as variables:
        yield variables["ansible_user"]


def deploy(tmp_path, release, root, **variables):
    """Deploy the release to one host, with variables that the command line does not show; return the run."""
    (tmp_path / "variables.json").write_text(json.dumps(variables), encoding="utf-8")
    done = play("deploy", "deploy", "--limit", "web01", "-vvv", "-e", f"@{tmp_path}/variables.json", deploy_root=root,
                wheelhouse_release=release, deploy_services=[], deploy_health="")
    assert PASSWORD not in done.output
    return done


@pytest.mark.parametrize("pipelining", [True, False])
def test_sudo_with_a_password(tmp_path, release, user, pipelining):
    root = f"/opt/wheelhouse-become/{pipelining}"
    variables = {"ansible_user": user, "ansible_become_password": PASSWORD, "ansible_pipelining": pipelining}
    try:
        assert deploy(tmp_path, release, root, **variables).succeeded().recap["web01"]["changed"] == 1
        assert WEB.check_output(f"{root}/apps/alpha/current/bin/greeting") == "greeting 1.0"
        assert WEB.check_output(f"find {root}/apps {root}/wheels -not -user root") == ""
        assert deploy(tmp_path, release, root, **variables).succeeded().changed == 0
    finally:
        WEB.run("rm -rf /opt/wheelhouse-become")


def test_a_wrong_password(tmp_path, release, user):
    deploy(tmp_path, release, "/opt/wheelhouse-become", ansible_user=user, ansible_become_password="wrong").failed("password")
    assert not WEB.file("/opt/wheelhouse-become").exists


def test_su_needs_a_terminal_and_gets_one(tmp_path, release, user):
    root = "/opt/wheelhouse-become"
    before = WEB.check_output("getent shadow root | cut -d: -f2")
    WEB.check_output("printf 'root:%%s' %s | chpasswd", PASSWORD)
    try:
        variables = {"ansible_user": user, "ansible_become_method": "su", "ansible_become_password": PASSWORD}
        assert deploy(tmp_path, release, root, **variables).succeeded().recap["web01"]["changed"] == 1
        assert WEB.check_output(f"{root}/apps/alpha/current/bin/python -c 'import tally; print(tally.one())'") == "1"
    finally:
        WEB.run("usermod -p %s root; rm -rf /opt/wheelhouse-become", before)


def test_nobody_becomes_root_for_a_root_of_ones_own(tmp_path, release, user):
    root = "/home/tester/wheelhouse"
    variables = {"ansible_user": user, "ansible_become": False}
    assert deploy(tmp_path, release, root, **variables).succeeded().recap["web01"]["changed"] == 1
    assert WEB.check_output(f"{root}/apps/alpha/current/bin/greeting") == "greeting 1.0"
    assert WEB.check_output(f"find {root} -not -user {user}") == ""
    assert deploy(tmp_path, release, root, **variables).succeeded().changed == 0
    deploy(tmp_path, release, "/opt/wheelhouse-become", **variables).failed("not writable", "become root, or choose a deploy_root")
