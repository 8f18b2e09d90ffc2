# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import Blocked
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.sharing import divide

D12 = {"python": "3.11", "abi": "cp311", "machine": "x86_64", "libc": "glibc", "libc_version": "2.36", "os": "debian-12"}
D12_NEWER = {**D12, "libc_version": "2.36.1"}
D13 = {"python": "3.13", "abi": "cp313", "machine": "x86_64", "libc": "glibc", "libc_version": "2.41", "os": "debian-13"}
ARM = {**D12, "machine": "aarch64"}


def test_one_host_does_everything():
    (part,) = divide([D12], {"b1": D12}).values()
    assert (part.platforms, part.share, part.shares, part.locks, part.verifies) == ([D12], 0, 1, True, "b1")


def test_each_platform_has_its_host_and_the_lowest_python_resolves():
    parts = divide([D12, D13], {"b13": D13, "b12": D12})
    assert {name: part.platforms for name, part in parts.items()} == {"b13": [D13], "b12": [D12]}
    assert {name: part.locks for name, part in parts.items()} == {"b13": False, "b12": True}
    assert {name: part.verifies for name, part in parts.items()} == {"b13": "b13", "b12": "b12"}


def test_hosts_of_one_platform_share_and_verify_each_other():
    parts = divide([D12], {"b1": D12, "b2": D12, "b3": D12, "b13": D13})
    assert {name: (part.share, part.shares) for name, part in parts.items()} == {"b1": (0, 3), "b2": (1, 3), "b3": (2, 3), "b13": (0, 0)}
    assert {name: part.platforms for name, part in parts.items()} == {"b1": [D12], "b2": [], "b3": [], "b13": []}
    assert {name: part.verifies for name, part in parts.items()} == {"b1": "", "b2": "b1", "b3": "", "b13": ""}
    assert {name: part.verified_by for name, part in parts.items()} == {"b1": "b2", "b2": "", "b3": "", "b13": ""}
    assert [name for name, part in parts.items() if part.locks] == ["b1"]


def test_one_host_puts_together_all_releases_that_it_can():
    assert divide([D12, D12_NEWER], {"b1": D12})["b1"].platforms == [D12, D12_NEWER]


def test_without_platforms_they_build_for_their_own():
    parts = divide([], {"b1": D12, "b2": D12_NEWER, "b13": D13})
    assert {name: part.platforms for name, part in parts.items()} == {"b1": [D12], "b2": [], "b13": [D13]}


def test_every_platform_without_a_host_is_named():
    with pytest.raises(Blocked) as caught:
        divide([D12, D13, ARM], {"b1": D12})
    said = str(caught.value)
    assert "Python 3.13 (cp313) on debian-13" in said and "aarch64" in said and "b1 is Python 3.11" in said and "build_python" in said
    assert len(caught.value.reasons) == 2


def test_no_host_at_all():
    with pytest.raises(Blocked, match="there is none"):
        divide([D12], {})
