# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The unit tests of the production host's half, by the Python of a production host that is newer than the controller's."""
import pathlib
import re
import subprocess
import tarfile

import pytest

from tests.testinfra.hosts import on
from tests.testinfra.playing import REPOSITORY

WEB = on("web13")
THERE = "/var/tmp/wheelhouse-agent-tests"
COLLECTION = "ansible_collections/nogcc/wheelhouse"
AGENT = f"{COLLECTION}/tests/unit/plugins/module_utils/agent"
PURE = ("pytest", "_pytest", "py.py", "pluggy", "iniconfig", "packaging", "pygments")  # what pytest is, without anything compiled


@pytest.fixture(name="there", scope="module")
def fixture_there(tmp_path_factory):
    """Put the tests, what they test, and pytest on the host."""
    archive = tmp_path_factory.mktemp("agent") / "tests.tar"
    with tarfile.open(archive, "w") as packed:
        for name in PURE:
            packed.add(pathlib.Path(pytest.__file__).parents[1] / name, f"lib/{name}")
        for part in ("plugins/module_utils", "tests/unit/plugins/module_utils", "tests/unit/plugins/work.py",
                     "plugins/plugin_utils/payload.py"):  # by which a test sends the code to another user
            packed.add(REPOSITORY / part, f"{COLLECTION}/{part}")
    WEB.check_output(f"rm -rf {THERE} && mkdir {THERE}")
    ssh = ["ssh", "-F", REPOSITORY / ".cache/bed/ssh_config", "web13"]
    with open(archive, "rb") as stream:
        subprocess.run([*ssh, f"sudo tar -C {THERE} --no-same-owner -x"], stdin=stream, check=True)
    yield
    WEB.run(f"rm -rf {THERE}")


def test_they_pass(there):
    # properties are searched by a tool with a compiled part, and pip is no part of a production host
    left_out = ("grep -lE '^(import|from) hypothesis' {0}/*.py; echo {0}/test_same_as_pip.py").format(AGENT)
    done = WEB.run(f"cd {THERE} && PYTHONPATH={THERE}/lib:{THERE} timeout 900 python3 -m pytest -q --color=no --import-mode=importlib "
                   f"-p no:cacheprovider -c /dev/null --rootdir {THERE} $({{ {left_out}; }} | sed s/^/--ignore=/) {AGENT}")
    assert done.rc == 0, done.stdout[-5000:] + done.stderr[-2000:]
    assert int(re.search(r"(\d+) passed", done.stdout)[1]) > 300
