# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""File systems that a test mounts."""
import contextlib
import os
import subprocess
import time

import pytest

LARGE = "size=100m,nr_inodes=10000"
ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts")


class Mount:
    """A file system in memory."""

    def __init__(self, path):
        self.path = str(path)
        os.makedirs(self.path, exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", LARGE, "tmpfs", self.path], check=True)

    def resize(self, options):
        subprocess.run(["mount", "-o", "remount," + options, self.path], check=True)

    def leave(self, kind, number):
        """Leave so many blocks or inodes free."""
        at = os.statvfs(self.path)
        if kind == "blocks":
            self.resize("size={0}".format((at.f_blocks - at.f_bfree + number) * at.f_frsize))
        else:
            self.resize("nr_inodes={0}".format(at.f_files - at.f_ffree + number))

    def gone(self):
        subprocess.run(["umount", "-l", self.path], check=True)


@contextlib.contextmanager
def read_only(root):
    """Let what is below ``root`` be read only: for all who come to it by its path, as a remount does, though files are open for writing."""
    subprocess.run(["mount", "--bind", root, root], check=True)
    try:
        deadline = time.monotonic() + 30
        while subprocess.run(["mount", "-o", "remount,ro,bind", root], check=False, stderr=subprocess.DEVNULL).returncode:
            assert time.monotonic() < deadline, "somebody goes on writing there"  # what was discarded is being removed
        yield
    finally:
        subprocess.run(["umount", "-l", root], check=True)
