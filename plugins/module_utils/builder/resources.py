# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How many builds at once, and how many processes each: what the processors and the memory of this host can bear."""
import os

JOB = 1 << 30  # bytes of memory that one compiler is expected to take
_V1 = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
_V2 = ("memory.max", "memory.current", "inactive_file")


def share(waiting, processors, memory, wanted=None):
    """Return (builds at once, processes of each) for ``waiting`` builds, and what may have to be built for them.

    ``memory`` is in bytes, or None when nobody knows; ``wanted`` is how many builds at once the user asks for, or None.
    """
    total = processors if memory is None else max(1, min(processors, memory // JOB))
    builds = wanted or total
    return builds, max(1, total // max(1, min(waiting, builds)))


def processors():
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def available_memory(proc="/proc", cgroups="/sys/fs/cgroup"):
    """Return how many bytes of memory may still be taken, by the host's account and its control groups'; None when unknown."""
    found = [_host_memory(os.path.join(proc, "meminfo"))]
    for controllers, path in _groups(os.path.join(proc, "self", "cgroup")):
        if controllers == "":
            found += _room_above(cgroups, path, _V2)
        elif "memory" in controllers.split(","):
            found += _room_above(os.path.join(cgroups, "memory"), path, _V1)
    known = [room for room in found if room is not None]
    return min(known) if known else None


def _host_memory(path):
    for line in _read(path).splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) << 10
    return None


def _groups(path):
    """Yield (controllers, path) of each line of ``/proc/self/cgroup`` (cgroups(7))."""
    for line in _read(path).splitlines():
        parts = line.split(":", 2)
        if len(parts) == 3:
            yield parts[1], parts[2]


def _room_above(mount, path, names):
    """Return the room in the group at ``path`` and in each one above it; a container may see only the one at ``mount``."""
    found, parts = [], [part for part in path.split("/") if part not in ("", "..")]
    for depth in range(len(parts) + 1):
        found.append(_room(os.path.join(mount, *parts[:depth]), *names))
    return found


def _room(folder, limit, usage, reclaimable):
    """Return limit - usage in bytes; the page cache that is not in use counts as free. None when there is no limit."""
    limit, usage = (_read(os.path.join(folder, name)).strip() for name in (limit, usage))
    if not limit.isdigit() or not usage.isdigit():
        return None
    cache = next((int(line.split()[1]) for line in _read(os.path.join(folder, "memory.stat")).splitlines()
                  if line.startswith(reclaimable + " ")), 0)
    return max(0, int(limit) - max(0, int(usage) - cache))


def _read(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            return stream.read()
    except OSError:
        return ""
