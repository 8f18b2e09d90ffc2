# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a production host has after the deploy, and what it lacks as before."""
import datetime
import getpass
import json
import socket

import pytest

from tests.testinfra.hosts import everything_in

testinfra_hosts = ["ssh://web01", "ssh://web02"]
ROOT = "/opt/wheelhouse-test"
CURRENT = f"{ROOT}/apps/alpha/current"
SITE = f"{CURRENT}/lib/python3.11/site-packages"


@pytest.mark.parametrize("command", ["gcc", "cc", "g++", "clang", "tcc", "make", "pip", "pip3", "uv"])
def test_there_is_no_compiler_and_no_pip(host, command):
    found = host.run(f"{command} --version")
    assert found.rc == 127 and "not found" in found.stderr


@pytest.mark.parametrize("module", ["pip", "ensurepip"])
def test_python_can_not_install_either(host, module):
    for python in ("python3", f"{CURRENT}/bin/python"):
        found = host.run(f"{python} -m {module} --version")
        assert found.rc != 0 and f"No module named {module}" in found.stderr


def test_there_is_no_way_out(host):
    attempt = "import socket; socket.create_connection(('10.213.71.11', 22), timeout=3)"  # the build host, in another network
    found = host.run("python3 -c %s", attempt)
    assert found.rc != 0 and ("unreachable" in found.stderr or "timed out" in found.stderr)
    routes = [line.split()[1] for line in host.file("/proc/net/route").content_string.splitlines()[1:]]
    assert "00000000" not in routes


def test_the_release_is_a_venv_that_works(host):
    assert host.check_output(f"{CURRENT}/bin/greeting") == "greeting 1.0"
    assert host.check_output(f"{CURRENT}/bin/python -c 'import tally; print(tally.one())'") == "1"
    assert host.check_output(f"{CURRENT}/bin/python -c 'import sys; print(sys.prefix != sys.base_prefix)'") == "True"


def test_the_service_runs_from_the_release(host):
    assert host.service("test-alpha.service").is_running
    answer = "import urllib.request; print(urllib.request.urlopen('http://127.0.0.1:8077/').read().decode())"
    assert host.check_output("python3 -c %s", answer) == "1.0"


def test_every_distribution_is_found_with_its_record(host):
    code = ("import importlib.metadata as m, json; "
            "print(json.dumps({d.name: [d.version, d.read_text('INSTALLER').strip(), all(f.locate().exists() for f in d.files)] "
            "for d in m.distributions()}))")
    assert json.loads(host.check_output(f"{CURRENT}/bin/python -c %s", code)) == {
        "greeting": ["1.0", "nogcc.wheelhouse", True], "tally": ["1.0", "nogcc.wheelhouse", True]}


def test_bytecode_came_along(host):
    assert host.run(f"ls {CURRENT}/lib/python3.11/site-packages/greeting/__pycache__/__init__.cpython-311.pyc").succeeded


def test_files_are_links_into_the_store(host):
    module = host.check_output(f"readlink -f {CURRENT}/lib/python3.11/site-packages/greeting/__init__.py")
    inode = host.check_output(f"stat -c %i {module}")
    assert host.check_output(f"find {ROOT}/wheels -inum {inode}").endswith("greeting/__init__.py")


def test_nobody_but_root_may_write(host):
    assert host.check_output(f"find {ROOT}/wheels {ROOT}/apps/alpha/releases -not -type l -perm /022") == ""
    assert host.check_output(f"find {ROOT} -not -user root") == ""


def test_the_applications_user_can_not_write(host):
    """It is tried, because the rights of a folder on the way, an ACL or a capability would not be seen in the bits of a file."""
    module = f"{SITE}/greeting/__init__.py"
    before = everything_in(host, ROOT)
    assert host.check_output("su -s /bin/sh www-data -c %s", f"head -c 1 {module} > /dev/null && id -un") == "www-data"
    for attempt in (f"echo x > {CURRENT}/new", f"echo x >> {module}", f"rm -f {module}", f"mv {module} {module}.old", f"chmod u+w {module}",
                    f"echo x > {SITE}/sitecustomize.py", f"echo x > {SITE}/greeting/__pycache__/new.pyc", f"ln -sfn /tmp {CURRENT}",
                    f"mkdir {ROOT}/apps/alpha/releases/0123456789abcdef", f"mkdir {ROOT}/new", f"echo x > {ROOT}/lock",
                    f"echo x >> {ROOT}/apps/alpha/history.jsonl", f"rm -f {ROOT}/apps/alpha/history.jsonl"):
        found = host.run("su -s /bin/sh www-data -c %s", attempt)
        assert found.rc != 0 and ("Permission denied" in found.stderr or "Operation not permitted" in found.stderr), attempt
    assert everything_in(host, ROOT) == before


def test_everybody_may_read(host):
    assert host.check_output(f"find {ROOT}/apps/alpha/releases -not -type l -not -perm -004") == ""


def test_the_manifest_is_within(host):
    release = host.check_output(f"readlink {CURRENT}").rpartition("/")[2]
    manifest = json.loads(host.file(f"{CURRENT}/manifest.json").content_string)
    assert len(release) == 16 and manifest["app"] == "alpha"
    assert [wheel["name"] for wheel in manifest["wheels"]] == ["greeting", "tally"]


def test_the_history_tells_who(host):
    lines = [json.loads(line) for line in host.file(f"{ROOT}/apps/alpha/history.jsonl").content_string.splitlines()]
    assert len(lines) == 1
    assert lines[0]["action"] == "deploy" and lines[0]["outcome"] == "ok" and lines[0]["from"] is None
    assert lines[0]["to"] == host.check_output(f"readlink {CURRENT}").rpartition("/")[2]
    assert (lines[0]["user"], lines[0]["host"]) == (getpass.getuser(), socket.gethostname())  # of the controller, which is this machine
    deployed = datetime.datetime.strptime(lines[0]["time"], "%Y-%m-%dT%H:%M:%S%z")
    assert datetime.timedelta(0) <= datetime.datetime.now(datetime.timezone.utc) - deployed < datetime.timedelta(hours=1)


def test_nothing_is_left_of_the_work(host):
    assert host.check_output(f"find {ROOT}/tmp {ROOT}/incoming -mindepth 1 2>/dev/null; true") == ""
