# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Podman, with settings of the bed's own instead of the machine's."""
import json
import os
import resource
import subprocess

from .definition import REPOSITORY, BedError

CONFIGURATION = REPOSITORY / ".cache/bed/containers.conf"
LABEL = "nogcc.fingerprint"  # on containers and networks: what they were made from

# crun refuses a hybrid cgroup layout and a machine without systemd has no cgroup manager but cgroupfs: these work everywhere
TEMPLATE = """\
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"

[network]
network_backend = "netavark"

[containers]
base_hosts_file = "none"
default_ulimits = ["nofile={files}:{files}", "nproc={processes}:{processes}"]
"""


def _limit(name, wanted):
    """A limit above our own hard one would be refused."""
    hard = resource.getrlimit(name)[1]
    return wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)


def configure():
    """Write the settings."""
    CONFIGURATION.parent.mkdir(parents=True, exist_ok=True)
    CONFIGURATION.write_text(TEMPLATE.format(
        files=_limit(resource.RLIMIT_NOFILE, 8192), processes=_limit(resource.RLIMIT_NPROC, 8192)))


def podman(*arguments, stdin=None, check=True):
    """Run podman; return what it printed. ``stdin`` is bytes or None. A failure is a ``BedError`` unless ``check`` is false."""
    command = ["podman", *map(str, arguments)]
    source = {"stdin": subprocess.DEVNULL} if stdin is None else {"input": stdin}
    try:
        done = subprocess.run(command, capture_output=True, check=False,
                              env=dict(os.environ, CONTAINERS_CONF=str(CONFIGURATION)), **source)
    except FileNotFoundError as error:
        raise BedError("podman is not installed; make setup installs it") from error
    if check and done.returncode:
        raise BedError(f"{' '.join(command)}\n{done.stderr.decode(errors='replace').strip()}")
    return done.stdout.decode(errors="replace")


def podman_json(*arguments):
    """Run podman and return what it printed as JSON; an empty list when it printed nothing."""
    return json.loads(podman(*arguments) or "null") or []
