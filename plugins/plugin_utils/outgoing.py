# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The tar of what hosts lack: made once for all that lack the same, shared by Ansible's workers, gone when the last has sent it."""
from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import random
import re
import time
from collections.abc import Callable

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.files import canonical_json
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.steps import step
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.unfinished import sweep, temporary_folder

_LOCK = re.compile("[0-9a-f]{16}[.]tar[.]lock")


@contextlib.contextmanager
def shared_tar(folder: str, files: dict[str, tuple[str, int]], write: Callable[[str], None]):
    """Give the path of a tar of ``files`` (place to SHA-256 and size) in ``folder``.

    Whoever comes first has it made by ``write``, which is given a path for it; the others wait and share it.
    """
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, hashlib.sha256(canonical_json(sorted(files))).hexdigest()[:16] + ".tar")
    while True:
        with open(path + ".lock", "a+b") as lock:
            with contextlib.suppress(BlockingIOError):  # somebody makes it or sends it: who waited for this lock would wait for the last to have sent it
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if _is_current(lock, path + ".lock") and not os.path.exists(path):
                    _make(path, write)
            fcntl.flock(lock, fcntl.LOCK_SH)  # waits while somebody makes it
            if _is_current(lock, path + ".lock") and os.path.exists(path):
                try:
                    yield path
                finally:
                    _remove_when_last(lock, path)
                return
        time.sleep(random.uniform(0, 0.1))  # it could not be made, or was removed in between: one of those who waited is to be the next to make it


def _make(path: str, write: Callable[[str], None]) -> None:
    with temporary_folder(os.path.dirname(path)) as folder:
        unfinished = os.path.join(folder, os.path.basename(path))
        write(unfinished)
        step("tar packed")
        os.chmod(unfinished, 0o600)
        os.rename(unfinished, path)


def forget_unsent(spool: str) -> None:
    """Remove from ``spool`` what a run that was killed left of sending: a tar in ``outgoing`` that nobody sends any more, folders to work in."""
    sweep(spool)
    folder = os.path.join(spool, "outgoing")
    if not os.path.isdir(folder):
        return
    sweep(folder)
    for name in os.listdir(folder):
        if _LOCK.fullmatch(name):
            # gone by now, or another user's, who removes it himself
            with contextlib.suppress(FileNotFoundError, PermissionError), open(os.path.join(folder, name), "r+b") as lock:
                if _is_current(lock, lock.name):
                    _remove_when_last(lock, lock.name.removesuffix(".lock"))


def _is_current(lock, path: str) -> bool:
    """Tell whether the open file ``lock`` is still the one that is called ``path``."""
    try:
        return os.path.samestat(os.stat(path), os.fstat(lock.fileno()))
    except FileNotFoundError:
        return False


def _remove_when_last(lock, path: str) -> None:
    with contextlib.suppress(BlockingIOError):  # somebody else is still sending it
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not _is_current(lock, path + ".lock"):
            return  # another one removed both just now; what has these names since is not ours
        with contextlib.suppress(FileNotFoundError):  # killed before it was made
            os.unlink(path)
        os.unlink(path + ".lock")
