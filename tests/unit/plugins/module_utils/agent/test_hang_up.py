# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A connection that breaks after all was sent: the host's half goes on to its end, and the next one waits for that."""
import contextlib
import os
import shlex
import signal
import subprocess
import sys
import time

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent import history
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.audit import audit
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.layout import Layout
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.manifest import manifest_id
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils import payload

HELD = "import os, time\nopen({0!r}, 'a').write('.')\nwhile not os.path.exists({1!r}):\n    time.sleep(0.01)\n"


def wait_for(condition):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def begin(root, manifest, tar, health):
    """Start the host's half as a controller does, with all that a deploy needs; return the process."""
    where = {"root": root, "app": "shop"}
    calls = [dict(where, op="stage", manifest=manifest, stream="-"),
             dict(where, op="activate", release=manifest_id(manifest), health=health, health_seconds=60)]
    process = subprocess.Popen(shlex.split(payload.command(sys.executable)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdin.write(payload.request("agent", calls) + tar)
    process.stdin.close()
    return process


def has_open(process, path):
    """Tell whether the process has this file open."""
    folder = "/proc/{0}/fd".format(process.pid)
    for name in os.listdir(folder):
        with contextlib.suppress(FileNotFoundError):  # closed since
            if os.readlink(os.path.join(folder, name)) == path:
                return True
    return False


@pytest.mark.parametrize("moment", ["tries the release out", "asks for its health"])
def test_it_goes_on_to_the_end_and_the_next_run_waits(store, root, tmp_path, moment):
    asked, go_on = str(tmp_path / "asked"), str(tmp_path / "go on")
    code = HELD.format(asked, go_on)
    tried = moment == "tries the release out"
    manifest = store.manifest(store.wheel(version="2.0", files={"shop/__init__.py": code if tried else ""}, project=True))
    release, layout, tar = manifest_id(manifest), Layout(root), store.tar(manifest).getvalue()
    health = None if tried else "{0} -c {1}".format(sys.executable, shlex.quote(code))
    first = begin(root, manifest, tar, health)
    try:
        wait_for(lambda: os.path.exists(asked))
        first.stdout.close()
        first.stderr.close()
        first.send_signal(signal.SIGHUP)
        second = begin(root, manifest, tar, health)
        wait_for(lambda: has_open(second, layout.lock))
        assert layout.release_ids("shop") == ([] if tried else [release])
    finally:
        open(go_on, "w").close()
        first.wait()
    said, errors = (stream.read().decode() for stream in (second.stdout, second.stderr))
    staged, activated = payload.read_reply(sys.executable, second.wait(), said, errors)
    assert first.returncode != -signal.SIGHUP
    assert not staged["changed"] and not activated["changed"], "the first one has done all of it"
    with open(asked) as stream:
        assert stream.read() == ".", "once"
    assert layout.current_release("shop") == release
    assert [(entry["to"], entry["outcome"]) for entry in history.read(layout.history("shop"))] == [(release, "ok")]
    assert audit(root, "shop", [manifest], look_for_tools=False)["findings"] == []
    assert sorted(os.listdir(layout.app("shop"))) == ["current", "history.jsonl", "releases"] and os.listdir(layout.tmp) == []
