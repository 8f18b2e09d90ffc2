# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One table of faults: what goes wrong where, what the error says, and that the host is as before and the next run needs no help."""
import errno
import os
import re
import subprocess
import sys
import time

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent import disk, links, lock
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.activate import activate, rollback
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.audit import audit
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.layout import Layout
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.stage import stage
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.manifest import manifest_id


class Host:
    """A host with one active release, and the manifest of a second one."""

    def __init__(self, store, root):
        self.store = store
        self.root = root
        self.layout = Layout(root)
        lib = store.wheel("lib", files={"lib/__init__.py": "y = 1\n"})
        self.manifests = [store.manifest(lib, store.wheel(version=version, project=True)) for version in ("1", "2", "3")]
        self.ids = [manifest_id(manifest) for manifest in self.manifests]

    def deploy(self, number=1, keep=3):
        stage(self.root, "shop", self.manifests[number], stream=self.store.tar(self.manifests[number]))
        activate(self.root, "shop", self.ids[number], keep=keep)

    def require(self, number, finished=True):
        """Assert that this release is active, whole, and works; and unless it is not ``finished``, that nothing is left to do."""
        assert self.layout.current_release("shop") == self.ids[number]
        findings = audit(self.root, "shop", self.manifests, look_for_tools=False)["findings"]
        assert [finding for finding in findings if finished or "/releases/" in finding["path"]] == []
        python = os.path.join(self.layout.current("shop"), "bin", "python")
        assert subprocess.run([python, "-c", "import shop, lib"], check=False).returncode == 0
        assert not finished or os.listdir(self.layout.tmp) == []


@pytest.fixture
def host(store, root):
    found = Host(store, root)
    found.deploy(0)
    return found


def failing(monkeypatch, module, name, number, code):
    """Have the call of that number of ``module.name`` fail with an errno; return the list of the calls so far."""
    real = getattr(module, name)
    calls = []

    def fail(*arguments, **options):
        calls.append(arguments)
        if len(calls) == number:
            raise OSError(code, os.strerror(code))
        return real(*arguments, **options)
    monkeypatch.setattr(module, name, fail)
    return calls


# which call of the system, with which errno, and the words of the error
CALLS = [
    ("mkdir", errno.ENOSPC, "No space left.*free some space"),
    ("rename", errno.ENOSPC, "No space left.*free some space"),
    ("symlink", errno.ENOSPC, "No space left.*free some space"),
    ("link", errno.ENOSPC, "No space left.*free some space"),
    ("fsync", errno.ENOSPC, "No space left.*free some space"),
    ("fsync", errno.EIO, "Input/output error"),
    ("mkdir", errno.EDQUOT, "quota"),
    ("rename", errno.EROFS, "Read-only file system.*mount it read-write"),
    ("mkdir", errno.EACCES, "Permission denied.*become root"),
    ("open", errno.ENOSPC, "No space left.*free some space"),
    ("open", errno.EMFILE, "Too many open files"),
]


