# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import json
import os

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.files import canonical_json
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.manifest import manifest_id, places
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.kept_files import stored_files
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.keeper.files import verify
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.keeper.releases import inputs_digest
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.wheelhouse import Wheelhouse
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.plugin_utils.stored_wheels import entry, manifest, path_in
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.work import work_of


@pytest.fixture
def wheelhouse(tmp_path):
    return Wheelhouse(str(tmp_path / "wheelhouse"))


@pytest.fixture
def release(tmp_path):
    return manifest(entry(tmp_path / "wheelhouse", "a", "1.0"), entry(tmp_path / "wheelhouse", "b", "2.0"))


def test_publishing(wheelhouse, release):
    assert wheelhouse.find_manifest(release) is None and wheelhouse.find_complete(release) is None
    assert wheelhouse.publish(release, release) is True
    assert wheelhouse.publish(release, release) is False
    assert wheelhouse.find_manifest(release) == release == wheelhouse.find_complete(release)
    assert wheelhouse.require_manifest("shop", manifest_id(release)) == release


@pytest.mark.parametrize("key, value", [("app", "other"), ("lock", "2" * 64), ("project", "3" * 64), ("platform", {"python": "3.12"})])
def test_other_inputs_have_another_manifest(wheelhouse, release, key, value):
    wheelhouse.publish(release, release)
    assert wheelhouse.find_manifest({**release, key: value}) is None


def test_production_takes_what_was_fetched_last_whatever_the_options(wheelhouse, release):
    compiled = {**release, "options": {"no_binary": [":all:"], "only_binary": []}}
    assert inputs_digest(compiled) == inputs_digest(release)
    wheelhouse.publish(release, release)
    wheelhouse.publish(compiled, compiled)
    assert wheelhouse.find_manifest(release) == compiled
    assert wheelhouse.find_complete(release) is None and wheelhouse.find_complete(compiled) == compiled


def test_another_build_lock_is_built_but_production_takes_what_was_fetched_last(wheelhouse, release):
    first, second = {**release, "build_lock": "1" * 64}, {**release, "build_lock": "2" * 64}
    assert wheelhouse.publish(release, first) is True and wheelhouse.publish(release, first) is False
    assert wheelhouse.find_complete(first) == release and wheelhouse.find_complete(second) is None
    assert wheelhouse.find_complete({**release, "build_lock": None}) == release, "there is nothing to hold against it"
    assert wheelhouse.find_manifest(second) == release
    assert wheelhouse.publish(release, second) is True
    assert wheelhouse.find_complete(second) == release and wheelhouse.find_complete(first) is None


def test_a_release_that_lacks_a_file_is_not_complete(wheelhouse, release):
    wheelhouse.publish(release, release)
    gone = next(iter(places(release)))
    os.unlink(path_in(wheelhouse, gone))
    assert wheelhouse.find_complete(release) is None
    assert list(wheelhouse.missing(stored_files(release))) == [gone]


def test_a_truncated_file_is_missing(wheelhouse, release):
    place = next(iter(places(release)))
    os.truncate(path_in(wheelhouse, place), 1)
    assert list(wheelhouse.missing(places(release))) == [place]


def test_damage_is_set_aside(wheelhouse, release):
    verify(wheelhouse.where, places(release))
    altered, truncated, gone = list(places(release))[:3]
    with open(path_in(wheelhouse, altered), "r+b") as stream:
        stream.write(b"X")
    os.truncate(path_in(wheelhouse, truncated), 1)
    os.unlink(path_in(wheelhouse, gone))
    with pytest.raises(WheelhouseError) as caught:
        verify(wheelhouse.where, places(release))
    assert all(place in str(caught.value) for place in (altered, truncated, gone))
    assert set(wheelhouse.missing(places(release))) == {altered, truncated, gone}
    assert os.path.exists(path_in(wheelhouse, altered) + ".damaged")


@pytest.mark.parametrize("name", ["", "latest", "../../x", "0" * 15, "0" * 17, "G" * 16])
def test_no_id(wheelhouse, name):
    with pytest.raises(WheelhouseError, match="not the id of a release"):
        wheelhouse.read_manifest("shop", name)


def test_an_unknown_release_tells_what_there_is(wheelhouse, release):
    with pytest.raises(WheelhouseError, match="it has none"):
        wheelhouse.require_manifest("shop", "0" * 16)
    wheelhouse.publish(release, release)
    with pytest.raises(WheelhouseError, match=manifest_id(release)):
        wheelhouse.require_manifest("shop", "0" * 16)


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"{}", b"\xff"])
def test_a_damaged_manifest(wheelhouse, release, data):
    wheelhouse.publish(release, release)
    path = path_in(wheelhouse, f"releases/shop/{manifest_id(release)}.json")
    with open(path, "wb") as stream:
        stream.write(data)
    with pytest.raises(WheelhouseError, match="damaged|altered"):
        wheelhouse.find_manifest(release)
    assert wheelhouse.find_complete(release) is None
    assert wheelhouse.publish(release, release) is True
    assert wheelhouse.find_complete(release) == release


@pytest.mark.parametrize("data", [b"", b"xx", b"\xff", b"../../x\n", b"0" * 16])
def test_damaged_inputs_are_made_anew(wheelhouse, release, data):
    wheelhouse.publish(release, release)
    with open(path_in(wheelhouse, f"releases/shop/inputs/{inputs_digest(release)}"), "wb") as stream:
        stream.write(data)
    assert wheelhouse.find_manifest(release) is None and wheelhouse.find_complete(release) is None
    assert wheelhouse.publish(release, release) is True
    assert wheelhouse.find_complete(release) == release


