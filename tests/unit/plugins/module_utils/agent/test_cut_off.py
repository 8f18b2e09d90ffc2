# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Killed at any moment, the host is whole, and the next run needs no hand."""
import os
import signal
import subprocess
import time

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.activate import activate
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.layout import Layout
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.stage import stage
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.manifest import manifest_id


def deploy(root, manifest, stream):
    stage(root, "shop", manifest, stream=stream)
    activate(root, "shop", manifest_id(manifest), keep=1)


def killed_deploy(root, manifest, stream, after):
    """Deploy in a child process, and kill it with all its children after ``after`` seconds."""
    pid = os.fork()
    if not pid:
        try:
            os.setpgid(0, 0)
            deploy(root, manifest, stream)
        finally:
            os._exit(0)
    time.sleep(after)
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    os.waitpid(pid, 0)


def test_killed_at_random(store, root):
    first = store.manifest(store.wheel(version="0"))
    deploy(root, first, store.tar(first))
    whole = [manifest_id(first)]
    before = time.monotonic()
    probe = store.manifest(store.wheel(version="0.5", project=True))
    deploy(root, probe, store.tar(probe))
    whole.append(manifest_id(probe))
    took = time.monotonic() - before
    layout = Layout(root)
    for number in range(1, 13):
        manifest = store.manifest(
            *(
                store.wheel(name, version=str(number), files={name + ".py": "x = {0}\n".format(number), name + "_too.py": ""})
                for name in ("one", "two", "three")
            )
        )
        whole.append(manifest_id(manifest))
        killed_deploy(root, manifest, store.tar(manifest), took * number / 10)
        current = layout.current_release("shop")
        assert current in whole
        assert subprocess.run([os.path.join(layout.current("shop"), "bin", "python"), "-c", ""], check=False).returncode == 0
        deploy(root, manifest, store.tar(manifest))
        assert layout.current_release("shop") == manifest_id(manifest)
        ran = subprocess.run([os.path.join(layout.current("shop"), "bin", "python"), "-c", "import one, two_too; print(one.x)"],
                             stdout=subprocess.PIPE, check=True)
        assert ran.stdout.decode() == "{0}\n".format(number)
        assert os.listdir(layout.tmp) == []
