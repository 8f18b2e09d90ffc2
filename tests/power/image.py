# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the virtual machine starts from: a Debian kernel, and a system that is small enough to be its initial file system in memory.

It is made of Debian's packages, as the test bed's images are, and kept in ``.cache/power`` under what it was made from.
"""
import io
import os
import pathlib
import re
import stat
import subprocess
import tarfile
import tempfile

from tests.bed import machine
from tests.bed.definition import REPOSITORY, fingerprint

SUITE = "bookworm"
PACKAGES = ["busybox-static", "linux-image-cloud-amd64", "python3"]
MODULES = ["virtio_pci", "virtio_blk", "crc32c_generic", "ext4", "xfs", "nfs", "nfsv4", "nfsd"]
CACHE = REPOSITORY / ".cache/power"
MAKING = 1  # to be counted up when the same packages are put together in another way
_PYTHON = re.compile(r"usr/(bin/(python3[.\d]*|busybox)|lib/python3.*|lib/[^/]+-linux-gnu/[^/]+|lib64/.*)")
_TOP = re.compile(r"^(bin|sbin|lib|lib64)/")


def ensure(say):
    """Return the paths of the kernel and of the initial file system (cpio), which are made when they are missing."""
    folder = CACHE / fingerprint(SUITE, PACKAGES, MODULES, MAKING)
    if not (folder / "system.cpio").exists():
        say(f"making the virtual machine's system: Debian {SUITE} with {', '.join(PACKAGES)}")
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            _make(pathlib.Path(scratch), folder)
    return folder / "kernel", folder / "system.cpio"


def _make(scratch, folder):
    options = scratch / "apt.conf"
    options.write_text("\n".join(machine.apt_options()) + "\n")
    made = scratch / "image.tar"
    done = subprocess.run(["mmdebstrap", "--variant=extract", f"--include={','.join(PACKAGES)}", f"--aptopt={options}", SUITE, str(made),
                           *machine.apt_sources(SUITE)], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError("mmdebstrap could not make the virtual machine's system:\n" + "\n".join(done.stderr.splitlines()[-20:]))
    system, modules = Cpio(), {}
    with tarfile.open(made) as archive:
        for member in archive:
            path = _TOP.sub(r"usr/\1/", member.name.removeprefix("./"))
            if path.endswith(".ko"):
                modules[pathlib.PurePath(path).stem.replace("-", "_")] = archive.extractfile(member).read()
            elif re.fullmatch(r"boot/vmlinuz-.*", path):
                (folder / "kernel").write_bytes(archive.extractfile(member).read())
            elif _PYTHON.fullmatch(path) and member.issym():
                absolute = member.linkname.startswith("/")
                system.add(path, "/" + _TOP.sub(r"usr/\1/", member.linkname[1:]) if absolute else member.linkname, link=True)
            elif _PYTHON.fullmatch(path) and member.isfile():
                system.add(path, archive.extractfile(member).read(), mode=member.mode)
    for name in ("bin", "sbin", "lib", "lib64"):
        system.add(name, f"usr/{name}", link=True)
    order = _in_order(modules)
    for name in order:
        system.add(f"modules/{name}.ko", modules[name])
    system.add("modules/order", "\n".join([*order, ""]))
    (scratch / "system.cpio").write_bytes(system.end())
    (scratch / "system.cpio").rename(folder / "system.cpio")


def _in_order(modules):
    """Return those of ``MODULES`` that the kernel does not have built in, each after what it depends on."""
    found = []

    def add(name):
        if name not in modules or name in found:
            return
        depends = re.search(rb"\0depends=([^\0]*)\0", modules[name])
        for other in filter(None, depends[1].decode().replace("-", "_").split(",") if depends else ()):
            add(other)
        found.append(name)
    for name in MODULES:
        add(name)
    return found


class Cpio:
    """An archive as Linux takes it for its initial file system (Documentation/driver-api/early-userspace/buffer-format.rst); several may follow each other."""

    def __init__(self):
        self.stream = io.BytesIO()
        self.folders = set()

    def add(self, path, data, mode=0o644, link=False):
        """Add a file with these bytes, or a symbolic link to the path ``data``; the folders on the way are made."""
        for parent in reversed(pathlib.PurePosixPath(path).parents[:-1]):
            if str(parent) not in self.folders:
                self.folders.add(str(parent))
                self._member(str(parent), b"", stat.S_IFDIR | 0o755)
        data = data.encode() if isinstance(data, str) else data
        self._member(path, data, stat.S_IFLNK | 0o777 if link else stat.S_IFREG | mode)

    def _member(self, path, data, mode):
        name = path.encode() + b"\0"
        numbers = [self.stream.tell() + 1, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name), 0]
        for part in (b"070701" + b"".join(b"%08X" % number for number in numbers) + name, data):
            self.stream.write(part + b"\0" * (-len(part) % 4))

    def end(self):
        """Return the archive."""
        self._member("TRAILER!!!", b"", 0)
        return self.stream.getvalue()


def sources():
    """Yield (path, bytes) of what the machine imports of the collection: the production host's half, and what looks at a host in tests."""
    top = "ansible_collections/nogcc/wheelhouse"
    for pattern in ("plugins/module_utils/agent/*.py", "plugins/module_utils/common/*.py", "tests/faults/looking.py"):
        for path in sorted(REPOSITORY.glob(pattern)):
            yield f"guest/{top}/{os.path.relpath(path, REPOSITORY)}", path.read_bytes()
