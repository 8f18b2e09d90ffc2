# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder import output
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder import sandbox as sandbox_
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a build another user")

#: Tells the sleepers of these tests from those of others that run at the same time.
SECONDS = 100000 + os.getpid()


def run(sandbox, root, script, **options):
    """Run a shell script, or a command, as a build would be; return its exit code and its output."""
    temporary = os.path.join(root, "tmp")
    os.makedirs(temporary, exist_ok=True)
    sandbox.give(temporary)
    command = ["sh", "-c", script] if isinstance(script, str) else script
    environment = {"PATH": sandbox_.SYSTEM_PATH, "TMPDIR": temporary, **options.pop("environment", {})}
    with open(os.path.join(root, "log"), "wb") as log:
        code = sandbox.run(command, root, environment, log, options.pop("timeout", 20), **options)
    with open(os.path.join(root, "log"), encoding="utf-8", errors="replace") as stream:
        return code, stream.read()


@pytest.fixture(params=["as found", "in a user namespace", "network namespace alone", "network allowed"])
def any_sandbox(request, sandbox):
    """Every way to build, with a user of its own where that is possible."""
    if request.param == "in a user namespace":
        sandbox = sandbox_.Sandbox(sandbox.namespaces, True, sandbox.owner)
    elif request.param == "network namespace alone":
        sandbox = sandbox_.Sandbox(("--net",), sandbox.users, sandbox.owner)
    elif request.param == "network allowed":
        sandbox = sandbox_.Sandbox((), False, sandbox.owner)
    with sandbox.lease() as leased:
        yield leased


def test_only_the_loopback_is_there_and_it_is_down(sandbox, root):
    code, output = run(sandbox, root, "tail -n +3 /proc/net/dev | cut -d: -f1; cat /proc/net/route | tail -n +2")
    assert code == 0 and output.split() == ["lo"]


def test_exit_codes_and_output(sandbox, root):
    assert run(sandbox, root, "echo out; echo err >&2; exit 7") == (7, "out\nerr\n")


def test_a_command_that_takes_too_long_is_ended_with_all_its_children(sandbox, root):
    with pytest.raises(WheelhouseError, match="after 1 s"):
        run(sandbox, root, f"(setsid sleep {SECONDS} &) ; sleep {SECONDS}", timeout=1)
    assert _sleepers() == []


@as_root
def test_daemons_end_with_the_build(any_sandbox, root):
    assert run(any_sandbox, root, f"(setsid sleep {SECONDS} > /dev/null 2>&1 &)")[0] == 0
    assert _sleepers() == []


@as_root
def test_a_daemon_that_keeps_the_output_open_is_not_waited_for(any_sandbox, root):
    started = time.monotonic()
    assert run(any_sandbox, root, f"(setsid sleep {SECONDS} &); echo done") == (0, "done\n")
    assert time.monotonic() - started < 5
    assert _sleepers() == []


