# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where the unit and the timer of a confirmation that is waited for lie (see confirm.py)."""
import hashlib
import os

from ..common.files import fsync_folder

UNITS = "/etc/systemd/system"


def names(layout, app):
    """Return (service, timer) of ``app`` below this deploy root."""
    name = "nogcc-wheelhouse-{0}-{1}".format(app, hashlib.sha256(layout.root.encode("utf-8")).hexdigest()[:8])
    return name + ".service", name + ".timer"


def present(layout, app):
    """Return the paths of those of them that are there, the timer first."""
    service, timer = names(layout, app)
    return [path for path in (os.path.join(UNITS, timer), os.path.join(UNITS, service)) if os.path.lexists(path)]


def force():
    """Make what lies in these folders survive a power cut; also what systemd itself did there, which it does not force to the disk."""
    for folder in (UNITS, os.path.join(UNITS, "timers.target.wants")):
        if os.path.isdir(folder):
            fsync_folder(folder)
