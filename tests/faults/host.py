# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A host that something happens to."""
import os
import subprocess

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.activate import activate
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.audit import audit
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.layout import Layout
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.stage import stage
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.manifest import manifest_id


class Host:
    """A host with one active release, and the manifest of a second one."""

    def __init__(self, store, root):
        self.store = store
        self.root = root
        self.layout = Layout(root)
        lib = store.wheel("lib", files={"lib/__init__.py": "y = 1\n"})
        self.manifests = [store.manifest(lib, store.wheel(version=version, project=True)) for version in ("1", "2", "3")]
        self.ids = [manifest_id(manifest) for manifest in self.manifests]

    def deploy(self, number=1, keep=3):
        stage(self.root, "shop", self.manifests[number], stream=self.store.tar(self.manifests[number]))
        activate(self.root, "shop", self.ids[number], keep=keep)

    def require(self, number, finished=True):
        """Assert that this release is active, whole, and works; and unless it is not ``finished``, that nothing is left to do."""
        assert self.layout.current_release("shop") == self.ids[number]
        findings = audit(self.root, "shop", self.manifests, look_for_tools=False)["findings"]
        assert [finding for finding in findings if finished or "/releases/" in finding["path"]] == []
        python = os.path.join(self.layout.current("shop"), "bin", "python")
        assert subprocess.run([python, "-c", "import shop, lib"], check=False).returncode == 0
        assert not finished or os.listdir(self.layout.tmp) == []
