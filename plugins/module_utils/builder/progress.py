# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How far a job has come (see job.py): written by the job, read by whoever asks. Asked often, so that little is imported for it."""
import contextlib
import errno
import json
import os
import threading
import time

from ..common.errors import WheelhouseError
from ..common.files import canonical_json
from .exclusive import is_held
from .hints import last_lines

_MOMENT = 2.5  # seconds; to be asked costs the host a tenth of a second or two
_LOOK = 0.02  # seconds from one look at the job's files to the next


class Progress:
    """Appends one JSON object a line; called from several threads."""

    def __init__(self, path):
        self.stream = open(path, "ab", buffering=0)  # pylint: disable=consider-using-with
        self.lock = threading.Lock()

    def say(self, text):
        with contextlib.suppress(OSError):  # a disk that is full for a moment: what is built matters, and not that it is told
            self._write({"text": text})

    def made_lock(self, lock):
        self._write({"build_lock": lock})

    def _write(self, line):
        data = canonical_json(line) + b"\n"
        with self.lock:
            end = os.fstat(self.stream.fileno()).st_size
            written = self.stream.write(data)  # all of it, or on a full disk the beginning, or it raises
            if written != len(data):
                self.stream.truncate(end)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), self.stream.name)


def poll(root, job, offset=0, wait=0):
    """Return ``{"lines": [{"text"} or {"build_lock"}], "offset", "alive", "result"}``: the progress since ``offset`` (bytes), the result or None.

    Waits up to ``wait`` seconds for something new, and a moment longer for what comes soon after it. Raises WheelhouseError when the job
    ended without a result.
    """
    folder = os.path.join(root, "jobs", os.path.basename(job))
    if not os.path.isdir(folder):
        raise WheelhouseError("there is no job {0} on the build host".format(job), hint="run again")
    until = time.monotonic() + wait
    while True:
        alive = is_held(os.path.join(folder, "running"))  # asked first: a result may come between two looks
        result = _read_result(folder)
        lines, end = _read_lines(os.path.join(folder, "progress.jsonl"), offset)
        if result is None and not alive:
            raise WheelhouseError("the build ended without a result: it was killed, or the host restarted",
                                  hint="run again: it goes on from what was finished", log=_log_tail(folder))
        now = time.monotonic()
        if result is not None or now >= until:
            return {"lines": lines, "offset": end, "alive": alive, "result": result}
        if lines:
            until = min(until, now + _MOMENT)
        time.sleep(_LOOK)


def _read_lines(path, offset):
    try:
        with open(path, "rb") as stream:
            stream.seek(offset)
            whole = stream.read().rpartition(b"\n")
    except FileNotFoundError:
        return [], offset
    lines = [json.loads(line.decode("utf-8")) for line in whole[0].split(b"\n") if line]
    return lines, offset + len(whole[0]) + len(whole[1])


def _read_result(folder):
    try:
        with open(os.path.join(folder, "result.json"), encoding="utf-8") as stream:
            return json.load(stream)
    except FileNotFoundError:
        return None


def _log_tail(folder):
    try:
        with open(os.path.join(folder, "log"), encoding="utf-8", errors="replace") as stream:
            return last_lines(stream.read())
    except OSError:
        return ""
