# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import json

from hypothesis import given, strategies as st

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import Blocked, WheelhouseError, from_dict, render

texts = st.text(max_size=20)
errors = st.builds(WheelhouseError, texts, texts, texts, texts)


def test_what_a_person_reads():
    error = WheelhouseError("it broke", hint="mend it", package="shop", log="one\ntwo\n")
    assert str(error) == "shop: it broke\n  -> mend it\n  | one\n  | two"
    assert str(WheelhouseError("only this")) == "only this"


def test_all_reasons_in_one_text():
    blocked = Blocked("not here", [WheelhouseError("one", hint="do").as_dict(), WheelhouseError("two", log="x").as_dict()])
    assert str(blocked) == "not here:\n- one\n    -> do\n- two\n    | x"


@given(errors)
def test_an_error_survives_the_wire(error):
    again = from_dict(json.loads(json.dumps(error.as_dict())))
    assert not isinstance(again, Blocked) and again.as_dict() == error.as_dict() and str(again) == str(error)


@given(texts, st.lists(errors))
def test_reasons_survive_the_wire(message, found):
    blocked = Blocked(message, [error.as_dict() for error in found])
    again = from_dict(json.loads(json.dumps(blocked.as_dict())))
    assert isinstance(again, Blocked) and again.reasons == blocked.reasons and str(again) == str(blocked)


def test_an_error_with_less_than_all_members():
    assert str(from_dict({"message": "short"})) == "short"
    assert render([{"message": "short"}]) == "short"
