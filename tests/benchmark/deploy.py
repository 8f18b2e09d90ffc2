# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The deploy benchmark: a first deploy, one that has nothing to do, one changed package, and the way back."""
import json
import pathlib
import sys

from . import payload
from .fleet import CACHE, run
from .timing import Contender, Goal

FIRST, UNCHANGED, CHANGED, ROLLBACK = STEPS = ("first deploy", "unchanged", "one package changed", "rollback")
OURS, PIP, UV, PING, PIPED, LIMIT, WHEELS = (
    "nogcc.wheelhouse", "copy + pip install --no-index", "rsync + uv pip install --offline", "ansible -m ping",
    "ansible -m ping, pipelining", "limit: ssh tar x, unzip", "limit, without bytecode")
GOALS = (
    Goal(OURS, UNCHANGED, 1.3, PING, UNCHANGED),
    Goal(OURS, CHANGED, 3, PING, UNCHANGED),
    Goal(OURS, CHANGED, 1 / 30, PIP, CHANGED),
    Goal(OURS, FIRST, 1.5, LIMIT, FIRST),
    Goal(OURS, FIRST, 1 / 10, PIP, FIRST),
    Goal(OURS, FIRST, 1, UV, FIRST),
    Goal(OURS, ROLLBACK, 1.5, PING, UNCHANGED),
)


def contenders(fleet):
    """Return all contenders; what they need is brought to the hosts, and the two releases are in the wheelhouse."""
    payload.make(fleet)
    first, second = (payload.Release(_manifest(letter)) for letter in ("a", "b"))
    return [_ours(fleet), _uv(fleet, first, second), _limit(LIMIT, fleet, first.places(), second.places()),
            _limit(WHEELS, fleet, [*first.wheels.values()], [*second.wheels.values()]), _ping(PING, fleet, False), _ping(PIPED, fleet, True),
            _pip(fleet, first, second)]


def _manifest(letter):
    """Return the manifest of a release: the one whose pins are those of its requirements."""
    wanted = payload.pins(payload.requirements(letter).read_text())
    for path in sorted((payload.WHEELHOUSE / "releases" / payload.APP).glob("*.json")):
        manifest = json.loads(path.read_text())
        if {wheel["name"]: wheel["version"] for wheel in manifest["wheels"]}.items() >= wanted.items():
            return manifest
    raise FileNotFoundError(f"the wheelhouse has no release of {payload.requirements(letter)}")


def _ours(fleet):
    def deploy(letter):
        fleet.playbook("nogcc.wheelhouse.deploy", wheelhouse_requirements=str(payload.requirements(letter)))
    return Contender(OURS, {
        FIRST: lambda: deploy("a"), UNCHANGED: lambda: deploy("a"), CHANGED: lambda: deploy("b"),
        ROLLBACK: lambda: fleet.playbook("nogcc.wheelhouse.rollback")},
        lambda: fleet.everywhere(f"rm -rf {payload.ROOT}"))


def _ping(name, fleet, pipelining):
    return Contender(name, {UNCHANGED: lambda: fleet.ansible("ansible", "prod", "-m", "ansible.builtin.ping", pipelining=pipelining)})


def _pip(fleet, first, second):
    """What many playbooks do: copy the wheels, install them into the virtual environment that is there."""
    folders = {"a": first.lay_out(CACHE / "pip/a"), "b": second.lay_out(CACHE / "pip/b")}
    playbook = pathlib.Path(__file__).with_name("copy_pip.yml")

    def deploy(letter):
        fleet.playbook(playbook, bench_folder=str(folders[letter]), bench_pip=str(payload.pip_wheel()))
    return Contender(PIP, {FIRST: lambda: deploy("a"), UNCHANGED: lambda: deploy("a"), CHANGED: lambda: deploy("b"),
                           ROLLBACK: lambda: deploy("a")}, lambda: fleet.everywhere("rm -rf /opt/bench-pip"),
                     1 if len(fleet.production) > 5 else 1000)


UV_SCRIPT = """set -e; cd /opt/bench-uv
if [ ! -e {release}/done ]; then
    ./uv venv --quiet --offline --clear --python /usr/bin/python3 {release}
    UV_CACHE_DIR=/opt/bench-uv/cache ./uv pip install --quiet --offline --no-index --find-links wheels --python {release}/bin/python -r {release}.txt
    touch {release}/done
fi
ln -sfn {release} current"""


def _uv(fleet, first, second):
    """What one would write by hand for speed: rsync, uv, a new environment for each release, a link."""
    folders = {"a": first.lay_out(CACHE / "uv/a"), "b": second.lay_out(CACHE / "uv/b")}
    for letter, folder in folders.items():
        (folder / "requirements.txt").rename(folder / f"{letter}.txt")
    binary = pathlib.Path(sys.executable).with_name("uv")

    def send(host, source, target):
        run(["rsync", "--archive", "--omit-dir-times", "--rsync-path", "sudo rsync", "--rsh", " ".join(fleet.shell()), source, f"{host}:{target}"])

    def deploy(letter):
        def one(host):
            send(host, f"{folders[letter]}/", "/opt/bench-uv/")
            fleet.ssh(host, UV_SCRIPT.format(release=letter))
        fleet.each(one)

    def prepare():
        fleet.everywhere("rm -rf /opt/bench-uv; mkdir /opt/bench-uv")
        fleet.each(lambda host: send(host, binary, "/opt/bench-uv/uv"))
    return Contender(UV, {
        FIRST: lambda: deploy("a"), UNCHANGED: lambda: deploy("a"), CHANGED: lambda: deploy("b"),
        ROLLBACK: lambda: fleet.everywhere("ln -sfn a /opt/bench-uv/current")}, prepare)


UNZIP = ("import sys, zipfile, pathlib\nfor path in pathlib.Path(sys.argv[1]).glob(\"*/**/*\"):\n"
         "    if path.suffix in (\".whl\", \".zip\"): zipfile.ZipFile(path).extractall(sys.argv[2])")


def _limit(name, fleet, first, second):
    """What no tool can beat by much: one stream of the missing bytes, unpacked by one process; nothing is checked or made durable."""
    tars = {FIRST: payload.write_tar(first, CACHE / f"limit-{len(first)}-first.tar"),
            CHANGED: payload.write_tar([place for place in second if place not in first], CACHE / f"limit-{len(first)}-changed.tar")}

    def push(step, folder):
        def one(host):
            with open(tars[step], "rb") as stream:
                fleet.ssh(host, f"mkdir -p {folder} && tar -x -C {folder} && python3 -c \"$UNZIP\" {folder} /opt/bench-limit/out".replace(
                    "$UNZIP", UNZIP.replace('"', '\\"')), stdin=stream)
        fleet.each(one)
    return Contender(name, {FIRST: lambda: push(FIRST, "/opt/bench-limit/first"), CHANGED: lambda: push(CHANGED, "/opt/bench-limit/changed")},
                     lambda: fleet.everywhere("rm -rf /opt/bench-limit"))
