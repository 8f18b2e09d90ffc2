# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The networks; the control node has an address in each."""
import ipaddress

from . import machine
from .definition import PREFIX, fingerprint
from .engine import LABEL, podman, podman_json

MAKING = 2  # to be counted up when networks of the same definition are made in another way


def full_name(network):
    """Return the name of the network in podman."""
    return PREFIX + network.name


def present():
    """Return our networks that podman has: name -> fingerprint."""
    found = podman_json("network", "ls", "--format", "json", "--filter", f"name=^{PREFIX}")
    return {entry["name"]: (entry.get("labels") or {}).get(LABEL) for entry in found}


def ensure(wanted, say):
    """Make the networks that are missing or no longer as defined; the hosts on the latter go with them."""
    have = present()
    for network in wanted:
        packet = machine.mtu()
        made_from = fingerprint(network, packet, MAKING)
        if have.get(full_name(network)) == made_from:
            continue
        say(f"making the network {network.name}: {network.subnet}, {'with a way out' if network.way_out else 'no way out'}")
        if full_name(network) in have:
            podman("network", "rm", "--force", "--time", 3, full_name(network))
        # names inside come from /etc/hosts; a name server would be a way out of its own
        closed = [] if network.way_out else ["--internal", "--disable-dns"]
        # named, because an internal network would otherwise give the control node no address
        control_node = next(ipaddress.ip_network(network.subnet).hosts())
        podman("network", "create", "--subnet", network.subnet, "--gateway", control_node, "--opt", f"mtu={packet}",
               "--label", f"{LABEL}={made_from}", *closed, full_name(network))


def remove_all(say):
    """Remove our networks."""
    for name in sorted(present()):
        say(f"removing the network {name[len(PREFIX):]}")
        podman("network", "rm", "--force", "--time", 3, name)