@pytest.mark.parametrize("name, code, words", CALLS, ids=["{0}-{1}".format(name, errno.errorcode[code]) for name, code, _words in CALLS])
def test_a_call_of_the_system_that_fails(host, monkeypatch, name, code, words):
    """Each call of that name in turn, until a deploy comes through: at most eight of them, spread over all."""
    with monkeypatch.context() as patch:
        calls = failing(patch, os, name, 0, code)
        host.deploy(1)
        total = len(calls)
    activate(host.root, "shop", host.ids[0])
    assert total >= 1
    numbers = sorted({1 + number * (total - 1) // 7 for number in range(8)})
    failed = 0
    for number in numbers:
        subprocess.run(["rm", "-rf", host.layout.release("shop", host.ids[1])], check=True)
        with monkeypatch.context() as patch:
            failing(patch, os, name, number, code)
            try:
                host.deploy(1)
            except (WheelhouseError, OSError) as error:
                failed += 1
                text = " ".join((str(error) + getattr(error, "hint", "")).split())
                assert re.search(words, text), text
        current = host.layout.current_release("shop")
        assert current in host.ids
        host.require(host.ids.index(current), finished=False)
        host.deploy(1)
        host.require(1)
        activate(host.root, "shop", host.ids[0])
    assert failed >= 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts")
@pytest.mark.parametrize("options", ["size=1536k", "size=64m,nr_inodes=60"])
def test_a_file_system_that_is_full(host, tmp_path, monkeypatch, options):
    """Not a call that fails, but a small disk; what is measured beforehand does not see it coming."""
    mount = tmp_path / "small"
    mount.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(mount)], check=True)
    try:
        monkeypatch.setattr(disk, "free", lambda _root: (1 << 40, None))
        small = Host(host.store, str(mount / "root"))
        files = {"lib/m{0}.py".format(number): "x = {0!r}\n".format(os.urandom(30000).hex()) for number in range(30)}
        small.manifests = [small.store.manifest(small.store.wheel("lib", files=files))]
        small.ids = [manifest_id(small.manifests[0])]
        with pytest.raises(WheelhouseError, match="(?s)No space left.*free some space"):
            small.deploy(0)
        assert not os.path.lexists(small.layout.current("shop")) and small.layout.release_ids("shop") == []
        assert small.layout.held("wheels") == [] and os.listdir(small.layout.tmp) == []
        subprocess.run(["mount", "-o", "remount,size=100m,nr_inodes=10000", str(mount)], check=True)
        small.deploy(0)
        assert small.layout.current_release("shop") == small.ids[0]
    finally:
        subprocess.run(["umount", "-l", str(mount)], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts")
def test_a_file_system_that_becomes_read_only(host):
    subprocess.run(["mount", "--bind", host.root, host.root], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", host.root], check=True)
        with pytest.raises(WheelhouseError, match="read-only"):
            host.deploy(1)
        with pytest.raises(WheelhouseError, match="(?i)read-only"):
            rollback(host.root, "shop", release=host.ids[0])
    finally:
        subprocess.run(["umount", "-l", host.root], check=True)
    host.require(0)
    host.deploy(1)
    host.require(1)


@pytest.mark.parametrize("code", [errno.EMLINK, errno.EXDEV, errno.EPERM])
def test_files_that_cannot_be_linked_are_copied(host, monkeypatch, code):
    def fail(*_arguments):
        raise OSError(code, os.strerror(code))
    with monkeypatch.context() as patch:
        patch.setattr(links.os, "link", fail)
        host.deploy(1)
    host.require(1)


@pytest.mark.parametrize("jump", [-10 * 365 * 86400, 10 * 365 * 86400], ids=["back", "forth"])
def test_a_clock_that_jumps(host, monkeypatch, jump):
    """What goes and where a rollback leads is told by the order of the history, never by a time."""
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + jump)
    host.deploy(1, keep=2)
    monkeypatch.setattr(time, "time", real)
    host.deploy(2, keep=2)
    assert host.layout.release_ids("shop") == sorted(host.ids[1:])
    assert rollback(host.root, "shop")["to"] == host.ids[1]
    host.require(1)


def together(*works):
    """Carry these out at the same time; return their errors."""
    errors = []

    def run(work):
        try:
            work()
        except Exception as error:
            errors.append(error)
    pids = []
    for work in works:
        pid = os.fork()
        if not pid:
            run(work)
            os._exit(len(errors))
        pids.append(pid)
    return [os.waitpid(pid, 0)[1] for pid in pids]


@pytest.mark.parametrize("second", ["the same", "another", "a rollback", "a prune"])
def test_two_controllers_at_once(host, second):
    host.deploy(1)
    works = {"the same": lambda: host.deploy(2), "another": lambda: host.deploy(0),
             "a rollback": lambda: rollback(host.root, "shop", release=host.ids[0]),
             "a prune": lambda: activate(host.root, "shop", host.ids[1], keep=1)}
    statuses = together(lambda: host.deploy(2, keep=1), works[second])
    current = host.layout.current_release("shop")
    assert statuses[0] == 0 or second == "a prune", statuses
    assert current in host.ids
    host.require(host.ids.index(current))
    host.deploy(2)
    host.require(2)


def test_the_second_controller_says_who_is_first(host, monkeypatch):
    monkeypatch.setattr(lock, "WAIT", 0.1)
    with lock.exclusive(host.layout):
        with pytest.raises(WheelhouseError, match="another deploy holds .*/lock .process {0}".format(os.getpid())) as caught:
            with lock.exclusive(host.layout, wait=0.1):
                pass
    assert "wait until it has ended" in caught.value.hint
    host.require(0)


def test_a_lock_of_a_process_that_was_killed(host):
    code = ("import fcntl, os, time; f = open({0!r}, 'r+'); fcntl.flock(f, 2); f.write('99999'); f.flush(); print('held', flush=True); "
            "time.sleep(99)")
    holder = subprocess.Popen([sys.executable, "-c", code.format(host.layout.lock)], stdout=subprocess.PIPE)
    holder.stdout.readline()
    holder.kill()
    holder.communicate()
    host.deploy(1)
    host.require(1)


def test_no_memory(host):
    """A process that the kernel takes the memory from ends; the host is as before."""
    import resource
    pid = os.fork()
    if not pid:
        status = 1
        try:
            size = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
            resource.setrlimit(resource.RLIMIT_AS, (size + (4 << 20), size + (4 << 20)))
            host.deploy(1)
            status = 0
        finally:
            os._exit(status)
    os.waitpid(pid, 0)
    current = host.layout.current_release("shop")
    assert current in host.ids
    host.deploy(1)
    host.require(1)
