# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One worker of the controller after another: Ansible runs the same action for several hosts at the same time."""
from __future__ import annotations

import contextlib
import fcntl
import os


@contextlib.contextmanager
def alone_in(folder: str):
    """Hold a lock on ``folder`` during the block; the kernel gives it back however the holder ends."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
