# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One table of faults: what goes wrong where, what the error says, and that the host is as before and the next run needs no help."""
import errno
import os
import random
import re
import subprocess
import sys
import time

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent import environment, links, lock
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.activate import activate, rollback
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils import payload
from ansible_collections.nogcc.wheelhouse.tests.faults.killing import LONG

STRIDE = 1 if LONG else 7  # megabytes between two ends of memory


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


def test_no_memory(host, record_property):
    """The host's half with so much memory, and more each time, until it is enough; the host is as before, and the next run needs no help."""
    megabytes, failed = 8 + random.randrange(STRIDE), 0
    while not deployed_within(host, megabytes):
        failed += 1
        current = host.layout.current_release("shop")
        assert current in host.ids
        host.require(host.ids.index(current), finished=False)
        host.deploy(1)
        host.require(1)
        activate(host.root, "shop", host.ids[0])
        subprocess.run(["rm", "-rf", host.layout.release("shop", host.ids[1])], check=True)
        megabytes += STRIDE
    assert failed >= 3
    host.require(1)
    record_property("count", ("ends of memory", failed))


def deployed_within(host, megabytes):
    """Tell whether a deploy comes through in that much memory, of which each of its processes may take as much."""
    about = {"root": host.root, "app": "shop"}
    calls = [{"op": "stage", "manifest": host.manifests[1], "stream": "-", **about}, {"op": "activate", "release": host.ids[1], **about}]
    command = "ulimit -v {0}; {1}".format(megabytes << 10, payload.command(environment.interpreter()))
    ran = subprocess.run(["sh", "-c", command], input=payload.request("agent", calls) + host.store.tar(host.manifests[1]).read(),
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    try:
        payload.read_reply("python3", ran.returncode, ran.stdout.decode(), ran.stderr.decode())
    except WheelhouseError as error:
        print(megabytes, error)
        return False
    return True
