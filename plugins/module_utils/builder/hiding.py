# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What of this host a build must not see: homes, files that hold credentials, sockets of services, folders that all may write."""
import os
import pwd

# Configuration that everybody may read and that may hold the credentials of an index.
_CONFIGURATION = ("/etc/pip.conf", "/etc/xdg/pip", "/etc/uv", "/etc/xdg/uv")
_SHARED = ("/tmp", "/var/tmp", "/dev/shm")

# Its arguments: mount, then the places, then -- and the command. $TMPDIR, the build's own, stands in for the shared folders.
# It stays above the command: as the first process of a namespace it can't be killed from there, and tells of a command that was.
SCRIPT = """set -e
mount=$1
shift
while [ "$1" != -- ]; do
    case $1 in
        /tmp | /var/tmp | /dev/shm) "$mount" --bind "$TMPDIR" "$1" ;;
        *) if [ -d "$1" ]; then "$mount" -t tmpfs -o ro,mode=755,size=4k none "$1"; else "$mount" --bind /dev/null "$1"; fi ;;
    esac
    shift
done
shift
set +e
"$@"
exit $?
"""


def places(needed, network=False):
    """Return the paths to hide from a build that uses the paths ``needed``; with ``network`` it may use the host's resolver.

    A home in which something is needed keeps what is needed and loses its hidden files.
    """
    needed = [os.path.realpath(path) for name in needed for path in (name, os.path.dirname(name))]  # also where a link lies
    found = []
    for place in ["/home", "/root", _home(), *([] if network else ["/run"]), *_CONFIGURATION, *_SHARED]:
        if os.path.exists(place) and not any(_is_below(place, other) for other in found):
            found += _hide(place, needed, {"/home": 2, "/root": 1, _home(): 1}.get(place, 0))
    return found


def _hide(place, needed, levels):
    if not any(_is_below(path, os.path.realpath(place)) for path in needed):
        return [place]
    found = []
    for entry in os.scandir(place) if levels else ():
        if levels == 2 and entry.is_dir() or entry.name.startswith("."):
            found += _hide(entry.path, needed, levels - 1) if entry.is_dir() or entry.is_file() else []
    return found


def _home():
    try:
        home = pwd.getpwuid(os.geteuid()).pw_dir
    except KeyError:
        return "/root"
    return os.path.normpath(home) if os.path.realpath(home) != "/" else "/root"


def _is_below(path, folder):
    return os.path.commonpath([path, folder]) == folder
