# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One change at a time: the kernel's lock on one file, and a folder to work in that nobody else sees."""
import contextlib
import errno
import fcntl
import os
import pwd
import shutil
import stat
import tempfile
import time

from ..common.errors import WheelhouseError
from ..common.files import make_folders
from ..common.manifest import is_app
from ..common.steps import step
from ..common.unfinished import MADE, NAME
from . import deploy_root
from .claim import holding, unheld
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
    ``new`` is to come to ``app``, WheelhouseError when the deploy root may not be used (see deploy_root.py): to go back, or to stay, any of
    ours will do. Without ``tidy`` nothing is removed and no folder made, and the work folder is None: for who can do with no room on the disk,
    and where others could have us remove what is not ours.
    """
    if new or tidy:
        deploy_root.require(layout, app, new)
    tidy = tidy and (new or deploy_root.complaint(layout, app) is None)
    umask = os.umask(0o022)  # what is made here is for every user to read, whatever the login's umask says
    try:
        make_folders(layout.root)
        handle = _acquire(layout, time.monotonic() + wait)
        try:
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
                with holding(work):  # when somebody removed the lock, another one may come, and sweep
                    yield work
            finally:
                shutil.rmtree(work, ignore_errors=True)  # must not hide how the work ended; the next holder removes the rest
        finally:
            os.close(handle)
    finally:
        os.umask(umask)


def _acquire(layout, deadline):
    """Return the open lock, which is ours then; one that was removed while we waited for it is nobody's any more."""
    while True:
        handle = _open(layout.lock)
        try:
            _wait(handle, layout, deadline)
            if os.path.lexists(layout.lock) and os.path.samestat(os.lstat(layout.lock), os.fstat(handle)):
                with contextlib.suppress(OSError):  # on a full disk nobody is told who holds it
                    if os.fstat(handle).st_nlink == 1:  # what has another name may be another's file
                        os.ftruncate(handle, 0)
                        os.pwrite(handle, "{0}\n".format(os.getpid()).encode("ascii"), 0)
                return handle
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)
        if time.monotonic() > deadline:
            raise Busy("the lock {0} is removed again and again".format(layout.lock), hint="see who removes it, then run again")


def _open(path):
    """Open the lock; a link is not taken for it, and leads nobody to another file."""
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
    except OSError as error:
        if error.errno not in (errno.ELOOP, errno.EISDIR, errno.ENXIO):
            raise
        handle = None
    if handle is not None and stat.S_ISREG(os.fstat(handle).st_mode):
        return handle
    if handle is not None:
        os.close(handle)
    raise WheelhouseError("the lock {0} is not a plain file".format(path),
                          hint="see who put it there, and remove it; nogcc.wheelhouse makes a file of that name")


def _wait(handle, layout, deadline):
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise Busy("another deploy holds {0} ({1})".format(layout.lock, _holder(handle)),
                           hint="wait until it has ended, then run again")
            step("waiting for the lock")
            time.sleep(0.1)


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
    """Remove what was left over, from folders of ours: what another app's user could do in its folder is nothing to us."""
    for name in filter(MADE.fullmatch, list_folder(layout.tmp)):
        _remove_unheld(os.path.join(layout.tmp, name))
    _sweep_notes(os.path.join(layout.root, "agent"))
    for app in filter(is_app, list_folder(layout.apps)):
        if deploy_root.flaw(layout.app(app)) is None:
            left = [layout.current(app) + ".new"] + [layout.way_back(app)] * (not os.path.lexists(layout.activating(app)))
            for path in filter(os.path.islink, left):
                os.unlink(path)
            _sweep_notes(layout.app(app))
            if deploy_root.flaw(layout.signatures(app)) is None:
                _sweep_notes(layout.signatures(app))
    for name in filter(deploy_root.COMING.fullmatch, list_folder(layout.incoming)):
        path = os.path.join(layout.incoming, name)
        with contextlib.suppress(FileNotFoundError):  # whoever sent it is done with it
            if time.time() - os.lstat(path).st_mtime > INCOMING_AGE:
                _remove_unheld(path)


def _sweep_notes(folder):
    """Remove notes that were not finished. They are made under the lock, so that also where nobody can hold a file (NFS) no other one makes one."""
    for name in filter(NAME.fullmatch, list_folder(folder)):
        path = os.path.join(folder, name)
        if not os.path.isdir(path):
            with contextlib.suppress(OSError):  # it is in nobody's way; and when the lock was removed, another one may be at work
                _remove_unheld(path)


def _remove_unheld(path):
    with unheld(path) as free:
        if free:
            _remove(path)


def _remove(path):
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path, ignore_errors=True)  # what stays is in nobody's way; the next holder tries again
    else:
        os.unlink(path)
