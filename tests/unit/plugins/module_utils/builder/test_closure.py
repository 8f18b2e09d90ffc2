# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder.closure import check_closure
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import Blocked


def facts(*rows):
    return [{"name": name, "version": version, "requires": list(requires)} for name, version, *requires in rows]


@pytest.mark.parametrize("rows", [
    [("app", "1.0")],
    [("app", "1.0", "lib>=1"), ("lib", "1.5")],
    [("app", "1.0", "Lib_Two (>=1,<2)"), ("lib-two", "1.5")],
    [("app", "1.0", "lib[extra]>=1"), ("lib", "1.5", "more; extra == 'extra'")],
    [("app", "1.0", "gone; sys_platform == 'win32'", "gone; python_version < '3'", "gone; extra == 'x'")],
    [("app", "1.0", "lib>=1"), ("lib", "2.0rc1")],
    [("app", "1.0", "lib @ https://example.org/lib.whl"), ("lib", "1")],
])
def test_sets_that_are_closed(rows):
    check_closure(facts(*rows))


@pytest.mark.parametrize("text, words", [
    ("flask>=3", "version 1.0 requires flask>=3, which the lock does not have"),
    ("flask>=3; python_version > '3'", "requires flask>=3, which the lock does not have"),
    ("lib>=2", "requires lib>=2, but the lock has 1.5"),
    ("?", "can't be read"),
])
def test_what_is_missing_is_said_all_at_once(text, words):
    with pytest.raises(Blocked) as caught:
        check_closure(facts(("shop", "1.0", text), ("lib", "1.5", "absent")))
    first, second = sorted(caught.value.reasons, key=lambda reason: reason["package"], reverse=True)
    assert first["package"] == "shop" and words in first["message"] and "lock again" in first["hint"]
    assert second["package"] == "lib"
