# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Kill a deploy, with all its children, at every step it has a name for and at random moments; then look, and run it again.

What it is killed with is SIGKILL, so that nothing of its own can tidy up.
"""
import os
import random
import subprocess
import tempfile

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent import history, units
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.activate import activate, rollback
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.audit import audit
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.confirm import confirm, expire
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.layout import Layout
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.repair import repair
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.stage import stage
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.manifest import manifest_id, places
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.keeper.seals import seals
from ansible_collections.nogcc.wheelhouse.tests.faults import looking
from ansible_collections.nogcc.wheelhouse.tests.faults.killing import ALL_CALLS, in_a_child, kill_at, moments, report, steps_of

UNIT = ["shop.service"]
DEPLOY = {"locked", "work folder made", "arrived", "unpacked", "stored", "put together", "tried out", "named", "armed", "noted", "link made", "switched",
          "restarted", "well", "written down", "active", "done"}
SWITCH = {"locked", "armed", "noted", "link made", "switched", "restarted", "well", "written down", "active", "done"}
STEPS = {"first deploy": DEPLOY, "upgrade": DEPLOY, "prune": DEPLOY, "rollback": SWITCH, "repair": {"locked", "stored"},
         "confirm": DEPLOY - {"written down", "active"} | {"confirmed"}, "expire": {"locked", "switched back", "restarted again"},
         "unwell": DEPLOY - {"well", "written down", "active", "done"} | {"switched back", "restarted again"}}


class Host:
    """A host at ``root`` that can be made again as it was before an operation."""

    def __init__(self, store, root, folder):
        self.store = store
        self.root = root
        self.kept = [root, units.UNITS]
        self.before = os.path.join(str(folder), "before")
        self.scratch = os.path.join(str(folder), "scratch")
        os.mkdir(self.scratch)
        self.layout = Layout(root)
        lib = store.wheel("lib", files={"lib/__init__.py": "y = 1\n"})
        self.manifests = [store.manifest(lib, store.wheel(version=version, project=True)) for version in ("0", "1", "2", "3")]
        self.ids = [manifest_id(manifest) for manifest in self.manifests]
        self.seals = seals(store.root, [place for manifest in self.manifests for place in places(manifest) if place.startswith("wheels/")])["seals"]
        self.target = None

    def deploy(self, number, keep=3):
        stage(self.root, "shop", self.manifests[number], stream=self.store.tar(self.manifests[number]))
        activate(self.root, "shop", self.ids[number], services=UNIT, keep=keep)

    def remember(self):
        self._copy(self.kept, [self.before + str(number) for number in range(len(self.kept))])

    def restore(self):
        self._copy([self.before + str(number) for number in range(len(self.kept))], self.kept)

    @staticmethod
    def _copy(origins, targets):
        for origin, target in zip(origins, targets):
            subprocess.run(["rm", "-rf", target], check=True)  # unlike shutil's, it minds no process that still discards something there
            if os.path.exists(origin):
                subprocess.run(["cp", "-a", origin, target], check=True)

    def confirmed(self):
        """What the controller has done when ``deploy_confirm_timeout`` is set."""
        stage(self.root, "shop", self.manifests[2], stream=self.store.tar(self.manifests[2]))
        if activate(self.root, "shop", self.ids[2], services=UNIT, confirm=60).get("confirm"):
            confirm(self.root, "shop", self.ids[2])

    def unwell(self):
        """Deploy what is not well, so that the host goes back."""
        stage(self.root, "shop", self.manifests[2], stream=self.store.tar(self.manifests[2]))
        try:
            activate(self.root, "shop", self.ids[2], services=UNIT, health="false", health_seconds=0.1)
        except WheelhouseError as error:
            assert "{0} is active again, but it is not well either".format(self.ids[1]) in error.message  # by the same command
        else:
            raise AssertionError("it is well")

    def taken_back(self):
        """What follows when nobody confirms: the timer elapses, and a later run deploys what is active then."""
        self.timer_elapses()
        self.deploy(self.ids.index(self.layout.current_release("shop")))

    def timer_elapses(self):
        """What systemd does in the end when nobody confirmed: what was final is active, and nothing waits any more."""
        if len(units.present(self.layout, "shop")) == 2:
            pending, lines = history.read_activating(self.layout, "shop"), history.read(self.layout.history("shop"))
            done = pending and lines and lines[-1].get("token") == pending["token"] and lines[-1]["outcome"] == "ok"
            final = self.layout.current_release("shop") if not (pending or {}).get("confirm") else pending["to"] if done else pending["from"]
            if (pending or {}).get("confirm"):
                history.amend_activating(self.layout, "shop", since=["", 0])  # the time is over
            assert expire(self.root, "shop") == 0
            assert self.layout.current_release("shop") == final and not units.present(self.layout, "shop")

    def damage(self):
        tree = self.layout.wheel(self.manifests[1]["wheels"][1]["sha256"])
        path = os.path.join(tree, "site", "shop", "__init__.py")
        os.chmod(path, 0o644)
        with open(path, "a") as stream:
            stream.write("# altered\n")
        os.unlink(os.path.join(self.layout.release("shop", self.ids[1]), "bin", "python3"))

    def repair(self):
        places = audit(self.root, "shop", self.manifests, look_for_tools=False)["places"]
        repair(self.root, "shop", self.manifests, stream=self.store.tar(self.manifests[1], only=places) if places else None)
        activate(self.root, "shop", self.ids[1], services=UNIT)

    def prepare(self, operation):
        """Return what carries ``operation`` out with a folder for temporary files of its own, and which release is active afterwards."""
        work, target = self.begin(operation)

        def work_in_scratch():
            tempfile.tempdir = self.scratch
            work()
        return work_in_scratch, target

    def begin(self, operation):
        """Bring the host to where ``operation`` begins; return what carries it out, and which release is active afterwards."""
        if operation == "first deploy":
            return lambda: self.deploy(0), 0
        self.deploy(0)
        if operation == "upgrade":
            return lambda: self.deploy(1), 1
        self.deploy(1)
        if operation == "rollback":
            return lambda: rollback(self.root, "shop", services=UNIT, keep=3, token="0123456789abcdef"), 0
        if operation == "unwell":
            return self.unwell, 1
        if operation == "repair":
            self.damage()
            return self.repair, 1
        if operation == "confirm":
            return self.confirmed, 2
        if operation == "expire":
            stage(self.root, "shop", self.manifests[2], stream=self.store.tar(self.manifests[2]))
            activate(self.root, "shop", self.ids[2], services=UNIT, confirm=60)
            return self.taken_back, 1
        self.deploy(2)
        return lambda: self.deploy(3, keep=1), 3


@pytest.fixture
def host(store, root, tmp_path, systemd, monkeypatch):
    monkeypatch.setattr(units, "UNITS", str(tmp_path / "units"))
    return Host(store, root, tmp_path)


@pytest.mark.parametrize("operation", ["first deploy", "upgrade", "rollback", "prune", "repair", "confirm", "expire", "unwell"])
def test_killed_anywhere(host, root, operation, record_property):
    work, target = host.prepare(operation)
    looking.wait_until_discarded(host.layout)
    host.remember()
    names, took = steps_of(work, host.before + ".steps", ALL_CALLS)
    assert STEPS[operation] <= set(names), names
    tries = [dict(hook=kill_at(number)) for number in range(len(names))]
    tries += [dict(after=random.uniform(0, took)) for _unused in range(moments(3, 200))]
    killed, broken, helped = 0, [], []
    for number, moment in enumerate(tries):
        where = names[number] if number < len(names) else "after {0:.3f} s".format(moment["after"])
        host.restore()
        status = in_a_child(work, calls=ALL_CALLS, **moment)
        assert "after" in moment or os.WIFSIGNALED(status), where
        killed += os.WIFSIGNALED(status)
        broken += ["{0}: {1}".format(where, text) for text in looking.broken(root, host.manifests, operation != "repair", host.seals)]
        if random.random() < 0.5:
            helped += ["{0}: the timer failed".format(where)] if in_a_child(host.timer_elapses) else []
            broken += ["{0}, timer: {1}".format(where, text) for text in looking.broken(root, host.manifests, operation != "repair", host.seals)]
        if in_a_child(work):
            helped.append("{0}: it failed".format(where))
        helped += ["{0}: {1}".format(where, text) for text in looking.unfinished(root, host.manifests, target, host.seals) + os.listdir(host.scratch)
                   + looking.list_folder(units.UNITS)]
    report(record_property, len(tries), killed, broken, helped)
