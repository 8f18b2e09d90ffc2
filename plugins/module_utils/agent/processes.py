# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which releases processes still use, as /proc tells; of other users' processes only root hears more than the arguments."""
import os
import re


def releases_in_use(folder, proc="/proc"):
    """Return the ids of the releases below ``folder`` that another process has as program, argument, working folder, open file or mapped library."""
    names = {re.escape(os.fsencode(path)) for path in (os.path.abspath(folder), os.path.realpath(folder))}  # an argument may go through links
    pattern = re.compile(b"(?:" + b"|".join(sorted(names)) + b")/([0-9a-f]{16})(?=[/\0\n ]|$)")
    found = set()
    for pid in filter(str.isdigit, os.listdir(proc) if os.path.isdir(proc) else ()):
        if int(pid) == os.getpid():
            continue  # what we hold (see claim.py) is no use of it
        for text in _texts(os.path.join(proc, pid)):
            found.update(match.decode("ascii") for match in pattern.findall(text))
    return found


def _texts(process):
    for path in [os.path.join(process, "exe"), os.path.join(process, "cwd")] + _open_files(os.path.join(process, "fd")):
        try:
            yield os.fsencode(os.readlink(path))
        except OSError:
            pass  # it ended, or is a part of the kernel, or another user's; or a file was closed
    for name in ("cmdline", "maps"):
        try:
            with open(os.path.join(process, name), "rb") as stream:
                yield stream.read()
        except OSError:
            pass


def _open_files(folder):
    try:
        return [os.path.join(folder, name) for name in os.listdir(folder)]
    except OSError:
        return []
