# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A host that something happens to."""
import os
import subprocess

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.activate import activate
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.audit import audit
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.layout import Layout
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.repair import repair
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.stage import stage
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.manifest import manifest_id, places
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.keeper.seals import seals
from ansible_collections.nogcc.wheelhouse.tests.faults import looking


class Host:
    """A host at ``root``, and the manifests of four releases."""

    def __init__(self, store, root):
        self.store = store
        self.root = root
        self.layout = Layout(root)
        lib = store.wheel("lib", files={"lib/__init__.py": "y = 1\n"})
        self.manifests = [store.manifest(lib, store.wheel(version=version, project=True)) for version in ("0", "1", "2", "3")]
        self.ids = [manifest_id(manifest) for manifest in self.manifests]
        self.seals = seals(store.root, [place for manifest in self.manifests for place in places(manifest)])["seals"]

    def stage(self, number, stream=None):
        return stage(self.root, "shop", self.manifests[number], stream=stream or self.store.tar(self.manifests[number]))

    def activate(self, number, keep=3):
        return activate(self.root, "shop", self.ids[number], keep=keep)

    def deploy(self, number=1, keep=3):
        self.stage(number)
        return self.activate(number, keep)

    def damage(self, number):
        """Alter a file of the store that this release has, and remove one that only the release has."""
        path = os.path.join(self.layout.wheel(self.manifests[number]["wheels"][1]["sha256"]), "site", "shop", "__init__.py")
        os.chmod(path, 0o644)
        with open(path, "a") as stream:
            stream.write("# altered\n")
        os.unlink(os.path.join(self.layout.release("shop", self.ids[number]), "bin", "python3"))

    def repair(self, number):
        found = audit(self.root, "shop", self.manifests, self.seals, look_for_tools=False)["places"]
        repair(self.root, "shop", self.manifests, self.seals, stream=self.store.tar(self.manifests[number], only=found) if found else None)
        self.activate(number)

    def remember(self):
        """Keep a copy, which ``restore`` brings back any number of times."""
        looking.wait_until_discarded(self.layout)
        self._copy(self.root, self._copied())

    def restore(self):
        looking.wait_until_discarded(self.layout)
        self._copy(self._copied(), self.root)

    def _copied(self):
        return os.path.join(self.store.root, "copied")

    @staticmethod
    def _copy(origin, target):
        subprocess.run(["rm", "-rf", target], check=True)
        subprocess.run(["cp", "-a", origin, target], check=True)

    def broken(self, numbers, whole_releases=True):
        """Return what is not as it must be at every instant; one of the releases of these ``numbers`` is active."""
        current = self.layout.current_release("shop")
        found = [] if current in [self.ids[number] for number in numbers] else ["{0} is active".format(current)]
        return found + looking.broken(self.root, self.manifests, whole_releases, self.seals)

    def unfinished(self, number):
        """Return what is otherwise than after an undisturbed run that made this release the active one."""
        return looking.unfinished(self.root, self.manifests, number, self.seals)

    def require(self, number):
        """Assert that this release is active, that it works, and that everything is whole, with nothing left to do."""
        assert self.unfinished(number) == []


class Faults:
    """What came of faults, each of which the ``host`` must stand."""

    def __init__(self, host):
        self.host = host
        self.tried = 0
        self.broken = []
        self.helped = []

    def look(self, where, numbers, again, target, whole_releases=True):
        """Count a fault: one of the releases of these ``numbers`` is active now, and ``again()`` makes that of the number ``target`` the active one."""
        self.tried += 1
        self.broken += ["{0}: {1}".format(where, text) for text in self.host.broken(numbers, whole_releases)]
        try:
            again()
        except Exception as error:
            self.helped.append("{0}: the next run failed: {1}".format(where, error))
        self.helped += ["{0}: {1}".format(where, text) for text in self.host.unfinished(target)]

    def report(self, record_property):
        """Count for the end of the run (see tests/conftest.py), and fail when something was wrong."""
        record_property("count", ("faults", self.tried))
        record_property("count", ("hosts broken by them", len(self.broken)))
        record_property("count", ("next runs that needed help", len(self.helped)))
        assert not self.broken + self.helped, "\n".join(self.broken + self.helped)


def spread(names, most, always=()):
    """Return at most so many of the numbers of ``names``, spread over all, and those whose name is among ``always``."""
    last = len(names) - 1
    chosen = {number * last // max(most - 1, 1) for number in range(most)}
    return sorted(chosen | {number for number, name in enumerate(names) if name in always})
