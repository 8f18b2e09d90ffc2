# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One change at a time: the kernel's lock on one file, and a folder to work in that nobody else sees."""
import contextlib
import fcntl
import os
import pwd
import shutil
import tempfile
import time

from ..common.errors import WheelhouseError
from ..common.files import make_folders
from ..common.steps import step
from . import deploy_root
from .claim import unheld
from .layout import list_folder

WAIT = 600  # seconds; a deploy of hundreds of megabytes on a slow disk takes less
INCOMING_AGE = 24 * 3600  # seconds; an upload that old was given up


class Busy(WheelhouseError):
    """Another process holds the lock."""


@contextlib.contextmanager
def exclusive(layout, app=None, wait=WAIT, tidy=True, new=True):
    """Hold the deploy root's lock and give a new private folder below it, gone again at the end.

    The kernel releases the lock when the process ends, however it ends, so what lies in ``tmp`` when the lock was
    just taken is left over from a run that was cut off. Raises Busy after ``wait`` seconds and, where something
    ``new`` is to come to ``app``, WheelhouseError when the deploy root may not be used (see deploy_root.py): to go back, or to stay, any of ours will do.
    Without ``tidy`` nothing is removed and no folder made: for who can do with no room on the disk.
    """
    if new or tidy:
        deploy_root.require(layout, app, new)
    umask = os.umask(0o022)  # what is made here is for every user to read, whatever the login's umask says
    try:
        make_folders(layout.root)
        handle = os.open(layout.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            _acquire(handle, layout, time.monotonic() + wait)
            step("locked")
            if not tidy:
                yield None
                return
            _sweep(layout)
            make_folders(layout.tmp)
            work = tempfile.mkdtemp(dir=layout.tmp)
            step("work folder made")
            os.chmod(work, 0o755)  # the smoke test runs there as a user without rights
            try:
                yield work
            finally:
                shutil.rmtree(work, ignore_errors=True)  # must not hide how the work ended; the next holder removes the rest
        finally:
            os.close(handle)
    finally:
        os.umask(umask)


def _acquire(handle, layout, deadline):
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise Busy("another deploy holds {0} ({1})".format(layout.lock, _holder(handle)),
                           hint="wait until it has ended, then run again")
            step("waiting for the lock")
            time.sleep(0.1)
    with contextlib.suppress(OSError):  # on a full disk nobody is told who holds it
        os.ftruncate(handle, 0)
        os.pwrite(handle, "{0}\n".format(os.getpid()).encode("ascii"), 0)


def _holder(handle):
    """Return which process holds the lock, of whom, and since when, as far as the lock and /proc tell."""
    number = os.pread(handle, 100, 0).decode("ascii", "replace").strip()
    if not number.isdigit():
        return "by whom is unknown"
    since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(os.fstat(handle).st_mtime))
    return "process {0} of {1}, since {2}".format(number, _user_of(os.path.join("/proc", number)), since)


def _user_of(process):
    try:
        with open(os.path.join(process, "environ"), "rb") as stream:
            told = dict(item.partition(b"=")[::2] for item in stream.read().split(b"\0"))
        login = told.get(b"SUDO_USER") or told.get(b"DOAS_USER")
        return login.decode("utf-8", "replace") if login else pwd.getpwuid(os.stat(process).st_uid).pw_name
    except (OSError, KeyError):
        return "an unknown user"


def _sweep(layout):
    for name in filter(deploy_root.MADE.fullmatch, list_folder(layout.tmp)):
        _remove(os.path.join(layout.tmp, name))
    for folder in [os.path.join(layout.root, "agent")] + [os.path.join(layout.apps, app) for app in list_folder(layout.apps)]:
        for parent in (folder, os.path.join(folder, "signatures")):
            for name in list_folder(parent):
                way_back = name == "current.back" and not os.path.lexists(os.path.join(folder, "activating.json"))
                if name.startswith(".tmp-") or name == "current.new" or way_back:
                    os.unlink(os.path.join(parent, name))
    for name in filter(deploy_root.COMING.fullmatch, list_folder(layout.incoming)):
        path = os.path.join(layout.incoming, name)
        with contextlib.suppress(FileNotFoundError):  # whoever sent it is done with it
            if time.time() - os.lstat(path).st_mtime > INCOMING_AGE:
                with unheld(path) as free:
                    if free:
                        _remove(path)


def _remove(path):
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path, ignore_errors=True)  # what stays is in nobody's way; the next holder tries again
    else:
        os.unlink(path)
