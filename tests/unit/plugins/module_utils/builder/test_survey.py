# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder.survey import survey
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.platform import describe

DPKG = """#!/bin/sh
for name; do :; done
case "$name" in
gcc) echo "installed 4:12.2.0-3" ;;
removed) echo "config-files 1.0" ;;
*) exit 1 ;;
esac
"""
RPM = "#!/bin/sh\n[ \"$3\" = gcc ] || [ \"$3\" = libpq-devel ]\n"
APK = "#!/bin/sh\n[ \"$3\" = build-base ]\n"


@pytest.fixture(name="host")
def fixture_host(tmp_path, monkeypatch):
    """A function that makes this a host with nothing but the programs that it is given."""
    def make(**programs):
        for name, text in programs.items():
            (tmp_path / name.replace("_", "-")).write_text(text)
            (tmp_path / name.replace("_", "-")).chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))
    return make


@pytest.mark.parametrize("programs, toolchain, packages, missing", [
    ({"dpkg_query": DPKG}, ["gcc", "g++"], ["removed", "libpq-dev"], ["g++", "removed", "libpq-dev"]),
    ({"dpkg_query": DPKG}, ["gcc"], ["gcc=4:12.2.0-3", "gcc=1"], ["gcc=1"]),
    ({"rpm": RPM}, ["gcc", "make"], ["libpq-devel", "x-devel"], ["make", "x-devel"]),
    ({"rpm": RPM, "zypper": RPM}, ["gcc"], [], []),
    ({"apk": APK}, ["build-base", "pkgconf"], [], ["pkgconf"]),
    ({}, [], ["libpq-dev"], ["libpq-dev"]),
])
def test_what_is_missing(host, programs, toolchain, packages, missing):
    host(**programs)
    family = {"dpkg_query": "Debian", "zypper": "Suse", "rpm": "RedHat", "apk": "Alpine"}.get(max(programs, default=""), "")
    assert survey({family: toolchain, "Other": ["never"]}, packages)["missing"] == missing


def test_the_platform_is_told():
    assert survey({}, [])["platform"] == describe()
