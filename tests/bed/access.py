# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How one logs in: a key of the bed's own, and host keys that are known beforehand and checked."""
import os
import subprocess

from .definition import REPOSITORY

FOLDER = REPOSITORY / ".cache/bed"
KEY = FOLDER / "key"
CONFIGURATION = FOLDER / "ssh_config"
GUESTS = FOLDER / "guests_ssh_config"  # reaches the guests; the bed's own file stays as it is
USER = "deploy"

EVERY_HOST = """\
Host *
    User {user}
    IdentityFile "{key}"
    IdentitiesOnly yes
    UserKnownHostsFile "{known_hosts}"
    GlobalKnownHostsFile /dev/null
    StrictHostKeyChecking yes
    ConnectTimeout 10
"""


def _make_key(path):
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "nogcc.wheelhouse test bed", "-f", str(path)], check=True)
    return path.read_bytes(), path.with_suffix(".pub").read_bytes()


def login_key():
    """Return the public key that every host lets in, as bytes."""
    return _make_key(KEY)[1]


def host_key(host):
    """Return the private and the public key that the host shows, as bytes; the same ones whenever it is made anew."""
    return _make_key(FOLDER / "host_keys" / host.name)


def prepare(hosts, configuration=CONFIGURATION):
    """Make the keys that are missing, a known_hosts file, and a configuration with which ``ssh -F`` reaches every host by its name."""
    login_key()
    known_hosts = configuration.with_name(configuration.name.replace("ssh_config", "known_hosts"))
    known, entries = [], []
    for host in hosts:
        known.append(f"{host.name},{host.address} {host_key(host)[1].decode().strip()}\n")
        entries.append(f"Host {host.name}\n    HostName {host.address}\n    HostKeyAlias {host.name}\n")
    known_hosts.write_text("".join(known))
    configuration.write_text("".join(entries) + EVERY_HOST.format(user=USER, key=KEY, known_hosts=known_hosts))
    os.chmod(configuration, 0o600)


def can_log_in(host):
    """Say whether an ordinary user can log in, which systemd allows once the host is up."""
    command = ["ssh", "-F", str(FOLDER / host.ssh_config), "-o", "BatchMode=yes", "-o", "ConnectTimeout=3", host.name, "true"]
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode == 0
