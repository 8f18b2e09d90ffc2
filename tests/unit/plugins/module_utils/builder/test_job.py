# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import contextlib
import os
import pathlib
import signal
import time

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder import job, progress, restart
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder.exclusive import exclusive, is_held
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.platform import describe


def request_for(index, *packages, **options):
    return {"app": "shop", "lock": "0" * 64, "packages": list(packages), "project": None, "no_binary": [], "only_binary": [],
            "platform": describe(), "environment": index.environment, "jobs": None, **options}


def finish(root, name, seconds=60):
    """Poll until there is a result; return all lines and the result."""
    lines, offset, until = [], 0, time.monotonic() + seconds
    while time.monotonic() < until:
        found = progress.poll(root, name, offset, wait=5)
        lines += [line["text"] for line in found["lines"] if "text" in line]
        offset = found["offset"]
        if found["result"] is not None:
            return lines, found["result"]
    raise AssertionError("no result: {0}".format(lines))


def processes(path):
    """Return the ids of the other processes that have a file open below ``path``."""
    pids = [int(pid) for pid in filter(str.isdigit, os.listdir("/proc")) if int(pid) != os.getpid()]
    return [pid for pid in pids if any(name.startswith(path) for name in open_files(pid))]


def open_files(pid):
    """Yield what a process has open; of what it closes meanwhile, and of a process that ends, nothing."""
    with contextlib.suppress(OSError):
        for number in os.listdir(f"/proc/{pid}/fd"):
            with contextlib.suppress(OSError):
                yield os.readlink(f"/proc/{pid}/fd/{number}")


def test_a_build_in_the_background(root, index, sandbox):
    name = job.start(root, request_for(index, index.add_sdist("app"), index.add_wheel("lib")))["job"]
    lines, result = finish(root, name)
    assert result["built"] == ["app"] and [wheel["name"] for wheel in result["manifest"]["wheels"]] == ["app", "lib"]
    assert any("app 1.0 built" in line for line in lines)
    assert progress.poll(root, name, 10 ** 6)["lines"] == []


def test_an_error_is_a_result(root, index):
    name = job.start(root, request_for(index, index.add_wheel("app", requires=["absent"])))["job"]
    _lines, result = finish(root, name)
    assert result["error"]["reasons"][0]["package"] == "app"


def test_a_defect_is_a_result_too(root, index):
    name = job.start(root, request_for(index, "this is no package"))["job"]
    _lines, result = finish(root, name)
    assert "unexpected" in result["error"]["message"] and "Traceback" in result["error"]["log"]


def test_a_want_of_memory_is_no_defect(root, index, monkeypatch):
    def wanting(_workshop, _request):
        raise MemoryError
    monkeypatch.setitem(job.TASKS, "release", wanting)
    _lines, result = finish(root, job.start(root, request_for(index))["job"])
    assert result["error"]["message"] == "there was not enough memory on the build host" and "free some memory" in result["error"]["hint"]


def test_a_second_build_waits_and_says_so(root, index):
    with exclusive(os.path.join(root, "lock")):
        name = job.start(root, request_for(index, index.add_wheel("app")))["job"]
        assert [line["text"] for line in progress.poll(root, name, 0, wait=10)["lines"]] == ["waiting for another build on this host to end"]
        assert progress.poll(root, name)["alive"]
    assert "manifest" in finish(root, name)[1]


def test_a_killed_build_leaves_nothing_running_and_the_next_goes_on(root, index, sandbox):
    done, slow = index.add_sdist("done"), index.add_sdist("slow", extra="time.sleep(600)")
    name = job.start(root, request_for(index, done, slow, jobs=2))["job"]
    offset, seen = 0, ""
    while "done 1.0 built" not in seen:
        found = progress.poll(root, name, offset, wait=20)
        offset, seen = found["offset"], seen + repr(found["lines"])
    (leader,) = processes(os.path.join(root, "jobs", name, "running"))
    os.kill(leader, signal.SIGKILL)
    with pytest.raises(WheelhouseError, match="without a result"):
        for _attempt in range(50):
            progress.poll(root, name, 10 ** 6)
            time.sleep(0.1)
    until = time.monotonic() + 10
    while processes(root) and time.monotonic() < until:
        time.sleep(0.1)
    assert processes(root) == []
    lines, result = finish(root, job.start(root, request_for(index, done, index.add_sdist("slow")))["job"])
    assert result["built"] == ["slow"], lines


