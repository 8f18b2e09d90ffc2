# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Two who work on one host at the same time: the one is held at a named step while the other one comes."""
import contextlib
import os

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common import steps


class Child:
    """A process that carries out ``work``, and waits when it comes to the step ``at`` for the first time until it is told to go on."""

    def __init__(self, work, at):
        self.at = at
        self.arrived, arrived = os.pipe()
        going, self.going = os.pipe()
        self.said, said = os.pipe()
        self.pid = os.fork()
        if not self.pid:
            text = "it did not end"
            try:
                for handle in (self.arrived, self.going, self.said):
                    os.close(handle)
                steps.hook = self._hook(arrived, going)
                work()
                text = "done"
            except Exception as error:
                text = str(error)
            finally:
                os.write(said, text.encode("utf-8"))
                os._exit(0)
        for handle in (arrived, going, said):
            os.close(handle)

    def _hook(self, arrived, going):
        def hook(name):
            if name == self.at:
                steps.hook = None
                os.write(arrived, b"!")
                os.read(going, 1)
        return hook

    def wait(self):
        """Return when the process has come to its step, where it stays."""
        assert os.read(self.arrived, 1) == b"!", "it never came to the step {0}: {1}".format(self.at, self.end())
        return self

    def end(self):
        """Have the process go on; return, when it has ended, "done" or its error."""
        with contextlib.suppress(BrokenPipeError):  # it ended before
            os.write(self.going, b"!")
        text = os.read(self.said, 1 << 16).decode("utf-8")
        for handle in (self.arrived, self.going, self.said):
            os.close(handle)
        os.waitpid(self.pid, 0)
        return text
