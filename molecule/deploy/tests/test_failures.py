# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What can't be deployed is refused with every reason and what to do about it, and the host stays as it was."""
import json
import os

import pytest

from tests.testinfra.hosts import everything_in, on
from tests.testinfra.playing import SCRATCH, play, requirements

ROOT = "/opt/wheelhouse-test"
WHEELHOUSE = SCRATCH / "deploy/wheelhouse"
PLAIN = {"deploy_services": [], "deploy_health": ""}
WEB = on("web01")


def deploy(app, *wanted, options=(), **variables):
    """Deploy an app on one host, from requirements that are written for it."""
    path = requirements("deploy", app, *wanted) if wanted else str(SCRATCH / "deploy" / app / "requirements.in")
    return play("deploy", "deploy", "--limit", "build01,web01", *options,
                **{"wheelhouse_app": app, "wheelhouse_requirements": path, **PLAIN, **variables})


@pytest.fixture
def untouched():
    """The host has the same files afterwards."""
    before = everything_in(WEB, ROOT)
    yield
    assert everything_in(WEB, ROOT) == before


@pytest.fixture(scope="module")
def gamma():
    """The wheelhouse has a release of an app that no host has yet; return its manifest."""
    path = requirements("deploy", "gamma", "greeting==1.0", "tally")
    for playbook in ("build", "fetch"):
        play("deploy", playbook, wheelhouse_app="gamma", wheelhouse_requirements=path).succeeded()
    (manifest,) = (WHEELHOUSE / "releases/gamma").glob("*.json")
    return json.loads(manifest.read_text())


@pytest.fixture
def elsewhere():
    """A deploy root that is empty, so that everything has to be sent."""
    folder = "/opt/wheelhouse-elsewhere"
    WEB.run(f"rm -rf {folder}")
    yield folder
    WEB.run(f"rm -rf {folder}")


@pytest.mark.parametrize("app", ["two words", "..", "a/b", "../../etc", "a..b", "-rf", ".hidden"])
def test_a_name_that_can_not_be_a_folder(untouched, app):
    play("deploy", "deploy", "--limit", "build01,web01", wheelhouse_app=app, **PLAIN).failed("is not a name for an app", "begin with a letter or digit")


@pytest.mark.parametrize("root", ["relative/root", "/opt/../opt/x", "/"])
def test_a_root_that_can_not_be_one(untouched, gamma, root):
    deploy("gamma", deploy_root=root).failed("cannot be a deploy root", "use an absolute path")


def test_a_root_with_spaces_works(gamma):
    root = "/opt/wheelhouse-test/with two spaces"
    deploy("gamma", deploy_root=root).succeeded()
    assert WEB.check_output(f"'{root}/apps/gamma/current/bin/greeting'") == "greeting 1.0"
    WEB.run(f"rm -rf '{root}'")


def test_a_host_without_python(untouched, gamma):
    deploy("gamma", deploy_python="/nowhere/python3").failed("no Python interpreter /nowhere/python3 on this host", "deploy_python")


@pytest.mark.parametrize("left", [65536, 10 << 20])
def test_a_full_disk(gamma, left):
    WEB.check_output(f"fallocate -l $(( ($(stat -f -c '%a * %S' /dev/shm)) - {left} )) /dev/shm/filler")
    try:
        deploy("gamma", deploy_root="/dev/shm/wheelhouse").failed("/dev/shm", f"{left >> 20} MB free", "needed")
        assert everything_in(WEB, "/dev/shm/wheelhouse") == []
    finally:
        WEB.run("rm -rf /dev/shm/filler /dev/shm/wheelhouse")


def test_a_file_system_that_starts_nothing(gamma):
    deploy("gamma", deploy_root="/dev/shm/wheelhouse").failed("/dev/shm is on a file system that is mounted noexec", "choose another deploy_root")
    assert everything_in(WEB, "/dev/shm/wheelhouse") == []


