# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Cut the power of a host that deploys, waits for confirmations, rolls back and prunes, at random moments; then start it, look, and let it run again.

Each time its clock is right, or a year off. On NFS the host is its own server, and both lose power.
"""
import datetime
import json
import os
import random
import subprocess
import sys

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.manifest import manifest_id, places
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils import payload
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.module_utils.agent.wheel_factory import Store
from tests.power import image
from tests.power.disk import Disk
from tests.power.machine import ACCELERATORS, running

CUTS = int(os.environ.get("WHEELHOUSE_TEST_CUTS") or 20)
SIZE = 512 << 20  # bytes of the disk; xfs takes no less than 300 MB
RELEASES = 5
LONGEST = 12  # seconds of deploying before a cut
CLOCKS = (-365, 0, 365)  # days
MAKE = {"ext4": ["mkfs.ext4", "-q", "-F"], "nfs": ["mkfs.ext4", "-q", "-F"], "xfs": ["mkfs.xfs", "-q", "-f"]}
ROOT = "/data/wheelhouse"


def blank(folder, filesystem):
    """Return a Disk with an empty file system."""
    path = str(folder / "disk")
    with open(path, "wb") as stream:
        stream.truncate(SIZE)
    subprocess.run([*MAKE[filesystem], path], check=True)
    return Disk(path)


class Power:
    """A host at whose power somebody plays; ``requests`` is what it is asked, as an archive behind its system."""

    def __init__(self, folder, filesystem):
        self.kernel, self.system = image.ensure(print)
        self.folder, self.filesystem = folder, filesystem
        self.initial = folder / "initial.cpio"
        self.accelerator = ""
        self.disk = blank(folder, filesystem)
        self.wrong_clocks = 0

    def start(self, task="deploy"):
        days = random.choice(CLOCKS)
        self.wrong_clocks += days != 0
        clock = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days)
        return running(self.accelerator, self.kernel, self.initial, self.disk, self.filesystem, task, random.getrandbits(32),
                       clock.strftime("%Y-%m-%dT%H:%M:%S"))

    def lay_out(self, requests):
        """Make the initial file system, with these requests by name."""
        more = image.Cpio()
        for path, data in image.sources():
            more.add(path, data)
        here = image.REPOSITORY / "tests/power"
        more.add("init", b"#!/bin/busybox sh\n" + (here / "guest.sh").read_bytes(), 0o755)
        for name in ("guest.py", "nfs.py"):
            more.add(f"guest/{name}", (here / name).read_bytes())
        more.add("usr/bin/systemctl", b"#!/bin/busybox sh\n" + (here / "systemctl.sh").read_bytes(), 0o755)
        more.add("usr/bin/sh", "busybox", link=True)
        more.add("etc/passwd", "root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n")
        more.add("etc/group", "root:x:0:\nnogroup:x:65534:\n")
        more.add("etc/os-release", f"ID=debian\nVERSION_ID=\"12\"\nVERSION_CODENAME={image.SUITE}\n")
        for name, data in requests.items():
            more.add(f"guest/requests/{name}", data)
        self.initial.write_bytes(self.system.read_bytes() + more.end())

    def platform(self):
        """Return what the machine says of itself, and of its Python; find out how it can run here."""
        self.lay_out({})
        for self.accelerator, patience in ACCELERATORS.items():
            try:
                with self.disk.served(), self.start() as machine:
                    return machine.wait_for("end", patience=patience)[-1]
            except OSError:
                if self.accelerator == "tcg":
                    raise
        raise AssertionError


def application(folder, told):
    """Return the manifests of an application's releases, and the requests that a controller sends, for a machine that told this of itself."""
    (folder / "wheelhouse").mkdir()
    store = Store(folder / "wheelhouse")
    bytecode = told["version"].split()[0].rpartition(".")[0] == "{0}.{1}".format(*sys.version_info)
    lib = store.wheel("lib", files={"lib/__init__.py": "y = 1\n", **{f"lib/data{number}.txt": _noise(number) for number in range(60)}}, bytecode=bytecode)
    manifests, requests = [], {}
    for number in range(RELEASES):
        own = {f"shop/part{part}.py": f"text = '''{_noise(part * 100 + number)}'''\n" for part in range(25)}
        shop = store.wheel(version=str(number), files={"shop/__init__.py": f"version = {number}\n", **own}, bytecode=bytecode, project=True)
        manifests.append(store.manifest(lib, shop, platform=told["platform"]))
    for number, manifest in enumerate(manifests):
        release = {"root": ROOT, "app": "shop", "release": manifest_id(manifest), "keep": 2}
        for name, more in (("deploy", {}), ("waiting", {"confirm": 3600})):
            calls = [{"op": "stage", "root": ROOT, "app": "shop", "manifest": manifest, "stream": "-"}, {"op": "activate", **release, **more}]
            requests[f"{name}-{number}"] = payload.request("agent", calls) + store.tar(manifest, only=places(manifest)).read()
        requests[f"confirm-{number}"] = payload.request("agent", [{"op": "confirm", **release}])
    requests["rollback"] = payload.request("agent", [{"op": "rollback", "root": ROOT, "app": "shop"}])
    requests["command"] = payload.command("python3")
    requests["manifests.json"] = json.dumps(manifests)
    return [manifest_id(manifest) for manifest in manifests], requests


