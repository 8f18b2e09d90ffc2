# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Remove what nobody needs: at once from sight, in the background from the disk.

Thousands of files take seconds on a busy disk, and nobody should wait for that. What a remover that was cut off leaves, the next
one takes along.
"""
import os
import resource
import shutil
import tempfile

from ..common.files import make_folders
from ..common.steps import step
from ..common.unfinished import MADE
from . import below
from .layout import list_folder


def discard(layout, path):
    """Take the name ``path`` away in one step; a name never stands for a part. The lock is held, and no link on the way is followed."""
    make_folders(layout.discarded)
    place = tempfile.mkdtemp(dir=layout.discarded)
    step("place to discard made")
    with below.opened(layout.root, os.path.dirname(path)) as folder:
        os.rename(os.path.basename(path), os.path.join(place, "discarded"), src_dir_fd=folder)
    step("discarded")


def empty(layout):
    """Remove what was discarded, in a process of its own that neither the connection nor the lock waits for."""
    if not list_folder(layout.discarded):
        return
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        return
    try:
        os.setsid()
        if not os.fork():
            _remove_all(layout)
    finally:
        os._exit(0)


def _remove_all(layout):
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    os.closerange(3, min(resource.getrlimit(resource.RLIMIT_NOFILE)[0], 1 << 16))  # the lock among them
    os.nice(10)
    for name in filter(MADE.fullmatch, list_folder(layout.discarded)):
        shutil.rmtree(os.path.join(layout.discarded, name), ignore_errors=True)  # one that stays must not keep the others; the next run tries again
