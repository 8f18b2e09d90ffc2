# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Kill a deploy, alone or with all its children, at every step it has a name for and at random moments; then look, and run it again.

What it is killed with is SIGKILL, so that nothing of its own can tidy up.
"""
import os
import random
import time

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent import units
from ansible_collections.nogcc.wheelhouse.tests.faults import looking
from ansible_collections.nogcc.wheelhouse.tests.faults.killing import ALL_CALLS, in_a_child, kill_at, moments, report, steps_of
from ansible_collections.nogcc.wheelhouse.tests.faults.operations import STEPS, Host
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.module_utils.common.web_server import WebServer


@pytest.fixture
def host(store, root, tmp_path, systemd, monkeypatch):
    monkeypatch.setattr(units, "UNITS", str(tmp_path / "units"))
    web = WebServer(store.root)
    yield Host(store, root, tmp_path, web.url)
    web.close()


@pytest.mark.parametrize("operation", sorted(STEPS))
def test_killed_anywhere(host, root, operation, record_property):
    work, target = host.prepare(operation)
    looking.wait_until_discarded(host.layout)
    host.remember()
    names, _took = steps_of(work, host.before + ".steps", ALL_CALLS)
    host.restore()
    before = time.monotonic()
    assert in_a_child(work) == 0
    took = time.monotonic() - before
    assert STEPS[operation] <= set(names), names
    tries = [dict(hook=kill_at(number, alone=number % 2)) for number in range(len(names))]
    tries += [dict(after=random.uniform(0, took)) for _unused in range(moments(3, 200))]
    killed, broken, helped = 0, [], []
    for number, moment in enumerate(tries):
        where = names[number] if number < len(names) else "after {0:.3f} s".format(moment["after"])
        host.restore()
        status = in_a_child(work, calls=ALL_CALLS, **moment)
        assert "after" in moment or os.WIFSIGNALED(status) or number > len(names) - 3, where  # it is not always one call more or less
        killed += os.WIFSIGNALED(status)
        broken += ["{0}: {1}".format(where, text) for text in looking.broken(root, host.manifests, operation != "repair", host.seals)]
        if random.random() < 0.5:
            helped += ["{0}: the timer failed".format(where)] if in_a_child(host.timer_elapses) else []
            broken += ["{0}, timer: {1}".format(where, text) for text in looking.broken(root, host.manifests, operation != "repair", host.seals)]
        host.a_day_passes()
        if in_a_child(work):
            helped.append("{0}: it failed".format(where))
        helped += ["{0}: {1}".format(where, text) for text in looking.unfinished(root, host.manifests, target, host.seals) + os.listdir(host.scratch)
                   + looking.list_folder(units.UNITS)]
    report(record_property, len(tries), killed, broken, helped)
