# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Kill the controller, on the road from a lock to what is sent to production, at every step and at random moments; then look, and run it again."""
import os
import random
import time

import pytest

from ansible_collections.nogcc.wheelhouse.tests.faults.builds.building import Host
from ansible_collections.nogcc.wheelhouse.tests.faults.builds.controlling import Controller
from ansible_collections.nogcc.wheelhouse.tests.faults.killing import ALL_CALLS, LONG, in_a_child, kill_at, moments, report, steps_of

PARTS = 2 if LONG else 1  # each for a core of its own
STRIDE = 2 if LONG else 41  # of the steps, and of the calls between them, that are tried
STEPS = {"scratch folder made", "files brought", "memo kept", "pages written", "manifest published", "signed", "tar packed"}


@pytest.mark.parametrize("part", range(PARTS))
def test_controllers_killed_anywhere(root, index, sandbox, tmp_path, part, record_property):
    host = Host(root, index, tmp_path)
    assert "error" not in host.build(1)
    host.forget("sources/*/native-*", "builds/inputs/*", "releases/*/*")
    host.remember()
    controller = Controller(tmp_path, host)
    names, _took = steps_of(controller.road, str(tmp_path / "steps"), ALL_CALLS)
    wanted = controller.contents()
    assert STEPS <= set(names) and not [path for path in wanted if ".tmp-" in path], (names, wanted)
    controller.forget()
    before = time.monotonic()
    assert in_a_child(controller.road) == 0
    took = time.monotonic() - before
    assert controller.contents() == wanted
    tries = [(names[number], {"hook": kill_at(number, number // 2 % 2)}) for number in range(part if LONG else random.randrange(STRIDE), len(names), STRIDE)]
    tries += [(f"after {after:.3f} s", {"after": after}) for after in (random.uniform(0, took) for _turn in range(moments(2, 500)))]
    killed, broken, helped = 0, [], []
    for where, moment in tries:
        controller.forget()
        killed += os.WIFSIGNALED(in_a_child(controller.road, calls=ALL_CALLS, **moment))
        broken += [f"{where}: {text}" for text in controller.broken()]
        if in_a_child(controller.road):
            helped.append(f"{where}: it failed")
        found = controller.contents()
        helped += [f"{where}: {path}" for path in sorted({*found, *wanted}) if found.get(path) != wanted.get(path)]
        helped += [f"{where}: {text}" for text in controller.broken()]
    report(record_property, len(tries), killed, broken, helped)
