# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A build host that starts anew in the middle of a build: the next run goes on from what was finished."""
import concurrent.futures
import re
import time

import pytest

from tests.testinfra.hosts import reboot
from tests.testinfra.playing import play, requirements
from tests.testinfra.sdists import GO_ON

testinfra_hosts = ["ssh://build01"]
ROOT = "/var/lib/wheelhouse-test"
BUILT = f"ls {ROOT}/wheels/*/greeting-2.0-*.whl {ROOT}/wheels/*/dice-1.0-*.whl"
WAITS = f"pgrep --full --newest {GO_ON}"


@pytest.fixture
def path(host):
    """Requirements of which nothing was built, and one of which is not done until the file GO_ON is there."""
    host.check_output(f"rm -rf {GO_ON} {ROOT}/wheels/*/greeting-2.0-*.whl {ROOT}/wheels/*/dice-1.0-*.whl")
    yield requirements("build", "reboot", "dice", "greeting==2.0", "waits")
    host.check_output(f"rm -f {GO_ON} && systemctl start test-index")


def build(path):
    return play("build", "build", wheelhouse_app="reboot", wheelhouse_requirements=path,
                build_environment={"UV_DEFAULT_INDEX": "http://127.0.0.1:8099/simple/"})


def test_the_next_run_goes_on_from_what_was_finished(host, path):
    started = host.check_output("stat --format %Y /proc/1")
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        running = pool.submit(build, path)
        until = time.monotonic() + 60
        while not (host.run(BUILT).succeeded and host.run(WAITS).succeeded):
            assert time.monotonic() < until and not running.done(), running.result().output
            time.sleep(0.2)
        time.sleep(3)  # until the controller was told
        finished = host.check_output(f"sha256sum {BUILT[3:]}")
        reboot("build01")
        assert host.check_output("stat --format %Y /proc/1") != started
        cut = running.result().failed("unreachable")
    assert re.search(r"^\[build01\] 2/3 (greeting 2|dice 1)\.0 built in \d+ s$", cut.output, re.MULTILINE), "it was said while it ran"
    host.check_output(f"touch {GO_ON}")  # the index is gone, too
    done = build(path).succeeded()
    assert "compiling 1 package: waits" in done.output and "[build01] 1/1 waits 1.0 built in" in done.output
    assert "downloaded" not in done.output and host.check_output(f"sha256sum {BUILT[3:]}") == finished
    assert host.check_output(f"ls -A {ROOT}/work") == "" and len(host.check_output(f"ls {ROOT}/releases/reboot").split()) == 1
