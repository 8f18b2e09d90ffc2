# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The wheelhouse on a host of its own, each test where the one before it left off; the controller keeps nothing of it."""
import hashlib
import json
import shlex
import subprocess

import pytest
import yaml

from tests.testinfra.counting import Counting
from tests.testinfra.hosts import everything_in, on, sudoer
from tests.testinfra.playing import SCRATCH, files_below, play, requirements
from tests.testinfra.sdists import large_sdist

HOST = "store01"
FOLDER = "/srv/wheelhouse-host-test"
ROOT = "/opt/wheelhouse-far"
APP = f"{ROOT}/apps/far"
SIGNERS = "/etc/wheelhouse-test-signers"
URL = "http://10.213.72.22:8090/"
SITE = f"server {{ listen 8090; root {FOLDER}; }}\n"
STORE = on(HOST)
WEBS = ["web01", "web02"]
VARIABLES = {"wheelhouse_app": "far", "wheelhouse_host": HOST, "wheelhouse_dir": FOLDER, "deploy_root": ROOT, "deploy_services": [], "deploy_health": "",
             "wheelhouse_requirements": str(SCRATCH / "deploy/far/requirements.in"), "deploy_audit_tools": False}


@pytest.fixture(scope="module", name="store", autouse=True)
def fixture_store():
    """A host with a web server over a folder that is not there yet."""
    _forget()  # an earlier run may have been cut off
    STORE.check_output(f"printf %s {shlex.quote(SITE)} > /etc/nginx/conf.d/wheelhouse-host-test.conf && systemctl reload nginx")
    yield
    _forget()


def _forget():
    STORE.check_output(f"rm -rf {FOLDER} {home_there()}/wheelhouse /etc/nginx/conf.d/wheelhouse-host-test.conf && systemctl reload nginx")
    on("build01").check_output("rm -rf /var/lib/wheelhouse-test-fresh")
    for name in WEBS:
        on(name).check_output(f"rm -rf {ROOT} {SIGNERS}")


@pytest.fixture(name="run")
def fixture_run(tmp_path):
    """Give a function that runs a playbook with Ansible's default settings; the run has ``executions``: how many each host saw."""
    counting, kept = Counting(tmp_path), tmp_path / "local"

    def run(playbook, *options, store=None, **variables):
        (tmp_path / "store.yml").write_text(yaml.safe_dump({"all": {"hosts": {HOST: store or {}}}}), encoding="utf-8")
        counting.forget()
        before = files_below(SCRATCH / "deploy/wheelhouse")
        done = play("deploy", playbook, "-i", tmp_path / "store.yml", *options, pipelining=False, settings={"LOCAL_TEMP": str(kept)},
                    **{**VARIABLES, **counting.variables, **variables})
        assert files_below(SCRATCH / "deploy/wheelhouse") == before and list(kept.glob("*")) == [], "the controller keeps nothing"
        travelling = STORE.run(f"ls -A {FOLDER}/outgoing {FOLDER}/uploads").stdout.splitlines()
        assert [line for line in travelling if line and not line.endswith(":")] == [], "nothing travels any more"
        done.executions = counting.executions
        return done
    return run


def current(name="web01"):
    return on(name).check_output(f"basename $(readlink {APP}/current)")


def release_file(release):
    return json.loads(STORE.check_output(f"cat {FOLDER}/releases/far/{release}.json"))


def test_check_mode_makes_nothing(run):
    requirements("deploy", "far", "greeting==1.0", "tally")
    run("deploy", "--check").succeeded()
    assert not STORE.file(FOLDER).exists and not on("web01").file(ROOT).exists


def test_from_the_requirements_to_production(run):
    done = run("deploy").succeeded()
    assert "sending 3 files" in done.output and {name: done.executions[name] for name in WEBS} == dict.fromkeys(WEBS, 2)
    for name in WEBS:
        assert on(name).check_output(f"{APP}/current/bin/greeting") == "greeting 1.0"
    assert [wheel["name"] for wheel in release_file(current())["wheels"]] == ["greeting", "tally"]
    assert STORE.check_output(f"find {FOLDER} -not -user root") == "", "one becomes root there, as in the play"
    page = STORE.check_output("python3 -c %s", f"import urllib.request as u; print(u.urlopen('{URL}simple/').read().decode())")
    assert '<a href="tally/">' in page


