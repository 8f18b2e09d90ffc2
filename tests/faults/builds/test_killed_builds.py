# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Kill a build, alone or with its children, at every step it has a name for and at random moments; then look, and build again."""
import os
import random
import threading
import time

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder import job
from ansible_collections.nogcc.wheelhouse.tests.faults.builds.building import Host
from ansible_collections.nogcc.wheelhouse.tests.faults.killing import LONG, in_a_child, kill, moments, report, steps_of

STRIDE = 1 if LONG else 23  # of the steps, and of the calls between them, that are tried
STEPS = {"a job has begun", "ready to work", "downloaded", "sources unpacked", "environment filled", "build prepared", "built", "wheel kept",
         "wheel remembered", "build lock kept", "bytecode made", "described", "manifest written", "worked", "told the result"}


class Killer:
    """Ends the job it is in, at its step ``number`` or ``after`` so many seconds; ``alone`` spares its children, as want of memory would."""

    def __init__(self, alone, number=None, after=None):
        self.alone, self.left, self.after = alone, number, after

    def __call__(self, name):
        if self.after is not None and name == "a job has begun":
            threading.Timer(self.after, kill, [self.alone]).start()
        if self.left is not None:
            self.left -= 1
            if self.left < 0 and os.getpgid(0) != os.getpgid(os.getppid()):
                kill(self.alone)


def begin(host, version):
    """Start a job and wait until it has ended, however it did."""
    name = job.start(host.root, host.request(version))["job"]
    host.wait_until_ended(name)


@pytest.mark.parametrize("operation", ["first", "next"])
def test_builds_killed_anywhere(root, index, sandbox, tmp_path, operation, record_property):
    host, version = Host(root, index, tmp_path), 1
    if operation == "next":
        assert "error" not in host.build(1)
        version = 2
    host.remember()
    names, took = steps_of(lambda: begin(host, version), str(tmp_path / "steps"))
    host.restore()
    before = time.monotonic()
    wanted = host.build(version)
    took = time.monotonic() - before
    assert wanted.get("changed") and len(names) > 60, (wanted, names)
    assert STEPS - ({"environment filled"} if operation == "next" else set()) <= set(names)
    numbers = range(random.randrange(STRIDE), len(names), STRIDE)
    tries = [(names[number], Killer(number % 2, number=number)) for number in numbers]
    tries += [(f"after {after:.3f} s", Killer(turn % 2, after=after)) for turn, after in enumerate(random.uniform(0, took) for _turn in range(moments(2, 500)))]
    killed, broken, helped = 0, [], []
    for where, killer in tries:
        host.restore()
        assert in_a_child(lambda: begin(host, version), hook=killer) == 0, where
        killed += not host.has_built()
        broken += [f"{where}: {text}" for text in host.broken()]
        found = host.build(version)
        if found.get("id") != wanted["id"]:
            helped.append(f"{where}: {found}")
        helped += [f"{where}: {text}" for text in host.broken() + host.left_over()]
    report(record_property, len(tries), killed, broken, helped)
