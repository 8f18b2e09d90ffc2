# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Point ``current`` to a release, or back to the one before, and have the services follow."""
import os
import stat
import time

from ..common.errors import WheelhouseError
from ..common.files import fsync_folder
from ..common.steps import step
from . import history, systemd

SETTLE = 1.0  # seconds; a service that cannot start at all has failed by then


class Gone(WheelhouseError):
    """What was active before is not on this host any more: there is nothing to go back to."""


def point(layout, app, release):
    """Make ``current`` point to ``release``, at once; with None remove it."""
    current = layout.current(app)
    if release is None:
        _remove(current)
    elif _leads_to(layout.way_back(app), release):
        os.rename(layout.way_back(app), current)
    else:
        fresh = current + ".new"
        _link(release, fresh)
        step("link made")
        try:
            os.rename(fresh, current)
        except OSError:
            os.unlink(fresh)
            raise
    fsync_folder(os.path.dirname(current))


def keep_way_back(layout, app, release):
    """Have the link to ``release`` ready, for when the disk has no room for one any more."""
    if release:
        _link(release, layout.way_back(app))


def end(layout, app):
    """Note that services and link agree again: no way back is wanted."""
    history.end_activating(layout, app)
    _remove(layout.way_back(app))


def _link(release, path):
    _remove(path)
    os.symlink("releases/" + release, path)


def _leads_to(path, release):
    return os.path.islink(path) and os.readlink(path) == "releases/" + release


def _remove(path):
    if os.path.lexists(path):
        os.unlink(path)


def require_running(units, settle=True):
    """Raise ServiceError unless all units run; with ``settle`` they get a moment, in which none may end and be started again."""
    if units and settle:
        time.sleep(SETTLE)
    for unit in units:
        systemd.require_running(unit, steadily=settle)


def is_there(layout, app, release):
    """Tell whether the release is on this host, which what is no id never is; raise OSError when that can't be found out."""
    try:
        return stat.S_ISDIR(os.stat(layout.release(app, release)).st_mode)
    except (FileNotFoundError, NotADirectoryError, WheelhouseError):
        return False


def restore(layout, app, origin, units, settle=True):
    """Make ``origin``, which was active before, active again, or nothing when it is None; restart or stop the units.

    Returns the reasons why units did not do as told, or do not run (``settle``: see ``require_running``), or why ``current`` may not be on
    the disk. Raises Gone, and leaves all as it is, when ``origin`` is not on this host any more.
    """
    if origin is not None and not is_there(layout, app, origin):
        raise Gone("the release {0}, which was active before, is not on this host any more".format(origin))
    unsure = []
    try:
        point(layout, app, origin)
    except OSError as error:
        current = layout.current(app)
        if os.path.lexists(current) if origin is None else not _leads_to(current, origin):
            raise
        unsure.append("after a power cut it may not be: {0}".format(error.strerror))
    step("switched back")
    trouble = []
    for unit in units:
        try:
            if origin:
                systemd.restart(unit)
            else:
                systemd.stop(unit)
        except WheelhouseError as error:
            trouble.append(error.message)
    step("restarted again")
    if origin and not trouble:
        try:
            require_running(units, settle)
        except WheelhouseError as error:
            trouble.append(error.message)
    return unsure + trouble
