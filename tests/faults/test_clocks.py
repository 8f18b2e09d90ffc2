# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Clocks that jump: what goes, and where a rollback leads, is told by the order of the history, never by a time."""
import os
import time

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent import history
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.activate import rollback
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.receive import receive
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common import steps
from ansible_collections.nogcc.wheelhouse.tests.faults import looking
from ansible_collections.nogcc.wheelhouse.tests.faults.host import spread
from ansible_collections.nogcc.wheelhouse.tests.faults.killing import LONG

YEAR = 365 * 86400  # seconds
JUMPS = {"back each time": [-1, -2, -3], "years ahead, then back": [10, -5, 3], "the first is the newest": [-3, -2, -1]}  # years


class Clock:
    """The clock of the host, which a test sets: as it tells the time, and as files get it."""

    def __init__(self, patch):
        self.ahead = 0
        real, gmtime = time.time, time.gmtime
        patch.setattr(time, "time", lambda: real() + self.ahead)
        patch.setattr(time, "gmtime", lambda seconds=None: gmtime(time.time() if seconds is None else seconds))

    def stamp(self, root, known):
        """Give what is new below ``root`` the time of this clock; ``known`` has, by path, what has one."""
        for folder, folders, files in os.walk(root, topdown=False):
            for path in [os.path.join(folder, name) for name in folders + files] + [folder]:
                found = os.lstat(path)
                if known.get(path) != (found.st_ino, found.st_mtime_ns):
                    os.utime(path, (time.time(), time.time()), follow_symlinks=False)
                    known[path] = (found.st_ino, os.lstat(path).st_mtime_ns)


@pytest.mark.parametrize("jumps", sorted(JUMPS))
def test_times_that_contradict_the_order(host, monkeypatch, jumps, record_property):
    """The times of the history, and those of releases, wheels, links and all other files, are not in the order of the activations."""
    with monkeypatch.context() as patch:
        clock, known = Clock(patch), {}
        for number, years in enumerate(JUMPS[jumps], 1):
            clock.ahead = years * YEAR
            host.deploy(number, keep=3)
            looking.wait_until_discarded(host.layout)
            clock.stamp(host.root, known)
        written = [entry["time"] for entry in history.read(host.layout.history("shop"))]
        assert len(written) == 4 and written != sorted(written)
        assert host.layout.release_ids("shop") == sorted(host.ids[1:])
        for number in (2, 1):
            clock.ahead = -clock.ahead
            assert rollback(host.root, "shop")["to"] == host.ids[number]
            host.require(number)
        host.deploy(0, keep=2)
        assert host.layout.release_ids("shop") == sorted(host.ids[:2])
        host.require(0)
    record_property("count", "faults")


@pytest.mark.parametrize("years", [-10, 10], ids=["back", "ahead"])
def test_a_clock_that_jumps_within_a_deploy(host, faults, monkeypatch, years, record_property):
    """What the deploy itself has there, its upload and its release, is not taken for old."""
    names = []
    host.remember()
    monkeypatch.setattr(steps, "hook", names.append)
    host.deploy(1)
    for number in spread(names, len(names) if LONG else 5, always=["locked", "named"]):
        host.restore()
        incoming = receive(host.root, "shop", host.manifests[1])["incoming"]
        upload = os.path.join(incoming, "files.tar")
        with open(upload, "wb") as stream:
            stream.write(host.store.tar(host.manifests[1]).read())
        with monkeypatch.context() as patch:
            clock, passed = Clock(patch), []

            def jump(name):
                if len(passed) == number:
                    clock.ahead = years * YEAR
                passed.append(name)
            patch.setattr(steps, "hook", jump)
            host.stage(1, upload)
            host.activate(1)
        assert len(passed) > number
        faults.look("at {0}".format(names[number]), [1], host.deploy, 1)
    faults.report(record_property)
