# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which packages have a library: asked of this machine's own dpkg where there is one, and of programs that stand in for another's."""
import os
import re
import shutil

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder import os_packages
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder.wheel_facts import facts_of
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.module_utils.builder.package_factory import wheel_of
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.module_utils.builder.test_needs import MODULE, compiled

WHEEL = {"filename": "app-1.0-py3-none-any.whl", "sha256": "ab" * 32}


def stored(store, files):
    """Put a wheel with these files into the store; return its facts."""
    path = store.path_of("wheels", WHEEL["sha256"], WHEEL["filename"])
    os.makedirs(os.path.dirname(path))
    with open(path, "wb") as stream:
        stream.write(wheel_of("app", files=files))
    return facts_of(store, **WHEEL)


@pytest.mark.skipif(not shutil.which("dpkg-shlibdeps"), reason="needs dpkg-dev")
def test_versions_as_this_machine_tells_them(store, tmp_path, monkeypatch):
    """What the wheel carries, and what no package has, does not keep dpkg-shlibdeps from telling of the rest."""
    compiled(tmp_path, "libcarried.so.1", "int carried(void) { return 1; }", "-Wl,-soname,libcarried.so.1")
    compiled(tmp_path, "libabsent.so.1", "int absent(void) { return 1; }", "-Wl,-soname,libabsent.so.1")
    source = MODULE + "int carried(void); int absent(void); unsigned long crc32(); int f(void) { return carried() + absent() + crc32(); }"
    user = compiled(tmp_path, "x.so", source, "-L.", "-l:libcarried.so.1", "-l:libabsent.so.1", "-l:libz.so.1")
    facts = stored(store, {"x.so": user, "app.libs/libcarried.so.1": (tmp_path / "libcarried.so.1").read_bytes()})
    assert facts["libraries"] == ["libabsent.so.1", "libz.so.1"]
    found = os_packages.OsPackages(facts["libraries"]).providers(store, WHEEL, facts)
    assert list(found) == ["libz.so.1"] and re.fullmatch(r"zlib1g(t64)? \(>= 1:\S+\)", found["libz.so.1"][0])
    assert sorted(os.listdir(store.path("builds"))) == ["facts", "providers"]

    def run(command, check=False, **options):
        assert "shlibdeps" not in command[0]
        return real(command, check=check, **options)
    monkeypatch.setattr(os_packages.subprocess, "run", run)
    assert os_packages.OsPackages(facts["libraries"]).providers(store, WHEEL, facts) == found, "it is remembered"


real = os_packages.subprocess.run


def test_names_that_lead_elsewhere_are_no_stand_ins(store, tmp_path):
    facts = stored(store, {"x.so": compiled(tmp_path, "x.so", MODULE)})
    (tmp_path / "folder").mkdir()
    os_packages._lay_out(str(tmp_path / "folder"), store.path_of("wheels", WHEEL["sha256"], WHEEL["filename"]),
                         dict(facts, carries=["../../evil", "/etc/evil", "..", "a b", "libgood.so.1"]), {})
    assert os.listdir(tmp_path / "folder" / "stand-ins") == ["libgood.so.1"] and not (tmp_path / "evil").exists()


CACHE = """2 libs found in cache
\tlibz.so.1 (libc6) => /lib/i386-linux-gnu/libz.so.1
\tlibz.so.1 (libc6,x86-64) => /lib/x86_64-linux-gnu/libz.so.1
\tlibown.so.1 (libc6,x86-64) => /opt/own/libown.so.1
"""
FACTS = {"libraries": ["libabsent.so.1", "libown.so.1", "libz.so.1"], "symbols": {"libz.so.1": ["ZLIB_1.2.0", "ZLIB_1.2.9"]}, "users": [], "carries": []}


@pytest.fixture
def host(tmp_path, monkeypatch):
    """Return a function that makes a host with only these programs; its loader knows CACHE."""
    real_output = os_packages._output
    monkeypatch.setattr(os_packages, "_output", lambda command: CACHE if command[-1] == "-p" else real_output(command))

    def make(**programs):
        for name, text in programs.items():
            path = tmp_path / name.replace("_", "-")
            path.write_text("#!/bin/sh\n" + text)
            path.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))
    return make


DPKG_QUERY = """case $1 in
  -S) echo "zlib1g:amd64: /usr/lib/x86_64-linux-gnu/libz.so.1"; echo "diversion by dash from: /bin/sh"; exit 1;;
  -W) echo "zlib1g 1:1.2.13";;
esac
"""


@pytest.mark.parametrize("shlibdeps, requirement", [
    (None, "zlib1g"), ("exit 2", "zlib1g"), ("echo 'shlibs:Depends=libc6 (>= 2.34), zlib1g (>= 1:1.2.9)'", "zlib1g (>= 1:1.2.9)"),
    ("echo 'shlibs:Depends=zlib1g:amd64 (>= 1:1.2.9) | zlib1g-udeb'", "zlib1g:amd64 (>= 1:1.2.9) | zlib1g-udeb"),
    ("echo 'shlibs:Depends=libc6 (>= 2.34)'", "zlib1g"), ("echo 'shlibs:Depends='", "zlib1g"),
])
def test_on_debian(store, host, shlibdeps, requirement):
    stored(store, None)
    host(dpkg_query=DPKG_QUERY, **({"dpkg_shlibdeps": shlibdeps} if shlibdeps else {}))
    assert os_packages.OsPackages(FACTS["libraries"]).providers(store, WHEEL, FACTS) == {"libz.so.1": [requirement]}


RPM = """shift 2
for name; do
  case $name in
    "libz.so.1()(64bit)"|"libz.so.1(ZLIB_1.2.9)(64bit)") echo "zlib-1.2.11-40.el9.x86_64";;
    *) echo "no package provides $name";;
  esac
done
exit 1
"""


def test_on_the_rpm_family(store, host):
    host(rpm=RPM)
    assert os_packages.OsPackages(FACTS["libraries"]).providers(store, WHEEL, FACTS) == {
        "libz.so.1": ["libz.so.1()(64bit)", "libz.so.1(ZLIB_1.2.9)(64bit)"]}


def test_names_that_are_options_are_not_asked_for(store, host, tmp_path):
    host(rpm=f'echo "$@" >> {tmp_path}/asked; ' + RPM)
    facts = dict(FACTS, libraries=["--eval=%(id)", "libz.so.1"], symbols={"libz.so.1": ["--eval", "1)(%(id"]})
    installed = os_packages.OsPackages(facts["libraries"])
    assert installed.providers(store, WHEEL, facts) == {"libz.so.1": ["libz.so.1()(64bit)"]}
    assert (tmp_path / "asked").read_text() == "-q --whatprovides libz.so.1()(64bit)\n"
    assert installed.providers(store, WHEEL, dict(facts, libraries=["--eval=%(id)"])) == {}


def test_where_nobody_can_say(store, host):
    host()
    assert os_packages.OsPackages(FACTS["libraries"]).providers(store, WHEEL, FACTS) == {}
    assert os_packages.OsPackages([]).paths == {}
