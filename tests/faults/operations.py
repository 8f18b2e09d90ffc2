# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a production host is asked to do, from a first deploy to the return from a release that nobody confirmed, again and again from where it began."""
import os
import subprocess
import tempfile
import time

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent import history, units
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.activate import activate, rollback
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.audit import audit
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.confirm import confirm, expire
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.layout import Layout, list_folder
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.receive import upload
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.repair import repair
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.stage import stage
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.manifest import manifest_id, places
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.keeper.seals import seals

UNIT = ["shop.service"]
DEPLOY = {"locked", "work folder made", "arrived", "unpacked", "stored", "put together", "tried out", "named", "armed", "noted", "link made", "switched",
          "restarted", "well", "written down", "active", "done"}
SWITCH = {"locked", "armed", "noted", "link made", "switched", "restarted", "well", "written down", "active", "done"}
STEPS = {"first deploy": DEPLOY, "upgrade": DEPLOY, "upload": DEPLOY, "pull": DEPLOY, "prune": DEPLOY, "rollback": SWITCH, "repair": {"locked", "stored"},
         "confirm": DEPLOY - {"written down", "active"} | {"confirmed"}, "expire": {"locked", "switched back", "restarted again"},
         "unwell": DEPLOY - {"well", "written down", "active", "done"} | {"switched back", "restarted again"}}


class Host:
    """A host at ``root`` that can be made again as it was before an operation; ``web`` is the URL of a server that has the store."""

    def __init__(self, store, root, folder, web):
        self.store = store
        self.web = web
        self.root = root
        self.kept = [root, units.UNITS]
        self.before = os.path.join(str(folder), "before")
        self.scratch = os.path.join(str(folder), "scratch")
        os.mkdir(self.scratch)
        self.layout = Layout(root)
        lib = store.wheel("lib", files={"lib/__init__.py": "y = 1\n"})
        self.manifests = [store.manifest(lib, store.wheel(version=version, project=True)) for version in ("0", "1", "2", "3")]
        self.ids = [manifest_id(manifest) for manifest in self.manifests]
        self.seals = seals(store.root, [place for manifest in self.manifests for place in places(manifest)])["seals"]
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

    def uploaded(self):
        """What the controller has done when much is to be sent: a file comes first."""
        place = os.path.join(upload(self.root, "shop")["incoming"], "files.tar")
        with open(place, "wb") as stream:
            stream.write(self.store.tar(self.manifests[1]).read())
        self.stage_from(place)

    def pulled(self):
        self.stage_from({"url": self.web + "/", "environment": {}})

    def stage_from(self, stream):
        stage(self.root, "shop", self.manifests[1], stream=stream)
        activate(self.root, "shop", self.ids[1], services=UNIT)

    def a_day_passes(self):
        """Uploads that were cut off, and parts of files, wait for that long."""
        for name in list_folder(self.layout.incoming):
            os.utime(os.path.join(self.layout.incoming, name), (0, time.time() - 25 * 3600))

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
            done = pending and any(line.get("token") == pending["token"] and line["outcome"] == "ok" for line in lines)
            final = self.layout.current_release("shop") if not (pending or {}).get("confirm") else pending["to"] if done else pending["from"]
            if (pending or {}).get("confirm"):
                history.amend_activating(self.layout, "shop", since=["", 0])  # the time is over
            deadline = time.monotonic() + 10
            while units.present(self.layout, "shop"):  # it comes again: a child of what was killed may have the lock for a moment more
                assert expire(self.root, "shop") == 0 and time.monotonic() < deadline
            assert self.layout.current_release("shop") == final

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
        if operation == "upload":
            return self.uploaded, 1
        if operation == "pull":
            return self.pulled, 1
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