def test_nothing_to_do_costs_the_wheelhouse_one_execution(run):
    before = everything_in(STORE, FOLDER)
    done = run("deploy").succeeded()
    assert done.changed == 0 and done.executions == {**dict.fromkeys(WEBS, 1), HOST: 1}
    assert run("fetch").succeeded().changed == 0 and everything_in(STORE, FOLDER) == before


def test_a_second_release_brings_what_is_new(run):
    requirements("deploy", "far", "greeting==2.0", "tally")
    assert "sending 2 files" in run("deploy").succeeded().output
    assert on("web02").check_output(f"{APP}/current/bin/greeting") == "greeting 2.0"


def test_without_the_wheelhouse_nothing_changes_and_the_way_back_is_open(run):
    before = {name: everything_in(on(name), ROOT) for name in WEBS}
    down = {"ansible_port": 9}
    for options in ([], ["--tags", "deploy"]):
        done = run("deploy", *options, store=down).failed(f"the wheelhouse {HOST}:{FOLDER} can't be reached", "refused", f"ansible -m ping {HOST}")
        assert all(numbers["unreachable"] == 0 for numbers in done.recap.values()), "it is not these that can't be reached"
    run("audit", store=down).failed("can't be reached")
    assert {name: everything_in(on(name), ROOT) for name in WEBS} == before
    assert run("rollback", store=down).succeeded().executions == dict.fromkeys(WEBS, 1)
    assert on("web02").check_output(f"{APP}/current/bin/greeting") == "greeting 1.0"


def test_pull(run):
    release, root = current(), f"{ROOT}/elsewhere"
    try:
        done = run("deploy", wheelhouse_release=release, deploy_root=root, deploy_source="pull", deploy_wheelhouse_url=URL).succeeded()
        assert "pulling 3 files" in done.output and done.executions == {**dict.fromkeys(WEBS, 2), HOST: 1}
        assert on("web02").check_output(f"{root}/apps/far/current/bin/greeting") == "greeting 1.0"
        assert run("deploy", wheelhouse_release=release, deploy_root=root).succeeded().executions == {**dict.fromkeys(WEBS, 1), HOST: 1}
    finally:
        for name in WEBS:
            on(name).check_output(f"rm -rf {root}")


def test_audit_and_repair(run):
    module = on("web01").check_output(f"find {APP}/current/ -name greeting -type d")
    on("web01").check_output(f"touch {module}/added.py && rm {module}/__init__.py")
    done = run("audit").failed("added.py: nothing of that name", "greeting/__init__.py", "deploy_repair=true")
    assert done.recap["web02"]["failed"] == 0 and done.executions == {**dict.fromkeys(WEBS, 2), HOST: 2}
    run("deploy", "--tags", "deploy", deploy_repair=True).succeeded()
    run("audit").succeeded()


def test_damage_is_found_there_and_what_is_missing_comes_from_the_build_host(run):
    requirements("deploy", "far", "greeting==2.0", "tally")
    release = current()
    wheel = next(wheel for wheel in release_file(release)["wheels"] if wheel["name"] == "tally")
    path = f"{FOLDER}/wheels/{wheel['sha256']}/{wheel['filename']}"
    STORE.check_output(f"printf 0 | dd of={path} bs=1 seek=50 conv=notrunc")
    run("deploy", wheelhouse_release=release, deploy_root=f"{ROOT}/elsewhere").failed(
        f"on the wheelhouse host {HOST}: the wheelhouse {FOLDER} is damaged", wheel["filename"], "renamed to end in .damaged", "run the deploy")
    assert not on("web01").file(f"{ROOT}/elsewhere/apps").exists
    run("deploy").succeeded()
    assert STORE.check_output(f"sha256sum {path}").startswith(wheel["sha256"])


