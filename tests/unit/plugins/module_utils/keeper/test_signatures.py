# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import os

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.signature import LARGEST
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.turns import NAME
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.keeper import signatures

ONE, TWO = "1" * 16, "2" * 16


@pytest.fixture(name="root")
def fixture_root(tmp_path):
    (tmp_path / "releases/shop").mkdir(parents=True)
    return str(tmp_path)


def test_who_has_not_seen_the_last_ones_keeps_none(root):
    nothing = signatures.digest(signatures.signatures(root, "shop")["signatures"])
    assert signatures.keep_signatures(root, "shop", nothing, {ONE: "one"}) == {"kept": True}
    assert signatures.keep_signatures(root, "shop", nothing, {TWO: "two", ONE: "other"}) == {"kept": False}
    assert signatures.signatures(root, "shop") == {"signatures": {ONE: "one"}}
    assert signatures.keep_signatures(root, "shop", signatures.digest({ONE: "one"}), {TWO: "tw\u00f6"}) == {"kept": True}
    assert signatures.signatures(root, "shop") == {"signatures": {ONE: "one", TWO: "tw\u00f6"}}


def test_what_a_killed_run_left_goes(root):
    open(f"{root}/releases/shop/.tmp-wheelhouse-half0000", "wb").close()
    signatures.keep_signatures(root, "shop", signatures.digest({}), {ONE: "one"})
    assert os.listdir(f"{root}/releases/shop") == [f"{ONE}.json.sig"]


def test_an_app_without_releases(root):
    assert signatures.signatures(root, "other") == {"signatures": {}}


def test_a_file_of_another_name_is_no_signature(root):
    signatures.keep_signatures(root, "shop", signatures.digest({}), {ONE: "one"})
    for name in ("backup.json.sig", f"{TWO}-old.json.sig"):
        open(f"{root}/releases/shop/{name}", "wb").close()
    assert signatures.signatures(root, "shop") == {"signatures": {ONE: "one"}}


def test_only_as_much_as_shows_that_it_is_too_long(root):
    with open(f"{root}/releases/shop/{ONE}.json.sig", "wb") as stream:
        stream.write(b"\xff" * 3 * LARGEST)
    assert len(signatures.read_signature(root, "shop", ONE)) == LARGEST + 1


def test_names_that_lead_elsewhere(root):
    with pytest.raises(WheelhouseError, match="not the id of a release"):
        signatures.keep_signatures(root, "shop", signatures.digest({}), {"../../x": "x"})
    with pytest.raises(WheelhouseError, match="not a name for an app"):
        signatures.signatures(root, "../x")
    assert sorted(os.listdir(root)) == [NAME, "releases"] and os.listdir(f"{root}/releases") == ["shop"]
