# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Several processes for work that one interpreter lock would slow down.

The items are known beforehand; the parent hands out their numbers as they become ready, through one pipe from which
whichever worker is free reads the next. A worker whose parent died reads the end of the pipe, and ends.
"""
import json
import os
import pickle
import signal
import struct
import traceback

from ..common.errors import WheelhouseError

_NUMBER = struct.Struct("=I")


def processors():
    """Return on how many processors we may run."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


class Workers:
    """Run ``work(item)``, for its side effects, on each submitted item; a context manager that waits for all."""

    def __init__(self, work, items, count=None):
        self.work = work
        self.items = items
        self.count = min(count or min(processors(), 8), len(items))
        self.children = []

    def __enter__(self):
        tasks, self.feed = os.pipe()
        os.set_inheritable(self.feed, False)
        try:
            for _unused in range(self.count):
                self.children.append(self._fork(tasks))
        finally:
            os.close(tasks)
        return self

    def __exit__(self, kind, error, trace):
        if kind is not None:  # nobody will look at the rest of the work
            for pid, results in self.children:
                os.kill(pid, signal.SIGKILL)
        self.finish()

    def submit(self, number):
        """Hand out the item of that number."""
        os.write(self.feed, _NUMBER.pack(number))

    def finish(self):
        """Wait for the workers; return ``{number: None, or the error as a dictionary}`` of all that was handed out."""
        if self.feed is not None:
            os.close(self.feed)
            self.feed = None
        outcome = {}
        while self.children:
            pid, results = self.children.pop()
            with os.fdopen(results, "rb") as stream:
                for line in stream:
                    if line.endswith(b"\n"):
                        outcome.update((int(number), error) for number, error in json.loads(line.decode("utf-8")).items())
            status = os.waitpid(pid, 0)[1]
            if status:
                outcome[-pid] = WheelhouseError(
                    "a process that was unpacking ended with status {0}".format(status),
                    hint="if it was signal 9, the host may be out of memory").as_dict()
        return outcome

    def _fork(self, tasks):
        results, reply = os.pipe()
        pid = os.fork()
        if pid:
            os.close(reply)
            return pid, results
        status = 1
        try:
            os.close(self.feed)
            os.close(results)
            self._serve(tasks, reply)
            status = 0
        finally:
            os._exit(status)  # never back into the parent's code, nor its buffers

    def _serve(self, tasks, reply):
        while True:
            data = os.read(tasks, _NUMBER.size)
            if not data:
                return
            number = _NUMBER.unpack(data)[0]
            error = None
            try:
                self.work(self.items[number])
            except WheelhouseError as failed:
                error = failed.as_dict()
            except OSError as failed:
                error = WheelhouseError("unpacking failed: {0}".format(failed)).as_dict()
            except Exception as failed:  # the parent tells it on, with where it came from
                error = WheelhouseError("unexpected {0}: {1}".format(type(failed).__name__, failed),
                                        log=traceback.format_exc()[-4000:]).as_dict()
            os.write(reply, json.dumps({number: error}).encode("utf-8") + b"\n")


def spread(work, items):
    """Return ``[work(item), ...]`` for all items, worked out by all processors; what ``work`` returns can be pickled.

    Raises WheelhouseError when a process ended before its time.
    """
    count = min(processors(), len(items))
    children = [_part(work, items[number::count]) for number in range(count)]
    results = [None] * len(items)
    broken = []
    for number, (pid, reply) in enumerate(children):
        with os.fdopen(reply, "rb") as stream:
            data = stream.read()
        status = os.waitpid(pid, 0)[1]
        if status:
            broken.append(status)
        else:
            results[number::count] = pickle.loads(data)
    if broken:
        raise WheelhouseError("a process that was reading files ended with status {0}".format(broken[0]),
                              hint="if it was signal 9, the host may be out of memory")
    return results


def _part(work, items):
    reply, results = os.pipe()
    pid = os.fork()
    if pid:
        os.close(results)
        return pid, reply
    status = 1
    try:
        os.close(reply)
        with os.fdopen(results, "wb") as stream:
            pickle.dump([work(item) for item in items], stream)
        status = 0
    finally:
        os._exit(status)
