# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the bed takes over from the machine it runs on, so that it names no mirror, proxy or certificate itself."""
import os
import pathlib
import re
import ssl
import subprocess

from .definition import BedError

TAKEN_OVER = re.compile(r"Acquire::(https?::.*|Check-Valid-Until|Check-Date|Retries) ")


def _output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def apt_sources(suite):
    """Return the lines of a sources.list for ``suite``, with the mirrors that this machine itself uses."""
    listed = _output("apt-get", "indextargets", "--format", "$(ORIGIN)|$(LABEL)|$(REPO_URI)", "Created-By: Packages")
    mirrors = {}
    for line in listed.splitlines():
        origin, label, uri = line.split("|")
        if origin == "Debian":
            mirrors.setdefault(label, uri)
    if "Debian" not in mirrors:
        raise BedError("apt knows no mirror of Debian here; run apt-get update and see that it works")
    lines = [f"deb {mirrors['Debian']} {suite} main", f"deb {mirrors['Debian']} {suite}-updates main"]
    if "Debian-Security" in mirrors:
        lines.append(f"deb {mirrors['Debian-Security']} {suite}-security main")
    return lines


def apt_options():
    """Return the lines of an apt.conf with this machine's proxies and its leniency about dates."""
    lines = [line for line in _output("apt-config", "dump").splitlines() if TAKEN_OVER.match(line)]
    for variable in ("http_proxy", "https_proxy"):
        if os.environ.get(variable):
            lines.append(f'Acquire::{variable[:-6]}::Proxy "{os.environ[variable]}";')
    return lines


def certificates():
    """Return the certificates that this machine trusts, as PEM, or None when it has no such file."""
    named = [os.environ.get("SSL_CERT_FILE"), ssl.get_default_verify_paths().cafile, "/etc/ssl/certs/ca-certificates.crt"]
    for path in filter(None, named):
        if os.path.isfile(path):
            return pathlib.Path(path).read_bytes()
    return None


def mtu():
    """Return the largest packet, in bytes, that the machine's own way out takes; 1500 when it has none."""
    for line in pathlib.Path("/proc/net/route").read_text().splitlines()[1:]:
        interface, destination = line.split()[:2]
        if destination == "00000000":
            return int(pathlib.Path("/sys/class/net", interface, "mtu").read_text())
    return 1500
