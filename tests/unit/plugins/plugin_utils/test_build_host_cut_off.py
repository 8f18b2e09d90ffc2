# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A build host, which is another process of this machine, over a line that breaks."""
import os
import shutil
import subprocess
import sys
import time

import pytest
from ansible.errors import AnsibleConnectionFailure

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.manifest import places
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils import payload
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.build_host import BuildHost
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.wheelhouse import Wheelhouse
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.plugin_utils.stored_wheels import entry, manifest


class Action:
    """Stands for the action that talks to the host. The line breaks within a file that is brought, and stays ``down``, or does not."""

    check_mode = False

    def __init__(self):
        self.breaks, self.stays_down, self.down = False, False, False

    def call(self, part, python, *calls, stream=b""):
        if self.down:
            raise AnsibleConnectionFailure("the line broke")
        if calls[0]["op"] == "prepare":  # its tools come from an index
            return [{"python": sys.executable, "files": []}]
        ran = subprocess.run(payload.command(python), input=payload.request(part, list(calls)), shell=True, capture_output=True, check=False)
        return payload.read_reply(python, ran.returncode, ran.stdout.decode(), ran.stderr.decode())

    def bring_file(self, remote, local):
        shutil.copyfile(remote, local)
        if self.breaks:
            os.truncate(local, os.path.getsize(remote) // 2)
            self.down = self.stays_down
            raise AnsibleConnectionFailure("the line broke")

    def login_user(self):
        return ""

    def show(self, text):
        """Nobody reads it."""


def everything_in(folder):
    """Return all files and folders with their content."""
    return {str(path): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


@pytest.mark.parametrize("stays_down", [False, True])
def test_a_line_that_breaks_while_files_are_brought(tmp_path, stays_down):
    """The wheelhouse is as before, and the next run goes on; what was packed on a host that can't be told so waits for a day."""
    (tmp_path / "tools.txt").write_text("")
    first, second = (manifest(entry(tmp_path / "srv", name, "1.0")) for name in ("a", "b"))
    action, wheelhouse, packed = Action(), Wheelhouse(str(tmp_path / "wheelhouse")), tmp_path / "srv/outgoing"
    host = BuildHost(action, {"root": str(tmp_path / "srv"), "python": sys.executable, "tools": str(tmp_path / "tools.txt"), "environment": {}}, wheelhouse)
    host.bring(places(first))
    before = everything_in(tmp_path / "wheelhouse")
    assert before and not list(packed.iterdir())
    action.breaks, action.stays_down = True, stays_down
    with pytest.raises(AnsibleConnectionFailure):
        host.bring(places(second))
    assert everything_in(tmp_path / "wheelhouse") == before
    left = list(packed.iterdir())
    assert len(left) == stays_down
    action.breaks = action.down = False
    host.bring(places(second))
    assert wheelhouse.missing({**places(first), **places(second)}) == {} and list(packed.iterdir()) == left
    for folder in left:
        os.utime(folder, (0, time.time() - 25 * 3600))
    host.bring(places(first))
    assert not list(packed.iterdir())
