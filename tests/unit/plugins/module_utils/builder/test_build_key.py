# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder import build_key

BASE = {"source": "a", "build_lock": "b", "platform": {"python": "3.11"}, "tools": ["gcc 1"]}


@pytest.mark.parametrize("change", [
    {"source": "x"}, {"build_lock": "x"}, {"platform": {"python": "3.12"}}, {"tools": ["gcc 2"]},
    {"tools": []}, {"tools": ["gcc 1", "x-dev 1"]},
])
def test_whatever_a_wheel_is_made_from_changes_its_key(change):
    assert build_key.build_key(**BASE) != build_key.build_key(**{**BASE, **change})
    assert build_key.build_key(**BASE) == build_key.build_key(**BASE)


@pytest.mark.parametrize("name, counts", [
    ("gcc", True), ("gcc-12", True), ("g++-12", True), ("libpq-dev", True), ("libpq-devel", True), ("linux-libc-dev", True), ("make", True),
    ("pkg-config", True), ("pkgconf", True), ("rustc", True), ("cmake", True), ("libpq5", False), ("bash", False), ("gccgo-docs", False),
    ("python3", False), ("makedev", False),
])
def test_which_packages_a_build_can_see(name, counts):
    assert bool(build_key._TOOLCHAIN.match(name)) == counts


def test_the_toolchain_of_this_host_is_a_sorted_list():
    found = build_key.toolchain()
    assert found == sorted(found) and all(isinstance(row, str) for row in found)