def test_a_host_that_restarts_in_the_middle_goes_on_from_what_was_finished(root, index, sandbox):
    flag = os.path.join(root, "go-on")
    wait = f"[time.sleep(0.05) for _attempt in iter(lambda: os.path.exists({flag!r}), True)]"
    waiting = [index.add_sdist(name, extra=wait) for name in ("second", "third")]
    request = request_for(index, index.add_sdist("first"), *waiting, jobs=3)
    name = job.start(root, request)["job"]
    offset, seen = 0, ""
    while "first 1.0 built" not in seen or len(sleepers(root)) < 2:
        found = progress.poll(root, name, offset, wait=0.1)
        offset, seen = found["offset"], seen + repr(found["lines"])
    (leader,) = processes(os.path.join(root, "jobs", name, "running"))
    os.killpg(os.getpgid(leader), signal.SIGKILL)
    with pytest.raises(WheelhouseError, match="the host restarted") as caught:
        finish(root, name)
    assert "goes on from what was finished" in caught.value.hint
    until = time.monotonic() + 10
    while sleepers(root) and time.monotonic() < until:
        time.sleep(0.05)
    assert sleepers(root) == []
    with open(flag, "wb"):
        pass
    requests = len(index.requests)
    _lines, result = finish(root, job.start(root, request)["job"])
    assert sorted(result["built"]) == ["second", "third"]
    assert [wheel["name"] for wheel in result["manifest"]["wheels"]] == ["first", "second", "third"]
    assert [path for path, _headers in index.requests[requests:]] == []
    assert os.listdir(os.path.join(root, "work")) == []


def test_what_a_power_cut_may_have_emptied_is_made_anew(root, index, sandbox, monkeypatch, tmp_path):
    boot = tmp_path / "boot"
    boot.write_text("the first\n")
    monkeypatch.setattr(restart, "BOOT", str(boot))
    index.add_wheel("tool", files={"tool.py": b"value = 7\n"})

    def built(version):
        package = index.add_sdist("needy", version, build_requires=["tool"], extra="import tool; print(tool.value)")
        return finish(root, job.start(root, request_for(index, package))["job"])[1].get("built")

    def empty():
        (path,) = pathlib.Path(root, "environments").glob("*/lib/*/site-packages/tool.py")
        os.truncate(path, 0)  # a hard link into uv's cache, as a rule
        for compiled in path.parent.glob("__pycache__/tool.*"):
            os.truncate(compiled, 0)

    assert built("1.0") == ["needy"]
    empty()
    assert built("2.0") is None, "the machine was not started anew"
    boot.write_text("the second\n")
    assert built("3.0") == ["needy"]
    (before,) = os.scandir(os.path.join(root, "environments"))
    assert built("4.0") == ["needy"]
    (after,) = os.scandir(os.path.join(root, "environments"))
    assert before.inode() == after.inode(), "once is enough"


def sleepers(root):
    """Return the processes that build below ``root``."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.readlink(f"/proc/{pid}/cwd").startswith(os.path.join(root, "work")):
                found.append(int(pid))
        except OSError:
            continue
    return found


def test_old_jobs_are_forgotten(root, index):
    names = [job.start(root, request_for(index, index.add_wheel("app", requires=["absent"])))["job"] for _number in range(job.KEEP + 2)]
    for name in names:
        if os.path.isdir(os.path.join(root, "jobs", name)):  # one that still runs is never forgotten
            finish(root, name)
    last = job.start(root, request_for(index, index.add_wheel("app", requires=["absent"])))["job"]
    finish(root, last)
    assert len(os.listdir(os.path.join(root, "jobs"))) <= job.KEEP + 1


def test_what_a_job_does_not_make_is_not_removed(root, index, monkeypatch, tmp_path):
    names = [f"{number:04}" for number in range(job.KEEP + 3)] + ["20261126T181500-0123abcd.old", "20261126-letters"]
    theirs = [f"jobs/{name}/log" for name in names] + [
        "work/thesis.tex", "work/git/x", "work/0123abcd/x", "work/.tmp/x", "environments/prod/x", "environments/letters", "environments/prod.txt"]
    for path in theirs + ["work/app-1.0-0123abcd/x", "work/bundle-app/x", "work/git-0123abc_/x", "work/tmp0123abc_/x", "work/.tmp-wheelhouse-half0000/x"]:
        os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
        with open(os.path.join(root, path), "wb"):
            pass
    monkeypatch.setattr(restart, "BOOT", str(tmp_path / "boot"))
    for boot in ("the first", "the second"):
        (tmp_path / "boot").write_text(boot)
        finish(root, job.start(root, request_for(index, index.add_wheel("app")))["job"])
    found = {str(path.relative_to(root)) for path in pathlib.Path(root).rglob("*") if path.is_file()}
    assert {*theirs} <= found and {path for path in found if path.startswith("work/")} == {path for path in theirs if path.startswith("work/")}


@pytest.mark.parametrize("name", ["absent", "../../etc", ""])
def test_a_job_that_is_not_there(root, name):
    os.makedirs(os.path.join(root, "jobs"))
    with pytest.raises(WheelhouseError):
        progress.poll(root, name)


def test_an_upload_is_removed_afterwards(root, index):
    folder = os.path.join(root, "uploads", "x")
    os.makedirs(folder)
    archive = os.path.join(folder, "project.tar")
    with open(archive, "wb") as stream:
        stream.write(b"nonsense")
    name = job.start(root, request_for(index, index.add_wheel("app"), project={"digest": "0" * 64, "archive": archive}))["job"]
    assert "error" in finish(root, name)[1]
    assert not os.path.exists(folder)


def test_locks_are_given_back_by_the_kernel(tmp_path):
    path = str(tmp_path / "lock")
    assert not is_held(path)
    waited = []
    child = os.fork()
    if child == 0:
        with exclusive(path):
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    assert not is_held(path)
    with exclusive(path, lambda: waited.append(1)):
        assert is_held(path)
    assert not waited
