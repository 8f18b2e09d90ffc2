# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a build leaves behind is not to be trusted: a pipe that blocks its reader, a link to a file of root's, folders without end."""
import os
import shutil
import stat
import subprocess

from ..common.errors import WheelhouseError


def check_plain(path, limit, folder="/"):
    """Raise WheelhouseError unless ``path`` is an ordinary file of at most ``limit`` bytes that can be opened without surprise.

    One that is not there is opened without surprise, too. ``path`` is to be below ``folder``.
    """
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return
    inside = os.path.commonpath([path, os.path.realpath(folder)]) == os.path.realpath(folder)
    if not stat.S_ISREG(found.st_mode) or found.st_nlink > 1 or not inside:
        raise WheelhouseError("its build made {0} something else than a file".format(os.path.basename(path)),
                              hint="it may be hostile. Choose another version")
    if found.st_size > limit:
        raise WheelhouseError("its build made {0} larger than {1} bytes".format(os.path.basename(path), limit),
                              hint="it may be hostile. Choose another version")


def remove_tree(path):
    """Remove what a build made at ``path``, however deep it is and whatever its modes are. Raises OSError when it is still there."""
    try:
        shutil.rmtree(path)
        return
    except FileNotFoundError:
        if not os.path.lexists(path):
            return
    except (OSError, RecursionError):
        pass  # the tools below know neither limit
    for command in (["chmod", "-R", "u+rwX", path], ["rm", "-rf", "--", path]):
        subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    if os.path.lexists(path):
        shutil.rmtree(path)  # says why
