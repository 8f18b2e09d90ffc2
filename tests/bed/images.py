# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Images: small Debian systems, made from Debian's own packages; nothing is pulled from a container registry.

An image is named by what it is made from, so one that exists is right. Its tar is kept below the user's cache,
where other clones and an emptied podman find it.
"""
import concurrent.futures
import os
import pathlib
import subprocess
import tempfile

from . import machine
from .definition import FOLDER, PREFIX, BedError, fingerprint
from .engine import podman, podman_json

SETUP = FOLDER / "setup_image.sh"
EVERYWHERE = ["dbus", "iproute2", "openssh-server", "systemd", "systemd-sysv"]
NOT_NEEDED = ["/usr/share/doc/*", "/usr/share/info/*", "/usr/share/locale/*", "/usr/share/man/*"]


def cache():
    """Return the folder of the images' tars."""
    home = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(home) / "nogcc-wheelhouse/images"


def reference(image):
    """Return the name of the image in podman."""
    setup = [line for line in SETUP.read_text().splitlines() if line and not line.startswith("#")]
    return f"localhost/{PREFIX}{image.name}:{fingerprint(image, setup, EVERYWHERE, NOT_NEEDED)}"


def _archive(image):
    return cache() / (reference(image).rpartition("/")[2].replace(":", "-") + ".tar")


def present():
    """Return the names of our images that podman has."""
    found = podman_json("images", "--format", "json", "--filter", f"reference=localhost/{PREFIX}*")
    return {name for entry in found for name in entry.get("Names") or []}


def _bootstrap(image, target):
    """Make the image's tar."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="making-") as folder:
        options = pathlib.Path(folder, "apt.conf")
        options.write_text("\n".join(machine.apt_options()) + "\n")
        made = pathlib.Path(folder, "image.tar")
        command = ["mmdebstrap", "--variant=minbase", f"--include={','.join(EVERYWHERE + image.packages)}", f"--aptopt={options}",
                   *(f"--dpkgopt=path-exclude={pattern}" for pattern in NOT_NEEDED),
                   f'--customize-hook=chroot "$1" sh -s < "{SETUP}"', image.suite, str(made), *machine.apt_sources(image.suite)]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode:
            raise BedError(f"mmdebstrap could not make the image {image.name}:\n" + "\n".join(done.stderr.splitlines()[-20:]))
        made.rename(target)


def _prune(image):
    """Keep the tars of the newest two definitions of an image, for clones that differ; remove older ones."""
    tars = sorted(cache().glob(f"{PREFIX}{image.name}-*.tar"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in tars[2:]:
        path.unlink()
        name, _dash, tag = path.stem.rpartition("-")
        podman("rmi", f"localhost/{name}:{tag}", check=False)


def _make(image, say):
    archive = _archive(image)
    if archive.exists():
        say(f"importing the image {image.name} from {archive}")
        archive.touch()
    else:
        say(f"making the image {image.name}: Debian {image.suite} with {', '.join(image.packages)}")
        _bootstrap(image, archive)
    podman("import", "--quiet", archive, reference(image))
    _prune(image)


def ensure(wanted, say):
    """Make the images that are missing, two at a time."""
    have = present()
    missing = [image for image in wanted if reference(image) not in have]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for _done in pool.map(lambda image: _make(image, say), missing):
            pass


def remove_all(say):
    """Remove our images from podman and their tars from the cache."""
    for name in sorted(present()):
        say(f"removing the image {name}")
        podman("rmi", "--force", name)
    for path in cache().glob("*.tar"):
        path.unlink()
