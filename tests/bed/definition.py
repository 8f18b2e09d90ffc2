# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the bed consists of, as ``bed.toml`` says it."""
import dataclasses
import hashlib
import json
import pathlib
import tomllib

FOLDER = pathlib.Path(__file__).resolve().parent
REPOSITORY = FOLDER.parent.parent
PREFIX = "nogcc-"  # of every container, network and image of ours: nothing else is ever touched


class BedError(Exception):
    """The bed cannot be made; the text says why and what to do."""


@dataclasses.dataclass(frozen=True)
class Network:
    """One network; without a ``way_out`` only its hosts and the control node reach each other."""

    name: str
    subnet: str
    way_out: bool


@dataclasses.dataclass(frozen=True)
class Image:
    """A Debian suite and the packages that an image has besides systemd and sshd."""

    name: str
    suite: str
    packages: list


@dataclasses.dataclass(frozen=True)
class Host:
    """One host.

    ``knows`` names other hosts for /etc/hosts, ``files`` a folder of the repository that is laid over the root
    of the file system, ``ports`` what must answer before the host counts as up.
    """

    name: str
    image: Image
    network: Network
    address: str
    capabilities: list = dataclasses.field(default_factory=list)
    knows: list = dataclasses.field(default_factory=list)
    files: str = ""
    ports: list = dataclasses.field(default_factory=lambda: [22])

    # not fields: they are no part of what a host is made from
    prefix = PREFIX
    ssh_config = "ssh_config"
    volumes = {}  # folder of the host: folder of this machine

    @property
    def container(self):
        """The name of its container in podman."""
        return self.prefix + self.name


@dataclasses.dataclass(frozen=True)
class Guest(Host):
    """A host that bed.toml does not name: made for a while, and removed by whoever had it made (see ``guests``)."""

    disk: str = ""  # a folder of this machine, where what it writes to its volumes lies (see disk.py)

    prefix = "nogccguest-"
    ssh_config = "guests_ssh_config"

    @property
    def volumes(self):
        """Where what is written to /opt and /tmp lies."""
        return {f"/{name}": f"{self.disk}/{self.name}/{name}" for name in ("opt", "tmp")} if self.disk else {}


@dataclasses.dataclass(frozen=True)
class Bed:
    """Everything by name."""

    networks: dict
    images: dict
    hosts: dict


def load(path=FOLDER / "bed.toml"):
    """Return the ``Bed`` that the file describes."""
    found = tomllib.loads(path.read_text())
    networks = {name: Network(name=name, **fields) for name, fields in found["networks"].items()}
    images = {name: Image(name=name, **fields) for name, fields in found["images"].items()}
    hosts = {}
    for name, fields in found["hosts"].items():
        fields = dict(fields, image=images[fields["image"]], network=networks[fields["network"]])
        hosts[name] = Host(name=name, **fields)
    return Bed(networks, images, hosts)


def fingerprint(*parts):
    """Return 12 hex digits that change when any of the parts (dataclasses, bytes, or what JSON can carry) does."""
    digest = hashlib.sha256()
    for part in parts:
        if not isinstance(part, bytes):
            plain = dataclasses.asdict(part) if dataclasses.is_dataclass(part) else part
            part = json.dumps(plain, sort_keys=True).encode()
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()[:12]
