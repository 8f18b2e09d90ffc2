# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What uv installs is not forced to the disk, which would cost every build: after a power cut its files may be there, and empty."""
from ..common.files import write_file
from .environments import environments_in
from .untrusted import remove_tree

BOOT = "/proc/sys/kernel/random/boot_id"  # another one after each start of the machine (random(4))
_UNSURE = ("cache/build", "cache/requirements")


def forget_unsure(store):
    """Remove, once after each start of the machine, what can be made again and may not be whole. No build is at work."""
    boot = _read(BOOT)
    noted = store.path("cache", "boot", "id")
    if _read(noted) != boot:
        for path in [store.path(name) for name in _UNSURE] + environments_in(store):
            remove_tree(path)
        write_file(noted, boot)


def _read(path):
    try:
        with open(path, "rb") as stream:
            return stream.read()
    except OSError:
        return b""
