# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How far this run of Ansible has come, for all of its workers: what was learnt of a host before may be old by now."""
from __future__ import annotations

import os
import time

from ansible import constants as C

#: Seconds for which a host's status is taken for what is there now, as long as the run has only looked: a fleet of any usual size is seen in them.
FRESH = 120

_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)  # goes on while the machine sleeps, and is never set


def now() -> dict:
    """Return the moment, for ``is_of_this_run`` and ``is_fresh``: which run this is, how often it began to change something, and the time."""
    return {"run": os.path.basename(C.DEFAULT_LOCAL_TMP), "works": _works(), "at": time.clock_gettime(_CLOCK)}


def begin_work() -> None:
    """Note, for all workers of the run, that it begins to change something, or to wait for a build."""
    os.makedirs(C.DEFAULT_LOCAL_TMP, mode=0o700, exist_ok=True)
    with open(_path(), "ab") as stream:
        stream.write(b".")


def is_of_this_run(moment: dict | None) -> bool:
    """Tell whether a ``moment`` was one of this run; facts may be kept from run to run."""
    return isinstance(moment, dict) and moment.get("run") == now()["run"]


def is_fresh(moment: dict | None) -> bool:
    """Tell whether this run has only looked since that ``moment``, and not for long."""
    present = now()
    return is_of_this_run(moment) and moment["works"] == present["works"] and 0 <= present["at"] - moment["at"] < FRESH


def _path() -> str:
    return os.path.join(C.DEFAULT_LOCAL_TMP, "wheelhouse.work")  # Ansible removes the folder when the run ends


def _works() -> int:
    try:
        return os.stat(_path()).st_size
    except FileNotFoundError:
        return 0
