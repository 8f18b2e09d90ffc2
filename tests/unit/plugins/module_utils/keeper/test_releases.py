# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import copy
import multiprocessing
import os

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.files import canonical_json
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.manifest import manifest_id
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.keeper import index, releases
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.plugin_utils.stored_wheels import entry, manifest


@pytest.fixture(name="root")
def fixture_root(tmp_path):
    return str(tmp_path)


@pytest.fixture(name="made")
def fixture_made(tmp_path):
    return manifest(entry(tmp_path, "a", "1.0"))


def test_what_inputs_led_to(root, made):
    nothing = {"manifest": None, "build_lock": "", "whole": False, "problem": None}
    assert releases.look(root, made) == nothing
    assert releases.publish(root, made, {**made, "build_lock": "12"}) == {"new": True}
    assert releases.publish(root, made, {**made, "build_lock": "12"}) == {"new": False}
    assert releases.look(root, made) == {"manifest": made, "build_lock": "12", "whole": True, "problem": None}
    assert releases.look(root, {**made, "lock": "2" * 64}) == nothing


def test_a_release_and_those_that_there_are(root, made):
    unknown = releases.release(root, "shop", "0" * 16)
    assert unknown == {"manifest": None, "signature": None, "known": [], "problem": None}
    releases.publish(root, made, made)
    assert releases.release(root, "shop", "0" * 16)["known"] == [manifest_id(made)]
    assert releases.release(root, "shop", manifest_id(made)) == {"manifest": made, "signature": None, "known": None, "problem": None}


def test_a_damaged_manifest_is_a_problem_of_those_who_want_it(root, made):
    releases.publish(root, made, made)
    with open(f"{root}/releases/shop/{manifest_id(made)}.json", "w", encoding="utf-8") as stream:
        stream.write("{")
    assert "is damaged" in releases.look(root, made)["problem"]["message"]
    found = releases.release(root, "shop", manifest_id(made))
    assert "is damaged" in found["problem"]["message"] and found["manifest"] is found["known"] is None


@pytest.mark.parametrize("lacking", ["lock", "project", "options", "wheel source"])
def test_a_manifest_that_somebody_put_there_with_something_lacking(root, made, lacking):
    """Its id is right, and an index of inputs leads to it."""
    releases.publish(root, made, made)
    altered = copy.deepcopy(made)
    del (altered["wheels"][0] if lacking.startswith("wheel ") else altered)[lacking.split()[-1]]
    release = manifest_id(altered)
    with open(f"{root}/releases/shop/{release}.json", "wb") as stream:
        stream.write(canonical_json(altered))
    with open(f"{root}/releases/shop/inputs/{releases.inputs_digest(made)}", "w", encoding="ascii") as stream:
        stream.write(release)
    assert "is damaged" in releases.look(root, made)["problem"]["message"]
    assert "is damaged" in releases.release(root, "shop", release)["problem"]["message"]


@pytest.mark.parametrize("app, release", [("../x", "0" * 16), ("shop", "../../x"), ("shop", "")])
def test_names_that_lead_elsewhere(root, made, app, release):
    with pytest.raises(WheelhouseError, match="not a name for an app|not the id"):
        releases.release(root, app, release)


def test_a_manifest_that_is_none_is_not_published(root, made):
    with pytest.raises(WheelhouseError, match="the manifest is damaged"):
        releases.publish(root, {**made, "schema": 7}, made)
    with pytest.raises(WheelhouseError, match="not a name for an app"):
        releases.publish(root, made, {**made, "app": "../x"})
    assert not os.path.exists(f"{root}/releases")


def publish(root, number):
    for version in range(12):
        found = manifest(entry(root, f"name{number}", f"{version}.0"), app="shop", lock=f"{version:064x}")
        releases.publish(str(root), found, found)
        index.update_index(str(root))


def test_two_controllers_at_once(tmp_path):
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=publish, args=(tmp_path, number)) for number in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
        assert process.exitcode == 0
    for number in range(4):
        page = (tmp_path / f"simple/name{number}/index.html").read_text()
        assert page.count("<a ") == 12
    assert (tmp_path / "index.html").read_text().count("<a ") == 48
    assert len(list(tmp_path.glob("releases/shop/*.json"))) == 48
    assert index.update_index(str(tmp_path)) == {"changed": False} and not list(tmp_path.rglob(".tmp-*"))
