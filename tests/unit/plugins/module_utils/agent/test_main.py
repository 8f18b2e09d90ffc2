# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The whole of it, as a controller does it: an interpreter that knows nothing, and one stream."""
import json
import os
import subprocess
import sys
import zlib

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent import main
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common import channel, errors
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.manifest import manifest_id

START = 'import sys;b=sys.stdin.buffer;s={"__name__":"bootstrap"};exec(b.read(int(b.readline())),s);s["run"](b)'
PARTS = os.path.dirname(os.path.dirname(os.path.abspath(main.__file__)))


def block(data):
    return str(len(data)).encode() + b"\n" + data


def send(calls, tar=b"", **options):
    """Return the reply of a host to these calls."""
    sources = {"nogcc_wheelhouse/__init__.py": ""}
    for part in ("common", "agent"):
        for name in os.listdir(os.path.join(PARTS, part)):
            if name.endswith(".py"):
                with open(os.path.join(PARTS, part, name), encoding="utf-8") as stream:
                    sources["nogcc_wheelhouse/{0}/{1}".format(part, name)] = stream.read()
    payload = zlib.compress(json.dumps({"entry": "nogcc_wheelhouse.agent.main", "sources": sources}).encode())
    whole = (block(sources["nogcc_wheelhouse/common/bootstrap.py"].encode()) + block(payload)
             + block(json.dumps({"calls": calls}).encode()) + tar)
    ran = subprocess.run([sys.executable, "-I", "-c", START], input=whole, stdout=subprocess.PIPE, check=False, **options)
    assert ran.returncode == 0
    lines = [line for line in ran.stdout.decode().splitlines() if line.startswith(channel.MARK)]
    assert len(lines) == 1
    return json.loads(lines[0][len(channel.MARK):])


def test_the_operations():
    assert sorted(main.OPERATIONS) == ["activate", "audit", "check", "confirm", "install", "receive", "repair", "rollback", "stage",
                                       "status", "upload", "verify"]


@pytest.mark.parametrize("language", ["C", "C.UTF-8"])
def test_a_deploy_in_one_stream(store, root, language):
    where = {"root": root, "app": "shop"}
    manifest = store.manifest(store.wheel(files={"shop.py": "", "caf\u00e9.py": ""}, project=True))
    release = manifest_id(manifest)
    environment = dict(os.environ, LC_ALL=language, LANG=language)
    reply = send(
        [
            dict(where, op="status"),
            dict(where, op="stage", manifest=manifest, stream="-"),
            dict(where, op="activate", release=release),
            dict(where, op="status"),
        ],
        tar=store.tar(manifest).getvalue(),
        env=environment,
    )
    assert "error" not in reply, reply
    before, staged, activated, after = reply["results"]
    assert before["current"] is None and staged["changed"] and activated["changed"]
    assert after["current"] == release and after["packages"] == {"shop": "1.0"}
    # a stream that nobody needs is read to its end all the same
    reply = send([dict(where, op="stage", manifest=manifest, stream="-")], tar=store.tar(manifest).getvalue())
    assert reply["results"] == [{"changed": False, "release": release}]


def test_errors_come_back(store, root):
    manifest = store.manifest(store.wheel(), platform={"python": "2.7"})
    reply = send(
        [
            {"op": "status", "root": root, "app": "shop"},
            {"op": "stage", "root": root, "app": "shop", "manifest": manifest},
            {"op": "status"},
        ]
    )
    assert len(reply["results"]) == 1
    error = errors.from_dict(reply["error"])
    assert isinstance(error, errors.Blocked) and len(error.reasons) > 1
    reply = send([{"op": "status", "root": "relative", "app": "shop"}])
    assert "deploy root" in reply["error"]["message"]


def test_a_truncated_stream(store, root):
    manifest = store.manifest(store.wheel())
    tar = store.tar(manifest).getvalue()
    reply = send([{"op": "stage", "root": root, "app": "shop", "manifest": manifest, "stream": "-"}], tar=tar[:700])
    assert "stream" in reply["error"]["message"]
    assert not os.path.exists(os.path.join(root, "apps"))
