# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One table of faults: what goes wrong where, what the error says, and that the host is as before and the next run needs no help."""
import contextlib
import errno
import os
import random
import re
import stat
import subprocess
import sys

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent import environment, links
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils import payload
from ansible_collections.nogcc.wheelhouse.tests.faults.host import spread
from ansible_collections.nogcc.wheelhouse.tests.faults.killing import LONG

STRIDE = 1 if LONG else 7  # megabytes between two ends of memory
MOST = 50000  # calls of one name that a deploy may make; a pipe holds as many bytes


@contextlib.contextmanager
def failing(name, number, code):
    """Have the call of that number of ``os.name`` fail with an errno, in this process or one that it forks; give what tells how many there were."""
    real, read = getattr(os, name), os.read
    tokens, more = os.pipe()  # one byte for each call: whoever is killed in the midst of it holds nothing
    os.write(more, b"." * (number - 1) + b"!" * bool(number) + b"." * MOST)

    def fail(*arguments, **options):
        on_disk = name != "write" or stat.S_ISREG(os.fstat(arguments[0]).st_mode)
        if on_disk and read(tokens, 1) == b"!":
            raise OSError(code, os.strerror(code))
        return real(*arguments, **options)

    def calls():
        return number + MOST - len(read(tokens, number + MOST))
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, name, fail)
            yield calls
    finally:
        os.close(tokens)
        os.close(more)


# which call of the system, with which errno, and the words of the error
CALLS = [
    ("mkdir", errno.ENOSPC, "No space left.*free some space"),
    ("rename", errno.ENOSPC, "No space left.*free some space"),
    ("rename", errno.EXDEV, "cross-device link.*mount nothing below the deploy root"),
    ("symlink", errno.ENOSPC, "No space left.*free some space"),
    ("link", errno.ENOSPC, "No space left.*free some space"),
    ("write", errno.ENOSPC, "No space left.*free some space"),
    ("write", errno.EIO, "Input/output error"),
    ("pwrite", errno.ENOSPC, "No space left.*free some space"),
    ("fsync", errno.ENOSPC, "No space left.*free some space"),
    ("fsync", errno.EIO, "Input/output error"),
    ("mkdir", errno.EDQUOT, "quota"),
    ("rename", errno.EROFS, "Read-only file system.*mount it read-write"),
    ("mkdir", errno.EACCES, "Permission denied.*become root"),
    ("open", errno.ENOSPC, "No space left.*free some space"),
    ("open", errno.EMFILE, "Too many open files"),
]


@pytest.mark.parametrize("name, code, words", CALLS, ids=["{0}-{1}".format(name, errno.errorcode[code]) for name, code, _words in CALLS])
def test_a_call_of_the_system_that_fails(host, faults, name, code, words, record_property):
    """Each call of that name in turn, or a few that are spread over all; a deploy that came through all the same did what it should."""
    host.remember()
    with failing(name, 0, code) as calls:
        host.deploy(1)
        total = calls()
    failed = 0
    for number in spread(range(total), total if LONG else 6):
        host.restore()
        with failing(name, number + 1, code) as calls:
            try:
                host.deploy(1)
                allowed = [1]
            except (WheelhouseError, OSError) as error:
                failed += 1
                allowed = [0, 1]
                text = " ".join((str(error) + getattr(error, "hint", "")).split())
                assert re.search(words, text), text
            assert calls() > number
        faults.look("{0} {1} of {2}".format(name, number + 1, total), allowed, host.deploy, 1)
    assert bool(failed) == (name != "pwrite"), "who holds the lock is not told then, and that is all"
    faults.report(record_property)


@pytest.mark.parametrize("code", [errno.EMLINK, errno.EXDEV, errno.EPERM])
def test_files_that_cannot_be_linked_are_copied(host, monkeypatch, code, record_property):
    def fail(*_arguments):
        raise OSError(code, os.strerror(code))
    with monkeypatch.context() as patch:
        patch.setattr(links.os, "link", fail)
        host.deploy(1)
    host.require(1)
    record_property("count", "faults")


def test_a_lock_of_a_process_that_was_killed(host, record_property):
    code = ("import fcntl, os, time; f = open({0!r}, 'r+'); fcntl.flock(f, 2); f.write('99999'); f.flush(); print('held', flush=True); "
            "time.sleep(99)")
    holder = subprocess.Popen([sys.executable, "-c", code.format(host.layout.lock)], stdout=subprocess.PIPE)
    holder.stdout.readline()
    holder.kill()
    holder.communicate()
    host.deploy(1)
    host.require(1)
    record_property("count", "faults")


def test_no_memory(host, faults, record_property):
    """The host's half with so much memory, and more each time, until it is enough; the host is as before, and the next run needs no help."""
    host.remember()
    megabytes = 8 + random.randrange(STRIDE)
    while not deployed_within(host, megabytes):
        faults.look("{0} MB".format(megabytes), [0, 1], host.deploy, 1)
        host.restore()
        megabytes += STRIDE
    assert faults.tried >= 3
    host.require(1)
    record_property("count", ("ends of memory", faults.tried))
    faults.report(record_property)


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