def test_a_fresh_build_host_is_supplied_from_there(run):
    done = run("build", build_root="/var/lib/wheelhouse-test-fresh", build_recheck=True).succeeded()
    assert "files of the wheelhouse" in done.output and "downloading" not in done.output


def test_signed_on_the_controller_and_kept_there(run):
    folder = SCRATCH / "deploy/far"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / "key"], input=b"y\n", check=True)
    public = " ".join((folder / "key.pub").read_text(encoding="utf-8").split()[:2])
    for name in WEBS:
        on(name).check_output(f"printf %s {shlex.quote(f'far {public}')} > {SIGNERS} && chmod 644 {SIGNERS}")
    signed = {"fetch_sign_key": str(folder / "key"), "deploy_allowed_signers": SIGNERS}
    run("deploy", **{**signed, "fetch_sign_key": ""}).failed("is not signed")
    assert run("deploy", **signed).succeeded().changed > 0
    assert "far" in STORE.check_output(f"cat {FOLDER}/releases/far/{current()}.json.sig")
    assert run("deploy", **signed).succeeded().changed == 0


@pytest.fixture(name="tester")
def fixture_tester():
    """Give the variables by which one becomes root on the wheelhouse's host by a password that no other host has."""
    with sudoer("pass 'word'", HOST) as variables:
        yield variables


def home_there():
    return STORE.check_output("getent passwd deploy | cut -d: -f6")


def test_a_users_own_folder_for_which_nobody_becomes_root(run):
    assert run("fetch", wheelhouse_dir="~/wheelhouse", store={"ansible_become": False}).succeeded().changed == 1
    assert STORE.check_output(f"find {home_there()}/wheelhouse/wheels -not -user deploy") == ""
    STORE.check_output(f"rm -rf {home_there()}/wheelhouse")


def test_a_password_of_that_host_alone(run, tester):
    release = current()
    on("web01").check_output(f"rm -rf {ROOT}")
    done = run("deploy", "--limit", "web01", store=tester, wheelhouse_release=release).succeeded()
    assert "sending 3 files" in done.output and "pass 'word'" not in done.output
    run("deploy", "--limit", "web01", store={**tester, "ansible_become_password": "wrong"}, wheelhouse_release=release).failed(HOST, "password")


def test_what_is_too_large_for_standard_input(run, tester):
    """From a file of the controller by way of the wheelhouse to the build host, back into the wheelhouse, and to production."""
    folder, sdist = SCRATCH / "deploy/far", large_sdist()
    (folder / sdist.filename).write_bytes(sdist.content())
    requirements("deploy", "far", f"large @ file://{folder}/{sdist.filename}")
    run("deploy", "--limit", "build01,web01", store=tester).succeeded()
    [wheel] = release_file(current())["wheels"]
    for place, sha256 in ((f"wheels/{wheel['sha256']}/{wheel['filename']}", wheel["sha256"]),
                          (f"sources/{wheel['source']['sha256']}/{sdist.filename}", hashlib.sha256(sdist.content()).hexdigest())):
        assert STORE.check_output(f"sha256sum {FOLDER}/{place}").startswith(sha256)
        assert STORE.file(f"{FOLDER}/{place}").size > 32 << 20 and STORE.file(f"{FOLDER}/{place}").user == "root"
    shown = on("web01").check_output(f"sha256sum {APP}/current/lib/python3*/site-packages/large/data.py")
    assert shown.startswith(hashlib.sha256(sdist.files["large/data.py"].encode()).hexdigest())


def test_a_host_that_is_not_there(run):
    run("deploy", wheelhouse_host="nowhere01").failed("wheelhouse_host 'nowhere01' is not in the inventory", "takes the name of a host")
    run("deploy", wheelhouse_dir="relative").failed("is not an absolute path", "/srv/wheelhouse")
    run("deploy", wheelhouse_dir="/proc/wheelhouse").failed(f"on the wheelhouse host {HOST}")
