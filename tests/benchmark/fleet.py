# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The benchmark's own hosts, and how to run something on them: by Ansible with its default settings, or by hand over SSH."""
import concurrent.futures
import contextlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile

from tests.bed import access, definition, disk, guests

REPOSITORY = definition.REPOSITORY
CACHE = REPOSITORY / ".cache/bench"
DATA = pathlib.Path(__file__).resolve().parent / "data"
# like the bed's production hosts, with the library of the one wheel of the list that those need not have
IMAGE = definition.Image("bench", "bookworm", ["libmariadb3", "libpq5", "python3", "rsync", "sudo"])


class BenchmarkError(Exception):
    """Something that was to be measured failed; the text has its last lines."""


def run(command, *, stdin=None, environment=None):
    """Run a command and return what it printed; ``stdin`` is an open file or None. Raises BenchmarkError when it fails."""
    words = [str(word) for word in command]
    done = subprocess.run(words, stdin=stdin or subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=REPOSITORY,
                          env=environment, check=False)
    output = done.stdout.decode(errors="replace")
    if done.returncode:
        raise BenchmarkError(f"{' '.join(words)} ended with {done.returncode}:\n" + "\n".join(output.splitlines()[-40:]))
    return output


class Fleet:
    """The hosts, by name: ``build`` is one, ``production`` several."""

    def __init__(self, build, production):
        self.build = build
        self.production = production
        self.inventory = CACHE / "hosts.json"

    def write_inventory(self, variables):
        """Write the inventory, with ``variables`` for all hosts."""
        common = {"ansible_ssh_common_args": f"-F '{access.GUESTS}'", "ansible_python_interpreter": "/usr/bin/python3", **variables}
        groups = {"build": {"hosts": {self.build: {}}}, "prod": {"hosts": {name: {} for name in self.production}}}
        (CACHE / "ansible.cfg").write_text("# none of the settings of this repository: what is measured is what a user has\n")
        self.inventory.write_text(json.dumps({"all": {"vars": common, "children": groups}}, indent=1))

    def ansible(self, *command, pipelining=False):
        """Run an ansible command, with connections of its own, so that nobody gains by what ran before, and all hosts at once."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
        with tempfile.TemporaryDirectory(prefix="cp") as sockets:
            environment = {**kept, "ANSIBLE_COLLECTIONS_PATH": str(REPOSITORY / ".cache/collections"), "ANSIBLE_CONFIG": str(CACHE / "ansible.cfg"),
                           "ANSIBLE_PIPELINING": str(pipelining), "ANSIBLE_FORKS": str(len(self.production)), "ANSIBLE_NOCOLOR": "true",
                           "ANSIBLE_SSH_CONTROL_PATH_DIR": sockets, "ANSIBLE_SSH_ARGS": "-C -o ControlMaster=auto -o ControlPersist=5s"}
            program = pathlib.Path(sys.executable).with_name(command[0])
            return run([program, "-i", self.inventory, *command[1:]], environment=environment)

    def playbook(self, playbook, **variables):
        """Run a playbook; ``variables`` win over the inventory's."""
        return self.ansible("ansible-playbook", playbook, "-e", json.dumps(variables))

    def ssh(self, host, script, stdin=None):
        """Run a shell script on one host as root; return what it printed."""
        return run([*self.shell(), host, "sudo", "sh", "-c", f"'{script}'"], stdin=stdin)

    @staticmethod
    def shell():
        """Return the command that logs in, but for the host's name."""
        return ["ssh", "-F", str(access.GUESTS), "-o", "BatchMode=yes"]

    def each(self, work):
        """Call ``work(host)`` for all production hosts at once; return what it returned, in order."""
        with concurrent.futures.ThreadPoolExecutor(len(self.production)) as pool:
            return list(pool.map(work, self.production))

    def everywhere(self, script):
        """Run a shell script on all production hosts at once, as root."""
        return self.each(lambda host: self.ssh(host, script))


@contextlib.contextmanager
def fleet(count, say):
    """Give a ``Fleet`` of one build host and ``count`` production hosts, each with a disk of its own; all are gone afterwards."""
    bed = definition.load()
    CACHE.mkdir(parents=True, exist_ok=True)
    place = CACHE / "disks"
    build = guests.define("benchbuild", 1, bed.images["build"], bed.networks["build"], capabilities=bed.hosts["build01"].capabilities, disk=place)
    production = guests.define("bench", count, IMAGE, bed.networks["prod"], disk=place)
    with contextlib.ExitStack() as stack:
        for host in build + production:
            stack.enter_context(disk.mounted(place / host.name))
        stack.enter_context(guests.present(bed, build + production, say))
        yield Fleet(build[0].name, [host.name for host in production])


def machine():
    """Return what kind of machine this is, in words that name no machine."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {"processors": len(os.sched_getaffinity(0)), "memory_gb": round(pages / 2 ** 30), "load": round(os.getloadavg()[0], 1)}
