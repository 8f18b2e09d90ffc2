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


def test_so_does_what_is_changed_in_the_interpreter_of_an_environment(monkeypatch):
    before = build_key.build_key(**BASE)
    monkeypatch.setattr(build_key.startup, "TEXT", "something else")
    assert build_key.build_key(**BASE) != before
