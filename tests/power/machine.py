# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A virtual machine of qemu, started, listened to and ended without a warning; emulated where the kernel offers nothing better."""
import contextlib
import json
import queue
import subprocess
import threading
import time

_MARK = b"power: "
ACCELERATORS = {"kvm": 30, "tcg": 600}  # and seconds to start with it; the better first, the second one works everywhere
PROCESSOR = "max,arch-capabilities=off"  # a machine that is a virtual one itself may not hand these on
PATIENCE = 900  # seconds for one word of the machine: an emulated one is slow


class Machine:
    """A machine that runs, with help of ``accelerator``; ``disk`` (see disk.py) is its only one, ``said`` what it wrote on its console.

    ``clock`` is the time that it takes for now, as ``2026-01-31T12:00:00``.
    """

    def __init__(self, accelerator, kernel, system, disk, filesystem, task, seed, clock):
        arguments = f"console=ttyS0 quiet panic=-1 fs={filesystem} task={task} seed={seed}"
        command = ["qemu-system-x86_64", "-accel", accelerator, "-cpu", PROCESSOR, "-m", "1024", "-smp", "2", "-nodefaults", "-no-user-config",
                   "-display", "none", "-serial", "stdio", "-no-reboot", "-rtc", f"base={clock}", "-kernel", str(kernel), "-initrd", str(system),
                   "-append", arguments,
                   "-drive", f"file=nbd+unix:///?socket={disk.address},if=none,id=disk,format=raw,cache=writeback",
                   "-device", "virtio-blk-pci,drive=disk"]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.said = []
        self.news = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        for line in self.process.stdout:
            self.said.append(line.decode("utf-8", "replace").rstrip())
            mark = line.find(_MARK)
            if mark >= 0:
                with contextlib.suppress(ValueError):  # the power was cut in the middle of a word
                    self.news.put(json.loads(line[mark + len(_MARK):]))
        self.news.put({"at": "off"})

    def wait_for(self, *ats, patience=PATIENCE):
        """Return what the machine tells until it says one of ``ats``, that word included.

        Raises OSError when it says nothing for ``patience`` seconds, or ends.
        """
        found = []
        while not found or found[-1]["at"] not in ats:
            try:
                found.append(self.news.get(timeout=patience))
            except queue.Empty:
                found.append({"at": "off"})
            if found[-1]["at"] == "off" and "off" not in ats:
                raise OSError("the virtual machine ended, or hung; its last lines:\n" + "\n".join(self.said[-25:]))
        return found

    def cut_power(self, seconds=0.0):
        """End it after so many seconds, as a power cut does; return what it told meanwhile."""
        time.sleep(seconds)
        self.process.kill()
        self.process.wait()
        return self.wait_for("off")


@contextlib.contextmanager
def running(*arguments):
    """Have a Machine for the length of the block."""
    machine = Machine(*arguments)
    try:
        yield machine
    finally:
        machine.process.kill()
        machine.process.wait()
