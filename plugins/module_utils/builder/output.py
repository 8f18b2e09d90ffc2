# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Follow a process: its output goes to a log that does not grow for ever."""
import os
import select
import subprocess
import time

LIMIT = 16 << 20  # bytes of a log
KEPT = 1 << 20    # bytes at each end of one that grew past that
_CHUNK = 1 << 16


def follow(process, reader, log, seconds):
    """Append what comes from the pipe ``reader`` to the binary file ``log`` until ``process`` ends; False when that takes too long.

    ``seconds`` is what it may take. A daemon that keeps the pipe open is not waited for.
    """
    until = time.monotonic() + seconds
    poller = select.poll()
    poller.register(reader, select.POLLIN)
    more = True
    while process.poll() is None:
        left = until - time.monotonic()
        if left <= 0:
            return False
        if not more:
            try:
                process.wait(left)
            except subprocess.TimeoutExpired:
                return False
        elif poller.poll(min(left, 0.2) * 1000):
            more = _copy(reader, log)
    copied = 0
    while more and copied < KEPT and poller.poll(0):  # what was still in the pipe
        more, copied = _copy(reader, log), copied + _CHUNK
    return True


def _copy(reader, log):
    """Copy one piece; return whether there may be more."""
    data = os.read(reader, _CHUNK)
    log.seek(0, os.SEEK_END)
    if log.tell() + len(data) > LIMIT:
        _shorten(log)
    log.write(data)
    log.flush()
    return bool(data)


def _shorten(log):
    """Cut the middle out of the log."""
    with open(log.name, "rb") as stream:
        stream.seek(-KEPT, os.SEEK_END)
        end = stream.read()
    log.truncate(KEPT)
    log.seek(0, os.SEEK_END)
    log.write(b"\n[its output was longer than %d MB: the middle is left out]\n" % (LIMIT >> 20) + end)
