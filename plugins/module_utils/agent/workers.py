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

from ..common.channel import MORE_MEMORY
from ..common.errors import WheelhouseError, from_dict

_NUMBER = struct.Struct("=I")


def processors():
    """Return on how many processors we may run."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


def usual_count():
    """Return how many processes work at once when nobody says how many."""
    return min(processors(), 8)


class Workers:
    """Run ``work(item)``, for its side effects, on each submitted item; a context manager that waits for all."""

    def __init__(self, work, items, count=None):
        self.work = work
        self.items = items
        self.count = min(count or usual_count(), len(items))
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
        try:
            os.write(self.feed, _NUMBER.pack(number))
        except BrokenPipeError:
            pass  # no worker lives: finish() tells what they ended with

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
                outcome[-pid] = _ended("unpacking", status).as_dict()
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
            except Exception as failed:  # the parent tells it on
                error = _described("unpacking", failed)
            os.write(reply, json.dumps({number: error}).encode("utf-8") + b"\n")


def spread(work, items):
    """Return ``[work(item), ...]`` for all items, worked out by all processors; what ``work`` returns can be pickled.

    Raises WheelhouseError when it fails for one of them, or a process ended before its time.
    """
    count = min(processors(), len(items))
    children = [_part(work, items[number::count]) for number in range(count)]
    results = [None] * len(items)
    problems = []
    for number, (pid, reply) in enumerate(children):
        with os.fdopen(reply, "rb") as stream:
            data = stream.read()
        status = os.waitpid(pid, 0)[1]
        found, error = (None, _ended("reading files", status).as_dict()) if status else pickle.loads(data)
        if error:
            problems.append(error)
        else:
            results[number::count] = found
    if problems:
        raise from_dict(problems[0])
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
            try:
                found = [work(item) for item in items], None
            except Exception as failed:  # the parent tells it on
                found = None, _described("reading files", failed)
            pickle.dump(found, stream)
        status = 0
    finally:
        os._exit(status)


def _described(doing, failed):
    """Return an exception that is being handled as a dictionary; one that nobody expected, with where it came from."""
    if isinstance(failed, WheelhouseError):
        return failed.as_dict()
    if isinstance(failed, OSError):
        return WheelhouseError("{0} failed: {1}".format(doing, failed)).as_dict()
    if isinstance(failed, MemoryError):
        return WheelhouseError("there was not enough memory for {0}".format(doing), hint=MORE_MEMORY).as_dict()
    return WheelhouseError("unexpected {0}: {1}".format(type(failed).__name__, failed), log=traceback.format_exc()[-4000:]).as_dict()


def _ended(doing, status):
    """Return the error of a process that ended with what os.waitpid says of it."""
    if os.WIFSIGNALED(status):
        how = "was ended by signal {0}".format(os.WTERMSIG(status))
    else:
        how = "ended with status {0}".format(os.WEXITSTATUS(status))
    memory = not os.WIFSIGNALED(status) or os.WTERMSIG(status) == signal.SIGKILL  # whatever else can go wrong it would have told
    return WheelhouseError("a process that was {0} {1}".format(doing, how), hint="if it was for want of memory, " + MORE_MEMORY if memory else "")
