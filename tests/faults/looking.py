# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is looked at on a production host after something was cut off. It also runs in a virtual machine that has only the standard library."""
import os
import subprocess
import time

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent import expect
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.audit import audit
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.compare import compare
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.layout import Layout, list_folder
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.seal import seal_of_tree
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.manifest import manifest_id

CODE = "import lib, shop; print(shop.version)"


def broken(root, manifests, whole_releases=True, seals=None):
    """Return what is not as it must be at every instant; the release number ``n`` of the app shop is the manifest of that number.

    With ``seals`` (see ``audit``) a tree of the store must be that of the wheel, or bytecode, whose SHA-256 is its name, and not only what its own list says.
    """
    layout, wrong = Layout(root), []
    if os.path.lexists(layout.current("shop")):
        current = layout.current_release("shop")
        ran = subprocess.run([os.path.join(layout.current("shop"), "bin", "python"), "-I", "-c", CODE], stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, check=False)
        if ran.returncode or ran.stdout.decode().strip() != str([manifest_id(manifest) for manifest in manifests].index(current)):
            wrong.append("current does not import: {0}".format(ran.stdout.decode()))
    if whole_releases:
        for kind, items in (("wheels", expect.tree_of_wheel), ("bytecode", expect.tree_of_bytecode)):
            for name in layout.held(kind):
                tree = os.path.join(root, kind, name)
                try:
                    wrong += [str(finding.as_dict()) for finding in compare(os.fsencode(tree), items(tree), os.geteuid())[0]]
                    if seals and seal_of_tree(kind + "/" + name, tree) != seals.get(name):
                        wrong.append("{0} is another one".format(tree))
                except (OSError, ValueError, KeyError, TypeError) as error:
                    wrong.append("{0}: {1}".format(tree, error))
        if os.path.exists(root):
            wrong += [str(finding) for finding in findings(root, manifests, seals) if finding["path"].startswith(layout.releases("shop"))]
    return wrong


def unfinished(root, manifests, target, seals=None):
    """Return what the run after a kill, which was to make the release number ``target`` the active one, did not put right."""
    layout, wrong = Layout(root), broken(root, manifests, seals=seals)
    if layout.current_release("shop") != manifest_id(manifests[target]):
        wrong.append("{0} is active".format(layout.current_release("shop")))
    wait_until_discarded(layout)
    for folder, folders, files in os.walk(root):  # a name such as these is never one of a package here
        wrong += [os.path.join(folder, name) for name in folders + files if name.startswith(".tmp-") or name.endswith(".new")]
    for folder in (layout.tmp, layout.incoming, layout.discarded):
        wrong += [os.path.join(folder, name) for name in list_folder(folder)]
    return wrong + [finding["path"] for finding in findings(root, manifests, seals)]


def findings(root, manifests, seals=None):
    """Return what an audit finds below the deploy root."""
    return audit(root, "shop", manifests, seals, look_for_tools=False)["findings"]


def wait_until_discarded(layout):
    """Give the process that removes what was discarded its time."""
    deadline = time.monotonic() + 30
    while list_folder(layout.discarded) and time.monotonic() < deadline:
        time.sleep(0.02)
