# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A file system of its own, in a file, for what a guest writes: an ordinary ext4 with a journal, whatever this machine has.

In a container's own file system each file and link costs several times as much as on a server, and on ext4 without a journal, which
some machines have, so does each file that is made within minutes after many were removed. What is written there is not kept in memory twice.
"""
import contextlib
import os
import subprocess

from .definition import BedError

SIZE = 50 << 30  # bytes at most; the file is as large as what is written


@contextlib.contextmanager
def mounted(folder):
    """Have a new file system mounted at ``folder`` for the length of a ``with`` block. Raises BedError where that is not possible."""
    image = f"{folder}.img"
    _remove(folder, image)  # left by a run that was killed
    os.makedirs(folder)
    try:
        with open(image, "wb") as stream:
            stream.truncate(SIZE)
        _run("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=1,lazy_journal_init=1,nodiscard", image)
        _run("mount", "-o", "loop", image, folder)
        _run("losetup", "--direct-io=on", _run("findmnt", "--noheadings", "--output", "SOURCE", folder).strip())
        yield
    finally:
        _remove(folder, image)


def _remove(folder, image):
    while os.path.ismount(folder):
        _run("umount", folder)
    with contextlib.suppress(FileNotFoundError):
        os.rmdir(folder)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(image)


def _run(*command):
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    except FileNotFoundError as error:
        raise BedError(f"there is no {command[0]}") from error
    if done.returncode:
        raise BedError(f"{' '.join(command)}\n{done.stderr.decode(errors='replace').strip()}")
    return done.stdout.decode()
