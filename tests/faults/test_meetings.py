# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Two controllers at once: the second comes while the first is at a step that has a name."""
import os
import re
import time

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent import lock
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.activate import rollback
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common import steps
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.tests.faults.host import spread
from ansible_collections.nogcc.wheelhouse.tests.faults.killing import LONG
from ansible_collections.nogcc.wheelhouse.tests.faults.meeting import Child

YEARS = 10 * 365 * 86400  # seconds

# what the second does while the first deploys the release 2 and keeps one; what it ends with, which release is active then, and which are there
SECONDS = {
    "the same": (lambda host: host.deploy(2), "done", 2, [1, 2]),
    "another": (lambda host: host.deploy(3), "done", 3, [1, 2, 3]),
    "a rollback": (lambda host: rollback(host.root, "shop"), "done", 1, [1, 2]),
    "a rollback to what the first removes": (lambda host: rollback(host.root, "shop", release=host.ids[0]), "the release .* of shop is not on this host",
                                             2, [1, 2]),
    "a prune": (lambda host: host.activate(1, keep=1), "done", 1, [1, 2]),
}


@pytest.mark.parametrize("second", sorted(SECONDS))
def test_two_controllers_at_once(host, faults, monkeypatch, second, record_property):
    """The second waits for the first, and then does all of its work; or says why there is nothing to do any more."""
    work, said, active, there = SECONDS[second]
    names = []
    host.deploy(1)
    host.remember()
    with monkeypatch.context() as patch:
        patch.setattr(steps, "hook", lambda name: names.append(name) if name not in names else None)
        host.deploy(2, keep=1)
    for number in spread(names, len(names) if LONG else 2, always=["switched", "active"]):
        host.restore()
        first = Child(lambda: host.deploy(2, keep=1), names[number]).wait()
        before = os.listdir(host.layout.tmp), host.layout.current_release("shop")
        late = Child(lambda: work(host), "waiting for the lock").wait()
        assert (os.listdir(host.layout.tmp), host.layout.current_release("shop")) == before
        assert first.end() == "done"
        assert re.match(said, late.end())
        assert host.layout.release_ids("shop") == sorted(host.ids[number] for number in there)
        faults.look("at {0}".format(names[number]), [active], lambda: host.deploy(active), active)
    faults.report(record_property)


# what is there, which release is about to be activated, what another controller does before it is, and whether the clock jumps then
BETWEEN = {
    "an earlier one": ([0, 1, 2], 3, 0, lambda host: host.deploy(3, keep=1), False),
    "one that was removed and is there anew": ([0, 1, 2], 1, 0, lambda host: host.deploy(3, keep=1), False),
    "a new one, and a deploy": ([0, 1], 3, 3, lambda host: host.deploy(2, keep=1), True),
    "a new one, and a rollback": ([0, 1], 3, 3, lambda host: rollback(host.root, "shop", keep=1), True),
}


@pytest.mark.parametrize("case", sorted(BETWEEN))
def test_who_prunes_between_staging_and_activating(host, monkeypatch, case, record_property):
    """What somebody is about to activate stays, whatever history and clock say."""
    before, keep, number, meanwhile, jumps = BETWEEN[case]
    for release in before:
        host.deploy(release, keep)

    def work():
        host.stage(number)
        steps.step("between")
        host.activate(number)
    first = Child(work, "between").wait()
    with monkeypatch.context() as patch:
        now = time.time() + jumps * YEARS
        patch.setattr(time, "time", lambda: now)
        meanwhile(host)
    assert first.end() == "done"
    host.require(number)
    record_property("count", "faults")


def test_the_second_controller_says_who_is_first(host, monkeypatch, record_property):
    """It waits for ten minutes, which pass here as fast as it looks."""
    clock = [0.0]

    def sleep(seconds):
        clock[0] += seconds
    with lock.exclusive(host.layout):
        said = r"another deploy holds .*/lock \(process {0} of .+, since 20..-..-..T..:..:..Z\)".format(os.getpid())
        with monkeypatch.context() as patch:
            patch.setattr(time, "monotonic", lambda: clock[0])
            patch.setattr(time, "sleep", sleep)
            with pytest.raises(WheelhouseError, match=said) as caught:
                with lock.exclusive(host.layout):
                    pass
    assert "wait until it has ended" in caught.value.hint and 600 <= clock[0] < 601
    host.require(0)
    record_property("count", "faults")
