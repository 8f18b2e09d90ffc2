# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A machine that was started anew but kept its /run, which podman expects a start to empty.

Podman then takes containers, addresses and mounts of the past for present ones and fails at every command.
"""
import os
import pathlib
import re
import shutil

FOLDERS = ("/run/libpod", "/run/containers", "/run/runc")
ALIVE = pathlib.Path("/run/libpod/alive")  # podman writes it once after each start of the machine


def _started(process=1):
    """Return when the process started, in seconds since the epoch."""
    booted = int(re.search(r"^btime (\d+)$", pathlib.Path("/proc/stat").read_text(), re.MULTILINE).group(1))
    after_name = pathlib.Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return booted + int(after_name[19]) / os.sysconf("SC_CLK_TCK")


def is_stale():
    """Say whether podman's notes are older than the first process of the machine."""
    return ALIVE.exists() and ALIVE.stat().st_mtime < _started() - 1


def forget():
    """Remove what a start of the machine should have removed; containers and images are elsewhere and stay."""
    for folder in filter(os.path.isdir, FOLDERS):
        shutil.rmtree(folder)
