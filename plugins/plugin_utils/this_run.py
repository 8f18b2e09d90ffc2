# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the workers of this run of Ansible tell each other: how far it has come, for what was learnt of a host may be old by now, and what is known."""
from __future__ import annotations

import contextlib
import hashlib
import json
import os
import time
from collections.abc import Callable

from ansible import constants as C

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.files import temporary_file

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


def known(kind: str, text: str, find_out: Callable[[str], dict]) -> dict:
    """Return what ``find_out(text)`` returns, which is JSON, or what a worker of this run left that found out before.

    For what takes longer than reading it, and follows from its ``kind`` and the text alone. An error is not kept.
    """
    path = os.path.join(C.DEFAULT_LOCAL_TMP, "wheelhouse.known", f"{kind}-{hashlib.sha256(text.encode()).hexdigest()}.json")
    try:
        with open(path, encoding="utf-8") as stream:
            return json.load(stream)
    except OSError:
        pass
    found = find_out(text)
    with contextlib.suppress(OSError), temporary_file(path, 0o600, durable=False) as stream:  # the next one finds out for itself
        stream.write(json.dumps(found).encode())
    return found


def _path() -> str:
    return os.path.join(C.DEFAULT_LOCAL_TMP, "wheelhouse.work")  # Ansible removes the folder when the run ends


def _works() -> int:
    try:
        return os.stat(_path()).st_size
    except FileNotFoundError:
        return 0
