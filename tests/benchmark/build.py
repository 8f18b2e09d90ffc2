# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The build benchmark: twelve sdists to wheels on one build host, with nothing cached, again, and with one of them changed.

Either side has its tools beforehand (a virtual environment, compiler and headers), and fetches sdists and build requirements anew.
"""
import shutil

from . import payload
from .fleet import CACHE, DATA
from .timing import Contender, Goal

COLD, FETCHED, UNCHANGED, CHANGED = STEPS = ("cold", "and fetched", "unchanged", "one requirement changed")
OURS, PIP, ALONE, PING = "nogcc.wheelhouse", "pip wheel", "pip wheel, the changed one", "ansible -m ping"
GOALS = (
    Goal(OURS, COLD, 1 / 3, PIP, COLD),
    Goal(OURS, UNCHANGED, 1, PING, UNCHANGED, more=2),
    Goal(OURS, CHANGED, 1, ALONE, CHANGED, more=2),
)
BEFORE = ("markupsafe", "3.0.3")  # in the list that is built first, when one requirement is to change
ROOT = "/opt/bench-build"
PIP_ROOT = "/opt/bench-pip-wheel"


def contenders(fleet):
    """Return all contenders; the build host has its toolchain, and both sides their tools."""
    return [_ours(fleet), *_pip(fleet), Contender(PING, {UNCHANGED: lambda: fleet.ansible("ansible", fleet.build, "-m", "ansible.builtin.ping")})]


def _ours(fleet):
    wheelhouse = CACHE / "build/wheelhouse"
    text = (DATA / "sdists.txt").read_text()
    for letter, wanted in (("a", payload.with_version(text, *BEFORE)), ("b", text)):
        payload.write(_requirements(letter), "".join(f"{name}=={version}\n" for name, version in payload.pins(wanted).items()))

    def call(playbook, letter):
        fleet.playbook(f"nogcc.wheelhouse.{playbook}", wheelhouse_app="bench", wheelhouse_dir=str(wheelhouse), build_root=ROOT, build_packages=[],
                       build_no_binary=[":all:"], wheelhouse_requirements=str(_requirements(letter)))

    def forget():
        if wheelhouse.exists():
            shutil.rmtree(wheelhouse)  # what stayed would be measured as cold

    def prepare():
        forget()
        fleet.ssh(fleet.build, f"mkdir -p {ROOT} && find {ROOT} -mindepth 1 -maxdepth 1 ! -name tools -exec rm -rf {{}} +")
        shutil.copy(*(_requirements(letter).with_name("pylock-build.toml") for letter in "ab"))  # the same but for the changed one

    for letter in "ab":
        if not _requirements(letter).with_name("pylock.toml").exists():
            call("lock", letter)
    forget()  # a wheelhouse of an earlier benchmark would leave this host without its toolchain
    call("build", "a")  # for the toolchain, and the build requirements' lock; what was built is taken away again
    return Contender(OURS, {COLD: lambda: call("build", "a"), FETCHED: lambda: call("fetch", "a"), UNCHANGED: lambda: call("build", "a"),
                            CHANGED: lambda: call("build", "b")}, prepare)


def _requirements(letter):
    return CACHE / f"build/{letter}/requirements.in"


def _pip(fleet):
    """pip wheel of the same twelve, and of the changed one alone: the time that the wheel itself takes."""
    python = f"{PIP_ROOT}/venv/bin/python"
    # by the environment, which pip's own builds inherit; their requirements are published wheels for both sides
    settings = {"PIP_CERT": payload.TRUST["SSL_CERT_FILE"], "PIP_CACHE_DIR": f"{PIP_ROOT}/cache"}
    settings = " ".join(f"{name}={value}" for name, value in settings.items())
    names = ",".join(payload.pins(_requirements("a").read_text()))
    fleet.ssh(fleet.build, f"mkdir -p {PIP_ROOT} && cat > {PIP_ROOT}/list.txt", stdin=open(_requirements("a"), "rb"))
    fleet.ssh(fleet.build, f"cat > {PIP_ROOT}/changed.txt", stdin=_changed_line())
    with open(payload.pip_wheel(), "rb") as stream:
        fleet.ssh(fleet.build, f"cat > {PIP_ROOT}/{payload.pip_wheel().name}", stdin=stream)
    fleet.ssh(fleet.build, f"test -e {python} || python3 -m venv {PIP_ROOT}/venv; "
                           f"{python} -m pip install --quiet --no-index {PIP_ROOT}/{payload.pip_wheel().name}")

    def build(name):
        fleet.ssh(fleet.build, f"{settings} {python} -m pip wheel --quiet --no-binary {names} --no-deps "
                               f"--wheel-dir {PIP_ROOT}/out -r {PIP_ROOT}/{name}.txt")

    def prepare():
        fleet.ssh(fleet.build, f"rm -rf {PIP_ROOT}/cache {PIP_ROOT}/out")
    return [Contender(PIP, {COLD: lambda: build("list"), UNCHANGED: lambda: build("list")}, prepare),
            Contender(ALONE, {CHANGED: lambda: build("changed")}, prepare)]


def _changed_line():
    path = CACHE / "build/changed.txt"
    pins = payload.pins(_requirements("b").read_text())
    path.write_text(f"{BEFORE[0]}=={pins[BEFORE[0]]}\n")
    return open(path, "rb")