def _sleepers():
    found = []
    for _attempt in range(20):
        found = subprocess.run(["sh", "-c", f"grep -la 'sleep.{SECONDS}' /proc/[0-9]*/cmdline 2> /dev/null | grep -v self"],
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
    monkeypatch.setattr(sandbox_, "tool", lambda name: "/bin/false" if name == "unshare" else sandbox_.shutil.which(name))
    with pytest.raises(WheelhouseError, match="can't run a build without network") as caught:
        sandbox_.find_sandbox()
    assert "become" in caught.value.hint and "build_allow_network" in caught.value.hint
    assert sandbox_.find_sandbox(network=True).namespaces == ()


def test_a_host_without_util_linux(monkeypatch):
    monkeypatch.setattr(sandbox_, "tool", lambda name: "/nowhere/" + name)
    for network in (False, True):
        with pytest.raises(WheelhouseError, match="can't run a build") as caught:
            sandbox_.find_sandbox(network)
        assert "/nowhere/sh: No such file" in caught.value.log


def test_a_build_s_environment_is_all_of_it():
    found = sandbox_.build_environment("/h", "/t", "/e/bin", 3)
    assert found["PATH"].startswith("/e/bin:") and found["HOME"] == "/h" and found["MAKEFLAGS"] == "-j3"
    assert not set(found) & {"SSL_CERT_FILE", "HTTP_PROXY", "UV_DEFAULT_INDEX"}


@as_root
def test_every_build_has_a_user_of_its_own(sandbox):
    with sandbox.lease() as one, sandbox.lease() as two:
        assert 0 not in one.owner + two.owner and one.owner != two.owner != sandbox.owner
        assert one.drop != two.drop
    with sandbox.lease() as again:
        assert again.owner == one.owner


@as_root
def test_one_build_can_not_touch_another(any_sandbox, sandbox, root):
    with sandbox.lease() as other:
        folder = os.path.join(root, "other")
        os.mkdir(folder)
        pathlib.Path(folder, "file").touch()
        other.give(folder)
        assert run(other, root, f"touch {folder}/mine")[0] == 0
        with subprocess.Popen([*other.drop, "sleep", "4712"]) as sleeper:
            try:
                while _command(f"/proc/{sleeper.pid}/cmdline")[:1] != ["sleep"]:
                    time.sleep(0.01)
                code, said = run(
                    any_sandbox, root, f"kill -9 {sleeper.pid}; echo x > {folder}/file; echo x > {folder}/new; true")
                assert code == 0 and said.count("denied") + said.count("nonexistent") == 2, said
                assert sleeper.poll() is None
            finally:
                sleeper.kill()
        assert sorted(os.listdir(folder)) == ["file", "mine"] and not os.path.getsize(os.path.join(folder, "file"))


def test_tools_of_a_build_requirement_do_not_run_with_our_rights(any_sandbox, root):
    binaries = os.path.join(root, "bin")
    os.mkdir(binaries)
    for name in ("setpriv", "unshare", "prlimit", "mount", "sh", "echo", "kill"):
        path = os.path.join(binaries, name)
        pathlib.Path(path).write_text(f"#!/bin/sh\n: > {root}/taken-by-{name}\n", encoding="utf-8")
        os.chmod(path, 0o755)
    code, said = run(any_sandbox, root, [sys.executable, "-c", "import os; print(os.getpid())"],
                     environment={"PATH": binaries + ":" + sandbox_.SYSTEM_PATH})
    assert code == 0 and said.strip().isdigit()
    assert [name for name in os.listdir(root) if name.startswith("taken")] == []


@pytest.fixture
def place():
    """Where a build host really has its build root: not in a folder that every user may write."""
    with tempfile.TemporaryDirectory(prefix="wheelhouse-", dir="/var/lib") as folder:
        os.chmod(folder, 0o755)
        yield folder


@as_root
def test_homes_shared_folders_and_sockets_of_services_are_hidden(sandbox, place):
    if "--mount" not in sandbox.namespaces:
        pytest.skip("no mount namespaces here")
    with sandbox.lease() as leased, tempfile.NamedTemporaryFile(dir="/root", prefix=".netrc-") as secret, \
            tempfile.NamedTemporaryFile(dir="/dev/shm") as shared, tempfile.TemporaryDirectory(dir="/run") as run_folder, socket.socket(
                socket.AF_UNIX) as service:
        service.bind(run_folder + "/socket")
        service.listen()
        for path in (secret.name, shared.name, run_folder, run_folder + "/socket"):
            os.chmod(path, 0o777)
        # a folder with the interpreter in it can't be hidden
        files = [path for path in ("/tmp/here", "/var/tmp/there", "/dev/shm/too") if not sys.prefix.startswith(os.path.dirname(path) + "/")]
        script = f"ls -A /root /home /run; cat {secret.name} {shared.name}; touch /root/x /home/x; touch {' '.join(files)} && ls $TMPDIR"
        code, said = run(leased, place, script)
        assert code == 0 and said.endswith("".join(os.path.basename(path) + "\n" for path in files)), said
        assert said.count("No such file") == 2 and said.count("Read-only") + said.count("denied") == 2, said
        assert said.startswith("/home:\n\n/root:\n\n/run:\n"), said
        reach = f"import socket; socket.socket(socket.AF_UNIX).connect({run_folder + '/socket'!r})"
        assert "FileNotFoundError" in run(leased, place, [sys.executable, "-c", reach])[1]
    assert not [path for path in [*files, "/root/x"] if os.path.exists(path)]


@as_root
def test_credentials_can_not_be_read(any_sandbox, place):
    files = ["/root/.netrc-of-a-test", "/root/.config-of-a-test/pip.conf"]
    for path in files:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600), "w", encoding="utf-8") as stream:
            stream.write("machine index.example.org password hunter2")
    os.environ["TOKEN_OF_A_TEST"] = "hunter2"
    try:
        code, said = run(any_sandbox, place, f"cat {' '.join(files)}; env; cat /proc/*/environ | tr '\\0' '\\n'")
    finally:
        del os.environ["TOKEN_OF_A_TEST"]
        for path in files:
            os.unlink(path)
        os.rmdir(os.path.dirname(files[1]))
    assert "hunter2" not in said and said.count("No such file") + said.count("denied") >= 2, said


def test_a_process_that_wants_too_much_memory_gets_none(sandbox, root):
    small = sandbox_.Sandbox(sandbox.namespaces, sandbox.users, sandbox.owner, memory=64 << 20)
    code, said = run(small, root, [sys.executable, "-c", "print(len(bytes(1 << 20))); bytes(1 << 27)"])
    assert code == 1 and "1048576" in said and "MemoryError" in said


def test_a_build_is_ended_before_anything_else(any_sandbox, root):
    assert run(any_sandbox, root, "cat /proc/self/oom_score_adj") == (0, "1000\n")


@as_root
def test_a_fork_bomb_is_limited(any_sandbox, root):
    assert int(run(any_sandbox, root, [sys.executable, "-c", "import resource as r; print(r.getrlimit(r.RLIMIT_NPROC)[1])"])[1]) == 4096


def test_a_build_that_is_killed_says_so(any_sandbox, root):
    with pytest.raises(WheelhouseError, match="ran out of memory"):
        run(any_sandbox, root, "kill -9 $$")


def test_endless_output_is_bounded_and_both_ends_are_kept(sandbox, root, monkeypatch):
    monkeypatch.setattr(output, "LIMIT", 1 << 20)
    monkeypatch.setattr(output, "KEPT", 1 << 16)
    code, said = run(sandbox, root, "echo first; yes | head -c 9000000; echo last")
    assert code == 0 and said.startswith("first\ny\n") and said.endswith("y\nlast\n") and said.count("left out") == 1
    assert len(said) <= 1 << 20
    with pytest.raises(WheelhouseError, match="after 1 s"):
        run(sandbox, root, "yes", timeout=1)
    assert os.path.getsize(os.path.join(root, "log")) <= (1 << 20) + (1 << 16)


def test_the_whole_time_is_told(sandbox, root):
    with pytest.raises(WheelhouseError, match="after 60 s"):
        run(sandbox, root, "sleep 9", timeout=0.1, allowed=60)
