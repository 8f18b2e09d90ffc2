# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs in the virtual machine: look at what the last power cut left, run once more, look again, and then deploy until the power is cut.

What it does is what a controller asks for, byte by byte; each request lies in ``/guest/requests``.
"""
import glob
import json
import os
import random
import shlex
import subprocess
import sys
import traceback

sys.path.insert(0, "/guest")
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent import history, units  # pylint: disable=wrong-import-position
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.layout import Layout  # pylint: disable=wrong-import-position
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common import channel, platform  # pylint: disable=wrong-import-position

ROOT = "/data/wheelhouse"
WORK = "/guest/requests"
LAYOUT = Layout(ROOT)


def tell(at, **more):
    """Tell the test, which reads the console."""
    os.write(1, ("power: " + json.dumps(dict({"at": at}, **more)) + "\n").encode())


def carry_out(name):
    """Carry out a request; return what its last call returned, and the error that it ended with, or None."""
    with open(os.path.join(WORK, "command")) as stream:
        command = stream.read()
    with open(os.path.join(WORK, name), "rb") as stream:
        ran = subprocess.run(command, shell=True, stdin=stream, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    for line in ran.stdout.decode("utf-8", "replace").splitlines():
        if line.startswith(channel.MARK):
            reply = json.loads(line[len(channel.MARK):])
            return (reply["results"] or [None])[-1], reply.get("error")
    return None, ran.stdout.decode("utf-8", "replace")


def current():
    return LAYOUT.current_release("shop")


def forgotten():
    """Return why what waits for its confirmation would wait for ever."""
    waits = (history.read_activating(LAYOUT, "shop") or {}).get("confirm")
    return ["a release waits for its confirmation, and no timer is enabled"] if waits and not timers() else []


def timers():
    """Return the timers that systemd would start after a boot."""
    return [path for path in glob.glob(units.UNITS + "/timers.target.wants/*.timer") if os.path.exists(path)]


def elapse():
    """Do what systemd does when the enabled timers elapse; return what it did not put right."""
    wrong, final = [], current()
    pending = history.read_activating(LAYOUT, "shop")
    if pending and pending.get("confirm") and not history.is_done(LAYOUT, "shop", pending):
        final = pending["from"]
        history.amend_activating(LAYOUT, "shop", since=["", 0])  # the time is over
    for timer in timers():
        service = timer.replace("timers.target.wants/", "").replace(".timer", ".service")
        with open(service) as stream:
            words = [line.partition("=")[2] for line in stream if line.startswith("ExecStart=")]
        ran = subprocess.run(shlex.split(words[0]), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        wrong += [] if ran.returncode == 0 else ["the timer failed: " + ran.stdout.decode("utf-8", "replace")]
    wrong += [] if current() == final else ["{0} is active, not {1}, which was before".format(current(), final)]
    return wrong + ["a timer is left: {0}".format(timer) for timer in timers()]


def deploy(number, confirm=False):
    """Deploy the release of that number, with ``confirm`` as a controller does that waits for a confirmation; return the error, if any."""
    name = "{0}-{1}".format("waiting" if confirm else "deploy", number)
    tell("begin", request=name)
    done, error = carry_out(name)
    if not error and done.get("confirm"):
        error = carry_out("confirm-{0}".format(number))[1]
    tell("done", request=name, current=current(), error=error)
    return error


def take_back(number):
    """Deploy the release of that number, and let nobody confirm it."""
    before = current()
    tell("begin", request="waiting-{0}".format(number))
    error = carry_out("waiting-{0}".format(number))[1]
    wrong = elapse() + (["{0} is active, not {1}".format(current(), before)] if current() != before else [])
    tell("done", request="waiting-{0}".format(number), current=current(), error=error or "; ".join(wrong) or None)


def main(task, seed):
    from ansible_collections.nogcc.wheelhouse.tests.faults import looking  # pylint: disable=import-outside-toplevel
    with open(os.path.join(WORK, "manifests.json")) as stream:
        manifests = json.load(stream)
    chance = random.Random(seed)
    if chance.random() < 0.5:  # as on a host whose memory is wanted by others: what is written goes to the disk soon, in any order
        for name in ("dirty_writeback_centisecs", "dirty_expire_centisecs"):
            with open("/proc/sys/vm/" + name, "w") as stream:
                stream.write("5")
    tell("up", current=current(), broken=looking.broken(ROOT, manifests) + forgotten())
    if chance.random() < 0.5:  # before anybody comes
        wrong = elapse()
        tell("elapsed", current=current(), broken=wrong + looking.broken(ROOT, manifests))
    target = chance.randrange(len(manifests))
    error = deploy(target, confirm=chance.random() < 0.5)
    tell("looked", helped=[] if error else looking.unfinished(ROOT, manifests, target) + timers(), current=current())
    while task == "deploy":
        number, dice = chance.randrange(len(manifests)), chance.random()
        if dice < 0.25:
            tell("begin", request="rollback")
            carry_out("rollback")  # there may be none to go back to
            tell("done", request="rollback", current=current())
        elif dice < 0.35:
            take_back(number)
        else:
            deploy(number, confirm=dice < 0.7)
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
