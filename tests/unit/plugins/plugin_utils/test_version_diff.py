# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import pytest

from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.version_diff import version_diff


@pytest.mark.parametrize("before, after, rows", [
    ({}, {"a": "1"}, "+ a 1"),
    ({"a": "1"}, {}, "- a 1"),
    ({"urllib3": "2.1.0"}, {"urllib3": "2.2.3"}, "urllib3 2.1.0 → 2.2.3"),
    ({"b": "1", "a": "1", "c": "1"}, {"a": "2", "b": "1", "d": "1"}, "a 1 → 2\n- c 1\n+ d 1"),
])
def test_rows(before, after, rows):
    assert version_diff(before, after, "shop on web01") == {"prepared": f"shop on web01\n{rows}\n"}


def test_nothing_to_show():
    assert version_diff({"a": "1"}, {"a": "1"}, "shop") == {}
