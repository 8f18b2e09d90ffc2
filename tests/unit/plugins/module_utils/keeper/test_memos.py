# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.keeper import memos

SOURCE = "5" * 64
MEMO = {"source": SOURCE, "filename": "a-1.0-py3-none-any.whl", "sha256": "1" * 64, "size": 7, "requirements": []}


def test_what_was_remembered(tmp_path):
    assert memos.recall(str(tmp_path), [SOURCE]) == {"memos": {}}
    assert memos.remember(str(tmp_path), {"ab": MEMO}) == {"new": True}
    assert memos.remember(str(tmp_path), {"ab": MEMO}) == {"new": False}
    (tmp_path / f"builds/{SOURCE}/cd.json").write_text("{")
    assert memos.recall(str(tmp_path), [SOURCE, "6" * 64, "../builds"]) == {"memos": {"ab": MEMO}}


@pytest.mark.parametrize("found", [{"../x": MEMO}, {"0" * 64: {"source": "../../x"}}])
def test_they_stay_in_their_folder(tmp_path, found):
    with pytest.raises(WheelhouseError, match="in a way that is unknown"):
        memos.remember(str(tmp_path), found)
    assert list(tmp_path.iterdir()) == []
