# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The tar of what hosts lack: made once for all that lack the same, shared by Ansible's workers, gone when the last has sent it."""
from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.files import canonical_json, temporary_file
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.steps import step
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.transfer import pack
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.unfinished import sweep, sweep_below
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.wheelhouse import Wheelhouse


@contextlib.contextmanager
def shared_tar(wheelhouse: Wheelhouse, files: dict[str, tuple[str, int]]):
    """Give the path of a tar of ``files`` (place to SHA-256 and size).

    Whoever comes first makes it, after the bytes were verified; the others wait and share it. Raises WheelhouseError when a
    file of the wheelhouse is damaged.
    """
    folder = wheelhouse.path("outgoing")
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, hashlib.sha256(canonical_json(sorted(files))).hexdigest()[:16] + ".tar")
    while True:
        with open(path + ".lock", "ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH)  # waits while somebody makes it
            if not os.path.exists(path):
                fcntl.flock(lock, fcntl.LOCK_EX)
                if _is_current(lock, path + ".lock") and not os.path.exists(path):
                    wheelhouse.verify(files)
                    with temporary_file(path, 0o600, durable=False) as stream:
                        pack(stream, wheelhouse.root, files)
                        step("tar packed")
                fcntl.flock(lock, fcntl.LOCK_SH)
            if not _is_current(lock, path + ".lock") or not os.path.exists(path):
                continue  # the last one that sent it removed both in between
            try:
                yield path
            finally:
                _remove_when_last(lock, path)
            return


def forget_unsent(wheelhouse: Wheelhouse) -> None:
    """Remove what a run that was killed left of sending: a tar that nobody sends any more, folders to work in. Costs a look at two folders."""
    sweep(wheelhouse.root)
    folder = wheelhouse.path("outgoing")
    if not os.path.isdir(folder):
        return
    sweep(folder)
    for name in os.listdir(folder):
        if name.endswith(".tar.lock"):
            with contextlib.suppress(FileNotFoundError), open(os.path.join(folder, name), "rb") as lock:
                if _is_current(lock, lock.name):
                    _remove_when_last(lock, lock.name.removesuffix(".lock"))


def forget_unfinished(wheelhouse: Wheelhouse) -> None:
    """Remove what such a run left unfinished beside the files of the wheelhouse. Looks at every folder of it: for who is about to add some."""
    for kind in ("sources", "wheels", "bytecode", "builds", "releases"):
        sweep_below(wheelhouse.path(kind))


def _is_current(lock, path: str) -> bool:
    """Tell whether the open file ``lock`` is still the one that is called ``path``."""
    try:
        return os.path.samestat(os.stat(path), os.fstat(lock.fileno()))
    except FileNotFoundError:
        return False


def _remove_when_last(lock, path: str) -> None:
    with contextlib.suppress(BlockingIOError):  # somebody else is still sending it
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with contextlib.suppress(FileNotFoundError):  # killed before it was made
            os.unlink(path)
        os.unlink(path + ".lock")