def test_a_root_that_is_a_link_to_another_file_system(gamma, elsewhere):
    assert WEB.check_output("stat -c %d /tmp") != WEB.check_output("stat -c %d /opt")
    WEB.check_output(f"mkdir /tmp/wheelhouse && ln -s /tmp/wheelhouse {elsewhere}")
    try:
        deploy("gamma", deploy_root=elsewhere).succeeded()
        assert WEB.check_output("/tmp/wheelhouse/apps/gamma/current/bin/greeting") == "greeting 1.0"
        assert deploy("gamma", deploy_root=elsewhere).succeeded().changed == 0
    finally:
        WEB.run("rm -rf /tmp/wheelhouse")


def test_a_read_only_root(gamma):
    deploy("gamma", deploy_root="/sys/wheelhouse").failed("/sys", "read-only")


def test_a_file_where_the_root_should_be(gamma):
    deploy("gamma", deploy_root="/etc/hostname/wheelhouse").failed("/etc/hostname", "not a ")


def test_a_missing_shared_library_is_named_with_its_package(untouched):
    deploy("library", "needs-libpq").failed("needs-libpq", "libpq.so.5", "install libpq5 on this host", "deploy_system_packages")


def test_a_wheel_that_carries_its_library_needs_no_package():
    assert not WEB.package("libpq5").is_installed
    deploy("carries", "needs-libpq", build_bundle_libraries=True, deploy_smoke_imports=["needs_libpq"]).succeeded()
    assert WEB.check_output(f"{ROOT}/apps/carries/current/bin/python -c 'import needs_libpq; print(needs_libpq.one())'") == "1"


def test_every_reason_at_once(gamma):
    path = requirements("deploy", "library", "needs-libpq")
    play("deploy", "deploy", "--limit", "build01,web01", wheelhouse_app="library", wheelhouse_requirements=path, deploy_root="/sys/wheelhouse",
         **PLAIN).failed("libpq.so.5", "read-only")


def test_a_module_that_does_not_import_never_becomes_current():
    deploy("imports", "fails-to-import", deploy_smoke_imports=["fails_to_import"]).failed(
        "importing fails_to_import failed", "No module named 'no_such_module'", traceback=True)
    assert not WEB.file(f"{ROOT}/apps/imports/current").exists
    assert WEB.run(f"ls {ROOT}/apps/imports/releases").stdout == ""


def wheel_path(manifest, name):
    (wheel,) = [wheel for wheel in manifest["wheels"] if wheel["name"] == name]
    return WHEELHOUSE / "wheels" / wheel["sha256"] / wheel["filename"]


def test_an_altered_wheel_is_not_sent_and_comes_anew(gamma, elsewhere):
    path = wheel_path(gamma, "greeting")
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    deploy("gamma", options=["--tags", "deploy"], deploy_root=elsewhere).failed(path.name, "is not what its name says", "run the deploy")
    assert not WEB.file(f"{elsewhere}/apps/gamma/current").exists
    deploy("gamma", deploy_root=elsewhere).succeeded()
    assert path.read_bytes() == whole
    assert WEB.check_output(f"{elsewhere}/apps/gamma/current/bin/greeting") == "greeting 1.0"


def test_a_truncated_wheel_is_replaced_on_the_way(gamma, elsewhere):
    path = wheel_path(gamma, "tally")
    size = path.stat().st_size
    os.truncate(path, size // 2)
    deploy("gamma", deploy_root=elsewhere).succeeded()
    assert path.stat().st_size == size


def test_a_platform_without_a_release_is_told(untouched, gamma):
    path = requirements("deploy", "delta", "greeting==1.0")
    play("deploy", "lock", wheelhouse_app="delta", wheelhouse_requirements=path).succeeded()
    deploy("delta", options=["--tags", "deploy"]).failed("has no release of delta for this host", "python 3.11", "run the deploy playbook")


def test_a_service_that_is_not_there(gamma, elsewhere):
    deploy("gamma", deploy_root=elsewhere, deploy_services=["no-such.service"]).failed("no-such.service")
    assert not WEB.file(f"{elsewhere}/apps/gamma/current").exists
