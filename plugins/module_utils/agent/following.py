# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Wait for a child process, and for nothing else: what it started may go on for ever, with the child's output still open."""
import contextlib
import os
import signal
import subprocess
import threading
import time

LOOK = 0.05  # seconds between looks at a child whose output stays open
LINGER = 2.0  # seconds for what a child that has ended wrote last
MOST = 16 << 20  # bytes of output that are kept; what comes later is read and forgotten


def follow(process, timeout, given=b""):
    """Give ``process``, a Popen with pipes that leads a session, ``given``; return (what it wrote to each pipe, whether it ended in time).

    After ``timeout`` seconds it is killed, with its session. What has a session of its own is neither waited for nor killed.
    """
    if process.stdin:
        threading.Thread(target=_feed, args=(process.stdin, given), daemon=True).start()
    readers = [_Reader(stream) for stream in (process.stdout, process.stderr) if stream]
    deadline = time.monotonic() + timeout
    while process.poll() is None and time.monotonic() < deadline:
        if readers[0].is_alive():
            readers[0].join(LOOK)
        else:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0, deadline - time.monotonic()))
    ended = process.poll() is not None
    if not ended:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    return [reader.result() for reader in readers], ended


def _feed(stream, data):
    try:
        with stream:
            stream.write(data)
    except OSError:
        pass  # it ended before it had read all


class _Reader(threading.Thread):
    """Reads a pipe until it is closed, or until nobody wants to know any more."""

    def __init__(self, stream):
        super().__init__(daemon=True)
        self.stream = stream
        self.data = b""
        self.start()

    def run(self):
        for part in iter(lambda: os.read(self.stream.fileno(), 1 << 16), b""):
            if len(self.data) < MOST:
                self.data += part

    def result(self):
        """Return what has come."""
        self.join(LINGER)
        return self.data
