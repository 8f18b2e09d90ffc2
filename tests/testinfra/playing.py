# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Run a playbook as a user would, and look at what came of it."""
import dataclasses
import json
import os
import pathlib
import re
import subprocess

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent.parent
SCRATCH = REPOSITORY / ".cache/tests/molecule"


@dataclasses.dataclass
class Run:
    """A finished run of ansible-playbook: its exit status, its output, and the numbers of each host."""

    status: int
    output: str

    @property
    def recap(self):
        """The play recap: ``{host: {"ok": 3, "changed": 0, …}}``."""
        rows = re.findall(r"^(\S+) +: (ok=.*)$", self.output, re.MULTILINE)
        return {host: {key: int(value) for key, value in re.findall(r"(\w+)=(\d+)", numbers)} for host, numbers in rows}

    @property
    def changed(self):
        """How many tasks changed something, on all hosts."""
        return sum(numbers["changed"] for numbers in self.recap.values())

    def succeeded(self):
        """Return this run, which went well."""
        assert self.status == 0, self.output
        return self

    def failed(self, *texts, traceback=False):
        """Return this run, which failed and said each of ``texts``; it showed a traceback only where a package's own is the reason."""
        assert self.status != 0, self.output
        said = " ".join(self.output.split())  # the output is folded
        for text in texts:
            assert text in said, f"{text!r} was not said:\n{self.output}"
        assert ("Traceback" in self.output) is traceback, self.output
        return self


def play(scenario, playbook, *options, collections=REPOSITORY / ".cache/collections", cwd=REPOSITORY, pipelining=True, settings=None, **variables):
    """Run one of our playbooks, or the one at an absolute path, on the hosts of a scenario; ``variables`` win over its inventory.

    ``settings`` are Ansible's, such as ``{"FORKS": "1"}``. Returns a ``Run``.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "MOLECULE_"))}
    environment = {**kept, "ANSIBLE_COLLECTIONS_PATH": str(collections), "ANSIBLE_PIPELINING": str(pipelining), "ANSIBLE_NOCOLOR": "true",
                   "ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml", **{f"ANSIBLE_{name}": value for name, value in (settings or {}).items()}}
    command = ["ansible-playbook", "-i", REPOSITORY / "molecule/shared/inventory", "-i", REPOSITORY / f"molecule/{scenario}/inventory",
               playbook if os.path.isabs(playbook) else f"nogcc.wheelhouse.{playbook}", *options, "-e", json.dumps(variables)]
    done = subprocess.run([str(part) for part in command], cwd=cwd, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    return Run(done.returncode, done.stdout)


def requirements(scenario, app, *lines):
    """Write a requirements file without a lock for ``app``; return its path."""
    path = SCRATCH / scenario / app / "requirements.in"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    path.with_name("pylock.toml").unlink(missing_ok=True)
    return str(path)


def release_with(scenario, app, **versions):
    """Return the manifest and the id of a release in the wheelhouse of a scenario whose packages are these, such as ``greeting="1.0"``."""
    for path in sorted((SCRATCH / scenario / "wheelhouse/releases" / app).glob("*.json")):
        manifest = json.loads(path.read_text(encoding="utf-8"))
        if {wheel["name"]: wheel["version"] for wheel in manifest["wheels"]} == versions:
            return manifest, path.stem
    raise AssertionError(f"no release of {app} with {versions}")


def files_below(folder):
    """Return every path below ``folder`` with size and time of change: equal before and after means that nothing was written."""
    return {str(path): (path.lstat().st_size, path.lstat().st_mtime_ns) for path in pathlib.Path(folder).rglob("*")}