def test_an_altered_manifest(wheelhouse, release):
    wheelhouse.publish(release, release)
    path = path_in(wheelhouse, f"releases/shop/{manifest_id(release)}.json")
    with open(path, "wb") as stream:
        stream.write(canonical_json({**release, "wheels": release["wheels"][:1]}))
    with pytest.raises(WheelhouseError, match="altered"):
        wheelhouse.read_manifest("shop", manifest_id(release))


def test_whether_it_can_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "empty").mkdir()
    for name in ("there/to/come", "empty"):
        Wheelhouse(str(tmp_path / name)).check_writable()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "file"]
    for name in ("file", "file/below"):
        with pytest.raises(WheelhouseError, match="can't be written: .*file is not a folder"):
            Wheelhouse(str(tmp_path / name)).check_writable()


def test_a_folder_of_somebody_else(tmp_path):
    (tmp_path / "index.html").write_text("a home page")
    with pytest.raises(WheelhouseError, match="has what is not of nogcc.wheelhouse: index.html") as caught:
        Wheelhouse(str(tmp_path))
    assert caught.value.hint == "choose an empty or new folder for wheelhouse_dir"


@pytest.mark.parametrize("root", ["", " "])
def test_no_folder_at_all(root):
    with pytest.raises(WheelhouseError, match="wheelhouse_dir is empty"):
        Wheelhouse(root)


def test_a_folder_that_others_own(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_arguments: False)
    with pytest.raises(WheelhouseError, match="permission denied"):
        Wheelhouse(str(tmp_path)).check_writable()


def test_commits_of_which_the_sdist_is_here(wheelhouse, release):
    url = "git+https://example.org/a@" + "12" * 20
    source = release["wheels"][0]["source"]
    source["url"] = url
    wheelhouse.publish(release, release)
    assert wheelhouse.commits("shop") == {url: {field: source[field] for field in ("filename", "sha256", "size")}}
    assert wheelhouse.commits("other") == {}
    os.unlink(path_in(wheelhouse, f"sources/{source['sha256']}/{source['filename']}"))
    assert wheelhouse.commits("shop") == {}


def test_looking_for_a_release_costs_the_same_among_a_thousand(wheelhouse, release):
    wheelhouse.publish(release, release)
    alone = work_of(wheelhouse.find_complete, release)
    for number in range(1000):
        other = {**release, "lock": f"{number:064x}"}
        wheelhouse.publish(other, other)
    for number in range(10_000):
        os.makedirs(path_in(wheelhouse, f"wheels/{number:064x}"))
    assert work_of(wheelhouse.find_complete, release) == alone


def test_inputs_that_point_to_another_release(wheelhouse, release):
    other = {**release, "lock": "9" * 64}
    for found in (release, other):
        wheelhouse.publish(found, found)
    with open(path_in(wheelhouse, f"releases/shop/inputs/{inputs_digest(release)}"), "w", encoding="ascii") as stream:
        stream.write(manifest_id(other))
    assert wheelhouse.find_manifest(release) is None and wheelhouse.find_manifest(other) == other


@pytest.mark.parametrize("memos", [{"../x": {"source": "0" * 64}}, {"0" * 64: {"source": "../../x"}}])
def test_memos_stay_in_their_folder(wheelhouse, memos):
    with pytest.raises(WheelhouseError, match="in a way that is unknown"):
        wheelhouse.remember(memos)


def test_a_memo_stays_as_long_as_its_wheel_is_sound(wheelhouse, release):
    """The same build key may give other bytes when it is built again, because the wheel was lost."""
    key, (first, second) = "a" * 64, [{"source": "5" * 64, "requirements": [], **{field: wheel[field] for field in ("filename", "sha256", "size")}}
                                      for wheel in release["wheels"]]
    assert wheelhouse.remember({key: first}) and not wheelhouse.remember({key: second})
    assert wheelhouse.recall(["5" * 64]) == {key: first}
    path = path_in(wheelhouse, f"wheels/{first['sha256']}/{first['filename']}")
    with open(path, "r+b") as stream:
        stream.write(b"altered")
    assert wheelhouse.remember({key: second}) and wheelhouse.recall(["5" * 64]) == {key: second}
    os.unlink(path)
    with open(path_in(wheelhouse, f"builds/{'5' * 64}/{key}.json"), "w", encoding="utf-8") as stream:
        stream.write("[]")
    assert wheelhouse.remember({key: second}) and not wheelhouse.remember({key: second})


def test_a_damaged_manifest_of_another_release_is_in_nobodys_way(wheelhouse, release):
    damaged = {**release, "wheels": [{**release["wheels"][0], "source": {"url": "git+https://example.org/a@" + "1" * 40}}]}
    wheelhouse.publish(release, release)
    for name, text in (("0" * 16, "{"), ("1" * 16, json.dumps(damaged)), ("2" * 16, "[]")):
        with open(path_in(wheelhouse, f"releases/shop/{name}.json"), "w", encoding="utf-8") as stream:
            stream.write(text)
    assert wheelhouse.commits("shop") == {}
    assert wheelhouse.publish({**release, "project": "4" * 64}, {**release, "project": "4" * 64}) is True
