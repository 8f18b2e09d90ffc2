# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which releases processes still run from, as /proc tells; of other users' processes only root hears."""
import os
import re


def releases_in_use(folder, proc="/proc"):
    """Return the ids of the releases below ``folder`` that a process has as program, argument, working folder or mapped library."""
    pattern = re.compile(re.escape(os.fsencode(os.path.realpath(folder))) + b"/([0-9a-f]{16})(?=[/\0\n ]|$)")
    found = set()
    for pid in filter(str.isdigit, os.listdir(proc) if os.path.isdir(proc) else ()):
        for text in _texts(os.path.join(proc, pid)):
            found.update(match.decode("ascii") for match in pattern.findall(text))
    return found


def _texts(process):
    for name in ("exe", "cwd"):
        try:
            yield os.fsencode(os.readlink(os.path.join(process, name)))
        except OSError:
            pass  # it ended, or is a part of the kernel, or another user's
    for name in ("cmdline", "maps"):
        try:
            with open(os.path.join(process, name), "rb") as stream:
                yield stream.read()
        except OSError:
            pass
