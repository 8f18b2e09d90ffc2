# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import sys

import pytest
from hypothesis import given, strategies as st

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common import platform


def test_this_one():
    found = platform.describe()
    assert sorted(found) == ["abi", "libc", "libc_version", "machine", "os", "python"]
    assert all(isinstance(value, str) and value for value in found.values())
    assert found["python"] == "{0}.{1}".format(*sys.version_info) and found["abi"].startswith("cp{0}{1}".format(*sys.version_info))
    assert platform.differences(found, found) == []


@pytest.mark.parametrize("system, largest, expected", [
    ("linux-x86_64", 2 ** 63 - 1, "x86_64"), ("linux-x86_64", 2 ** 31 - 1, "i686"), ("linux-aarch64", 2 ** 63 - 1, "aarch64"),
    ("linux-aarch64", 2 ** 31 - 1, "armv7l"), ("linux-i686", 2 ** 31 - 1, "i686"), ("linux-ppc64le", 2 ** 63 - 1, "ppc64le")])
def test_machine(system, largest, expected):
    assert platform._machine(system, largest) == expected


@pytest.mark.parametrize(
    "text, expected",
    [
        ('ID=debian\nVERSION_ID="12"\n', "debian-12"),
        ('ID=ubuntu\nID_LIKE=debian\nVERSION_ID="22.04"\n', "ubuntu-22.04"),
        ('ID="rocky"\nID_LIKE="rhel centos fedora"\nVERSION_ID="9.3"\n', "rocky-9"),
        ("ID=fedora\nVERSION_ID=40\n", "fedora-40"),
        ("ID=alpine\nVERSION_ID=3.18.4\n", "alpine-3.18"),
        ("ID=arch\n", "arch"),
        ("ID=debian\nVERSION_CODENAME=trixie\n", "debian-trixie"),
        ("", "linux"),
        ("# ID=no\nID='x\nVERSION_ID=1\n", "linux-1"),
    ],
)
def test_os(text, expected):
    assert platform._os_name(text) == expected


@given(st.text())
def test_any_text_names_an_os(text):
    assert platform._os_name(text)


def test_differences_are_named():
    one = platform.describe()
    assert platform.differences(dict(one, machine="vax", libc_version="9"), one) == ["machine is {0}, not vax".format(one["machine"])]
    assert len(platform.differences({}, one)) == len(platform.COMPARED)


@pytest.mark.parametrize("one, other", [("2.4", "2.36"), ("2.36", "2.36.1"), ("2", "2.1"), ("", "1")])
def test_versions_compare_by_number(one, other):
    assert platform.version_tuple(one) < platform.version_tuple(other)


@pytest.mark.parametrize("other", [
    {"os": "ubuntu-24.04", "libc_version": "2.39"}, {"abi": "cp313", "python": "3.13"}, {"machine": "aarch64"}, {"libc": "musl"}])
def test_what_may_be_resolved_otherwise_is_another_family(other):
    debian = {"python": "3.11", "abi": "cp311", "machine": "x86_64", "libc": "glibc", "libc_version": "2.36", "os": "debian-12"}
    assert platform.family(debian) == "cp311-glibc-x86_64-debian-12"
    assert platform.family(dict(debian, **other)) != platform.family(debian)
    assert platform.family(dict(debian, libc_version="2.36.1")) == platform.family(debian), "an update within a release"
