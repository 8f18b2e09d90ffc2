# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The hosts: one container each, with systemd as its first process.

A container carries the fingerprint of everything it was made from. One that runs, answers and carries the right
fingerprint is left alone; a stopped one is started; any other is made anew.
"""
import concurrent.futures
import ipaddress
import os
import socket
import time

from . import access, contents
from .definition import PREFIX, BedError, fingerprint
from .engine import LABEL, podman, podman_json
from .images import reference
from .networks import full_name

MAKING = 1       # to be counted up when a host of the same definition is made in another way
PATIENCE = 60    # seconds for a new host to come up
HESITATION = 10  # seconds for one that was there before


def present(prefix=PREFIX):
    """Return our containers: name -> (fingerprint, state), state being podman's word, such as "running"."""
    found = podman_json("ps", "--all", "--format", "json", "--filter", f"name=^{prefix}")
    return {entry["Names"][0]: ((entry.get("Labels") or {}).get(LABEL), entry["State"]) for entry in found}


def _hardware_address(host):
    """Return a MAC address that stays with the IP address: neighbours remember the pair for half a minute."""
    return "02:00:" + ":".join(f"{byte:02x}" for byte in ipaddress.ip_address(host.address).packed)


def _create(bed, host, files, made_from):
    """Make the container; it gets its name last, so that what has the name is complete."""
    draft, name = host.prefix + "making-" + host.name, host.container
    options = ["--hostname", host.name, "--label", f"{LABEL}={made_from}", "--systemd", "always",
               "--network", full_name(host.network), "--ip", host.address, "--mac-address", _hardware_address(host)]
    options += [f"--add-host={other}:{bed.hosts[other].address}" for other in host.knows]
    for folder, place in host.volumes.items():
        os.makedirs(place, exist_ok=True)
        os.chmod(place, 0o1777 if folder == "/tmp" else 0o755)
        options.append(f"--volume={place}:{folder}")
    options += [f"--cap-add={capability}" for capability in host.capabilities]
    if not host.network.way_out:
        options += ["--dns", "none"]
    podman("create", "--replace", "--name", draft, *options, reference(host.image), "/sbin/init")
    podman("cp", "--archive=false", "-", f"{draft}:/", stdin=files)
    podman("rename", draft, name)


def remove(name):
    """Remove one container by its full name, letting it end its connections first."""
    command = ["rm", "--force", "--volumes", "--time", 3, name]
    try:
        podman(*command)
    except BedError:  # once more: when the processes were killed over podman's head, it learns of it the first time
        podman(*command)


def _answers(host):
    """Say whether all of the host's ports take connections and somebody can log in."""
    for port in host.ports:
        try:
            socket.create_connection((host.address, port), timeout=2).close()
        except OSError:
            return False
    return access.can_log_in(host)


def _wait(host, seconds):
    deadline = time.monotonic() + seconds
    while not _answers(host):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return True


def _revive(host, state, say):
    """Get an answer from a container that should be right; return False when it has none."""
    if state == "running":
        if host.network.way_out:  # others' changes to the packet filter may have closed it
            podman("network", "reload", host.container, check=False)
        return _wait(host, HESITATION)
    say(f"starting {host.name}")
    try:
        podman("start", host.container)
    except BedError:
        return False
    return _wait(host, HESITATION)


def _ensure(bed, host, have, say):
    name = host.container
    files = contents.tar(host)
    made_from = fingerprint(host, reference(host.image), files, [bed.hosts[other].address for other in host.knows], MAKING)
    known, state = have.get(name, (None, None))
    if known == made_from and _revive(host, state, say):
        return
    if state is not None:
        remove(name)
    say(f"making {host.name} at {host.address}")
    _create(bed, host, files, made_from)
    podman("start", name)
    if not _wait(host, PATIENCE):
        raise BedError(f"{host.name} did not come up in {PATIENCE} s; its last lines:\n"
                       + podman("exec", name, "journalctl", "--no-pager", "--lines", 25, check=False))


def ensure(bed, hosts, say):
    """Bring the hosts up and wait until they answer; remove our containers that the definition no longer has."""
    have = present()
    for name in sorted(have):
        if name[len(PREFIX):] not in bed.hosts:
            say(f"removing {name[len(PREFIX):]}")
            remove(name)
    make(bed, hosts, have, say)


def make(bed, hosts, have, say):
    """Bring the hosts up, four at a time, and wait until they answer; ``have`` is what ``present`` says of them."""
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for _done in pool.map(lambda host: _ensure(bed, host, have, say), hosts):
            pass


def remove_all(say, prefix=PREFIX):
    """Remove all of our containers."""
    for name in sorted(present(prefix)):
        say(f"removing {name[len(prefix):]}")
        remove(name)


def states(hosts):
    """Return what to say of each host: "up", "does not answer", podman's word for its state, or "absent"."""
    have = present()
    found = {}
    for host in hosts:
        _fingerprint, state = have.get(PREFIX + host.name, (None, "absent"))
        if state == "running":
            state = "up" if _answers(host) else "does not answer"
        found[host.name] = state
    return found
