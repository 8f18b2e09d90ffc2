# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import os
import subprocess

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder import sandbox as sandbox_
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError


def run(sandbox, root, script, **options):
    with open(os.path.join(root, "log"), "wb") as log:
        code = sandbox.run(["sh", "-c", script], root, {"PATH": sandbox_.SYSTEM_PATH}, log, options.pop("timeout", 20), **options)
    with open(os.path.join(root, "log"), encoding="utf-8") as stream:
        return code, stream.read()


def test_only_the_loopback_is_there_and_it_is_down(sandbox, root):
    code, output = run(sandbox, root, "tail -n +3 /proc/net/dev | cut -d: -f1; cat /proc/net/route | tail -n +2")
    assert code == 0 and output.split() == ["lo"]


def test_exit_codes_and_output(sandbox, root):
    assert run(sandbox, root, "echo out; echo err >&2; exit 7") == (7, "out\nerr\n")


def test_a_command_that_takes_too_long_is_ended_with_all_its_children(sandbox, root):
    with pytest.raises(WheelhouseError, match="after 1 s"):
        run(sandbox, root, "(setsid sleep 4711 &) ; sleep 4711", timeout=1)
    assert _sleepers() == []


def test_daemons_end_with_the_build(sandbox, root):
    if "--pid" not in sandbox.prefix:
        pytest.skip("no process namespaces here")
    run(sandbox, root, "(setsid sleep 4711 &)")
    assert _sleepers() == []


def _sleepers():
    found = []
    for _attempt in range(20):
        found = subprocess.run(["sh", "-c", "grep -la 'sleep.4711' /proc/[0-9]*/cmdline 2> /dev/null | grep -v self"],
                               capture_output=True, text=True, check=False).stdout.split()
        found = [path for path in found if _command(path)[:1] == ["sleep"]]
        if not found:
            break
    return found


def _command(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            return stream.read().split("\0")
    except OSError:
        return []


def test_folders_are_handed_over_links_are_not_followed(sandbox, root, tmp_path):
    if os.geteuid() != 0:
        pytest.skip("only root can hand anything over")
    inner = os.path.join(root, "a", "b")
    os.makedirs(inner)
    os.symlink(str(tmp_path), os.path.join(inner, "link"))
    sandbox.give(os.path.join(root, "a"))
    assert os.stat(inner).st_uid == sandbox.owner[0] != 0 and os.stat(tmp_path).st_uid == 0


def test_a_host_where_nothing_works(monkeypatch):
    monkeypatch.setattr(sandbox_, "_prefixes", lambda drop: [["false"], ["/nowhere/unshare"]])
    with pytest.raises(WheelhouseError, match="can't run a build without network") as caught:
        sandbox_.find_sandbox()
    assert "No such file" in caught.value.log and "become" in caught.value.hint


def test_a_build_s_environment_is_all_of_it():
    found = sandbox_.build_environment("/h", "/t", "/e/bin", 3)
    assert found["PATH"].startswith("/e/bin:") and found["HOME"] == "/h" and found["MAKEFLAGS"] == "-j3"
    assert not set(found) & {"SSL_CERT_FILE", "HTTP_PROXY", "UV_DEFAULT_INDEX"}