def _noise(seed):
    chance = random.Random(seed)
    return "".join(chance.choices("abcdefghijklmnopqrstuvwxyz\n", k=chance.randrange(100, 20000)))


class Ledger:
    """What the host said is done, and so must still be so after the power was cut."""

    def __init__(self, ids):
        self.ids = ids
        self.may_be = {None}  # active

    def take_down(self, told):
        """Take down what the machine told; return what of it can't be."""
        wrong = []
        for word in told:
            if word["at"] in ("up", "elapsed") and word["current"] not in self.may_be:
                wrong.append(f"{word['current']} is active ({word['at']}), not one of {self.may_be}")
            if word["at"] == "begin":
                self.may_be |= set(self.ids if word["request"] == "rollback" else [self.ids[int(word["request"].rpartition("-")[2])]])
            elif word["at"] in ("done", "elapsed"):
                self.may_be = {word["current"]}
        return wrong


@pytest.mark.parametrize("filesystem", sorted(MAKE))
def test_power_is_cut(filesystem, tmp_path, record_property):
    power = Power(tmp_path, filesystem)
    ids, requests = application(tmp_path, power.platform())
    power.lay_out(requests)
    ledger = Ledger(ids)
    broken, helped, looks, waited = [], [], 0, 0
    for number in range(CUTS + 1):
        last = number == CUTS
        with power.disk.served(), power.start("look" if last else "deploy") as machine:
            look = last or number == 0 or random.random() < 0.8  # else it is cut while it looks, or is put right
            told = machine.wait_for("looked" if look else "up", "end")
            looks += told[-1]["at"] == "looked"
            if told[-1]["at"] != "end":
                told += machine.wait_for("end") if last else machine.cut_power(random.uniform(0, LONGEST))
        broken += [f"cut {number}: {text}" for text in ledger.take_down(told)]
        for word in told:
            broken += [f"cut {number}: {text}" for text in word.get("broken", ())]
            helped += [f"cut {number}: {text}" for text in word.get("helped", ())]
            helped += [f"cut {number}: {word['request']}: {word['error']}"] if word.get("error") else []
            waited += word["at"] == "elapsed" or word["at"] == "done" and word["request"].startswith("waiting")
    record_property("count", (f"power cuts on {filesystem}", CUTS))
    record_property("count", ("looks", looks))
    record_property("count", ("starts with a clock a year off", power.wrong_clocks))
    record_property("count", ("confirmations, or the lack of one", waited))
    record_property("count", ("sectors lost", power.disk.lost))
    record_property("count", ("broken", len(broken)))
    record_property("count", ("re-runs that needed help", len(helped)))
    assert not broken + helped, "\n".join(broken + helped)
    assert power.disk.flushes and (power.disk.lost or filesystem == "nfs"), "the disk has no cache"  # this server flushes before it answers
