# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import os
import shutil

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent import os_packages

DPKG_QUERY = """#!/bin/sh
# dpkg-query -W -f FORMAT NAME...
shift 3
code=0
for name; do
  case $name in
    libpq5) echo "libpq5 9.1~rc1-1 install ok installed";;
    zlib1g) echo "zlib1g 1:1.2.13 install ok installed";;
    libgone1) echo "libgone1 1.0 deinstall ok config-files";;
    *) echo "dpkg-query: no packages found matching $name" >&2; code=1;;
  esac
done
exit $code
"""

RPM = """#!/bin/sh
# rpm -q [--qf FORMAT] --whatprovides CAPABILITY...
while [ "$1" != --whatprovides ]; do test "$1" != --qf || said=1; shift; done
shift
code=0
for name; do
  case $name in
    "libpq.so.5()(64bit)"|"libold.so.1"|"libpq.so.5(RHPG_9.1)(64bit)") printf %s "libpq-9.1-2.el9.x86_64"; test $said || echo;;
    *) echo "no package provides $name"; code=1;;
  esac
done
exit $code
"""


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Return a function that puts a program into PATH; ``alone`` there is no other."""
    def put(name, text, alone=False):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path) if alone else "{0}{1}{2}".format(tmp_path, os.pathsep, os.environ["PATH"]))
    return put


@pytest.mark.skipif(not shutil.which("dpkg"), reason="versions are compared by dpkg")
@pytest.mark.parametrize("requirement, found", [
    ("libpq5 (>= 9.1~)", None), ("libpq5 (>= 9.1)", "9.1~rc1-1"), ("libpq5", None), ("libpq5:amd64 (>= 9.1)", "9.1~rc1-1"), ("zlib1g (>= 1:1.1.4)", None),
    ("zlib1g (<< 1:1.2)", "1:1.2.13"), ("libabsent1 (>= 2)", None), ("libgone1 (>= 2)", None),
    ("libpq5 (>= 15) | libpq4 (>= 4)", "9.1~rc1-1"), ("libpq5 (>= 15) | zlib1g (>= 1:1)", None), ("libpq5 (>= 15) | libother", None),
    ("nonsense (((", None),
])
def test_debian_versions(program, requirement, found):
    program("dpkg-query", DPKG_QUERY)
    assert os_packages.too_old([requirement, "zlib1g"]) == ({requirement: found} if found else {})


@pytest.mark.parametrize("requirement, found", [
    ("libpq.so.5()(64bit)", None), ("libpq.so.5(RHPG_9.1)(64bit)", None), ("libpq.so.5(RHPG_14)(64bit)", "libpq-9.1-2.el9.x86_64"),
    ("libold.so.1(V2)", "libpq-9.1-2.el9.x86_64"), ("libabsent.so.1(V1)(64bit)", None),
    ("--eval=%(echo)(64bit)", None), ("libpq.so.5(--eval)(64bit)", None),
])
def test_rpm_capabilities(program, requirement, found):
    program("rpm", RPM, alone=True)
    assert os_packages.too_old([requirement]) == ({requirement: found} if found else {})


def test_a_host_that_has_neither(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert os_packages.too_old(["libpq5 (>= 9.1)"]) == {}


@pytest.mark.parametrize("requirement, name", [
    ("libpq5 (>= 9.1~)", "libpq5"), ("libpq5", "libpq5"), ("libgl1 | libgl1-mesa-glx (>= 1)", "libgl1"), ("libc6:any (>= 2)", "libc6"),
    ("libpq.so.5()(64bit)", "libpq.so.5()(64bit)"), ("libpq.so.5(RHPG_9.6)(64bit)", "libpq.so.5(RHPG_9.6)(64bit)"),
])
def test_what_is_installed_for_it(requirement, name):
    assert os_packages.name_of(requirement) == name


@pytest.mark.parametrize("requirement, specifier", [
    ("libpq5 (>= 15~)", "libpq5>=15~"), ("libpq5", "libpq5"), ("libgl1 (>= 1) | libgl1-mesa-glx", "libgl1"),
    ("libpq.so.5(RHPG_9.6)(64bit)", "libpq.so.5(RHPG_9.6)(64bit)"),
])
def test_in_which_version(requirement, specifier):
    assert os_packages.specifier_of(requirement) == specifier
