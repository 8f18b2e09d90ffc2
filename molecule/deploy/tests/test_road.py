# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From release to release and back, each test where the one before it left off; and two apps on one host."""
import json
import re

import pytest

from tests.testinfra.hosts import everything_in, on
from tests.testinfra.playing import SCRATCH, play, requirements

ROOT = "/opt/wheelhouse-test"
WEBS = ["web01", "web02"]
ANSWER = "import urllib.request; print(urllib.request.urlopen('http://127.0.0.1:8077/').read().decode())"


def served():
    return {on(name).check_output("python3 -c %s", ANSWER) for name in WEBS}


def current(app="alpha"):
    return {on(name).check_output(f"basename $(readlink {ROOT}/apps/{app}/current)") for name in WEBS}


def release_of(version):
    """Return the id of the release in the wheelhouse that has this version of greeting."""
    for path in (SCRATCH / "deploy/wheelhouse/releases/alpha").glob("*.json"):
        if any((wheel["name"], wheel["version"]) == ("greeting", version) for wheel in json.loads(path.read_text())["wheels"]):
            return path.stem
    raise AssertionError(f"no release with greeting {version}")


def test_nothing_changed():
    done = play("deploy", "deploy").succeeded()
    assert done.changed == 0
    assert served() == {"1.0"}


def test_check_mode_shows_what_would_come():
    requirements("deploy", "alpha", "greeting==2.0", "tally")
    before = [everything_in(on(name), ROOT) for name in WEBS]
    play("deploy", "lock").succeeded()
    done = play("deploy", "deploy", "--check", "--diff").succeeded()
    assert "greeting 1.0 → 2.0" in done.output and all(done.recap[name]["changed"] == 1 for name in WEBS)
    assert [everything_in(on(name), ROOT) for name in WEBS] == before


def test_an_upgrade():
    done = play("deploy", "deploy", "--diff").succeeded()
    assert "greeting 1.0 → 2.0" in done.output and "tally" not in done.output.split("greeting 1.0 → 2.0")[1].split("PLAY RECAP")[0]
    assert served() == {"2.0"} and current() == {release_of("2.0")}
    assert play("deploy", "deploy").succeeded().changed == 0


def test_a_rollback():
    assert all(numbers["changed"] == 1 for numbers in play("deploy", "rollback").succeeded().recap.values())
    assert served() == {"1.0"} and current() == {release_of("1.0")}


def test_there_is_nothing_before_the_first_release():
    play("deploy", "rollback").failed("no earlier release of alpha")
    assert served() == {"1.0"}


def test_a_release_by_its_id():
    play("deploy", "deploy", wheelhouse_release=release_of("2.0")).succeeded()
    assert served() == {"2.0"}
    assert play("deploy", "deploy", wheelhouse_release=release_of("2.0")).succeeded().changed == 0
    play("deploy", "deploy", wheelhouse_release="0123456789abcdef").failed("has no release 0123456789abcdef of alpha", release_of("2.0"))


def test_a_release_that_is_not_well_goes_back_by_itself():
    requirements("deploy", "alpha", "greeting==3.0", "tally")
    done = play("deploy", "deploy").failed("is not well", "500", f"{release_of('2.0')} is active again")
    assert re.search(r'greeting\[\d+\]: .*"GET / HTTP/1\.1" 500', done.output), "what the service wrote into the journal"
    assert served() == {"2.0"} and current() == {release_of("2.0")}
    last = json.loads(on("web01").file(f"{ROOT}/apps/alpha/history.jsonl").content_string.splitlines()[-1])
    assert last["to"] == release_of("3.0") and last["outcome"] != "ok"


def test_the_failed_release_does_not_count_for_going_back():
    play("deploy", "rollback").succeeded()
    assert served() == {"1.0"}


@pytest.fixture
def nothing_of_beta():
    yield
    for name in WEBS:
        on(name).run(f"rm -rf {ROOT}/apps/beta")


def test_two_apps_on_one_host(nothing_of_beta):
    before = current("alpha")
    path = requirements("deploy", "beta", "greeting==2.0")
    done = play("deploy", "deploy", wheelhouse_app="beta", wheelhouse_requirements=path, deploy_services=[], deploy_health="").succeeded()
    assert "sending" not in done.output  # the wheel is there already, for the other app
    assert current("alpha") == before and served() == {"1.0"}
    assert {on(name).check_output(f"{ROOT}/apps/beta/current/bin/greeting") for name in WEBS} == {"greeting 2.0"}
    assert play("deploy", "deploy", wheelhouse_app="beta", wheelhouse_requirements=path, deploy_services=[], deploy_health="").changed == 0
