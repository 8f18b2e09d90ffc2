# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import os

import pytest


def test_a_memo_is_what_was_remembered_last(store):
    assert store.recall("facts", "a") is None
    store.remember("facts", "a", {"x": 1})
    store.remember("facts", "a", {"x": 2})
    store.remember("", "a", {"x": 3})
    assert store.recall("facts", "a") == {"x": 2} and store.recall("", "a") == {"x": 3}
    assert os.path.exists(store.path("builds", "a.json"))


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe"])
def test_a_damaged_memo_counts_as_none(store, data):
    store.remember("facts", "a", {})
    with open(store.path("builds", "facts", "a.json"), "wb") as stream:
        stream.write(data)
    assert store.recall("facts", "a") is None


def test_a_file_is_held_when_its_size_is_right(store):
    path = store.path_of("wheels", "ab" * 32, "x.whl")
    assert not store.holds("wheels", "ab" * 32, "x.whl")
    os.makedirs(os.path.dirname(path))
    with open(path, "wb") as stream:
        stream.write(b"123")
    assert store.holds("wheels", "ab" * 32, "x.whl") and store.holds("wheels", "ab" * 32, "x.whl", 3) and not store.holds("wheels", "ab" * 32, "x.whl", 4)


@pytest.mark.parametrize("folder", ["sources/ab", "builds", "releases/shop", "cache/boot"])
def test_what_a_killed_job_did_not_finish_is_removed(store, folder):
    path = store.path(folder, ".tmp-wheelhouse-abcdefgh")
    os.makedirs(os.path.dirname(path))
    with open(path, "wb"):
        pass
    store.tidy()
    assert not os.path.exists(path)


def test_a_download_that_nobody_went_on_with_goes_and_what_has_another_name_stays(store):
    part, fresh, others = "0" * 64 + ".part", "1" * 64 + ".part", ["mail", "0123.part", "tmp0123abc_", "0" * 64]
    os.makedirs(store.path("incoming"))
    for name in (part, fresh, *others):
        with open(store.path("incoming", name), "wb"):
            pass
        if name != fresh:
            os.utime(store.path("incoming", name), (0, 0))
    store.tidy()
    assert sorted(os.listdir(store.path("incoming"))) == sorted([fresh, *others])
