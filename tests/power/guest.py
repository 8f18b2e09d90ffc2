# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs in the virtual machine: look at what the last power cut left, run once more, look again, and then deploy until the power is cut.

What it does is what a controller asks for, byte by byte; each request lies in ``/guest/requests``.
"""
import glob
import json
import os
import random
import subprocess
import sys
import traceback

sys.path.insert(0, "/guest")
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.layout import Layout  # pylint: disable=wrong-import-position
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common import channel, platform  # pylint: disable=wrong-import-position

ROOT = "/data/wheelhouse"
WORK = "/guest/requests"


def tell(at, **more):
    """Tell the test, which reads the console."""
    os.write(1, ("power: " + json.dumps(dict({"at": at}, **more)) + "\n").encode())


def carry_out(name):
    """Carry out a request; return the error that it ended with, or None."""
    with open(os.path.join(WORK, "command")) as stream:
        command = stream.read()
    with open(os.path.join(WORK, name), "rb") as stream:
        ran = subprocess.run(command, shell=True, stdin=stream, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    for line in ran.stdout.decode("utf-8", "replace").splitlines():
        if line.startswith(channel.MARK):
            return json.loads(line[len(channel.MARK):]).get("error")
    return ran.stdout.decode("utf-8", "replace")


def current():
    return Layout(ROOT).current_release("shop")


def main(task, seed):
    from ansible_collections.nogcc.wheelhouse.tests.faults import looking  # pylint: disable=import-outside-toplevel
    with open(os.path.join(WORK, "manifests.json")) as stream:
        manifests = json.load(stream)
    chance = random.Random(seed)
    if chance.random() < 0.5:  # as on a host whose memory is wanted by others: what is written goes to the disk soon, in any order
        for name in ("dirty_writeback_centisecs", "dirty_expire_centisecs"):
            with open("/proc/sys/vm/" + name, "w") as stream:
                stream.write("5")
    tell("up", current=current())
    broken = looking.broken(ROOT, manifests)
    target = chance.randrange(len(manifests))
    error = carry_out("deploy-{0}".format(target))
    helped = [str(error)] if error else looking.unfinished(ROOT, manifests, target)
    tell("looked", broken=broken, helped=helped, current=current())
    while task == "deploy":
        name = "rollback" if chance.random() < 0.25 else "deploy-{0}".format(chance.randrange(len(manifests)))
        tell("begin", request=name)
        error = carry_out(name)
        tell("done", request=name, current=current(), error=error)
    tell("end")


if __name__ == "__main__":
    os.environ["PATH"] = "/usr/bin:/bin"
    try:
        if glob.glob(os.path.join(WORK, "deploy-*")):
            main(*sys.argv[1:])
        else:
            tell("end", platform=platform.describe(), version=sys.version)
    except BaseException:  # pylint: disable=broad-except
        tell("end", broken=[traceback.format_exc()])
