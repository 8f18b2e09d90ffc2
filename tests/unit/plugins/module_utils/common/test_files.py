# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import hashlib
import io
import json
import os

import pytest
from hypothesis import given, strategies as st

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common import files
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError

values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(st.characters(blacklist_categories=("Cs",)))),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(st.characters(blacklist_categories=("Cs",)), max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)


def digest(data):
    return hashlib.sha256(data).hexdigest()


@given(values)
def test_canonical_json_means_the_same(value):
    found = files.canonical_json(value)
    assert json.loads(found.decode("utf-8")) == value
    assert files.canonical_json(json.loads(found.decode("utf-8"))) == found


def test_canonical_json_is_one_spelling():
    assert files.canonical_json({"b": [1, None], "a": "\u00e4"}) == '{"a":"\u00e4","b":[1,null]}'.encode("utf-8")


@given(st.binary(max_size=100))
def test_sha256_of_a_file(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("files") / "file"
    path.write_bytes(data)
    assert files.sha256_of(str(path)) == digest(data)


def test_a_file_is_whole(tmp_path):
    path = str(tmp_path / "deep" / "file")
    files.write_file(path, b"one")
    files.write_file(path, b"two", mode=0o600)
    with open(path, "rb") as stream:
        assert stream.read() == b"two"
    assert os.stat(path).st_mode & 0o777 == 0o600
    assert os.listdir(str(tmp_path / "deep")) == ["file"]


@pytest.mark.parametrize("durable", [True, False])
def test_an_error_leaves_the_old_file(tmp_path, durable):
    path = str(tmp_path / "file")
    files.write_file(path, b"old")
    with pytest.raises(KeyError):
        with files.temporary_file(path, durable=durable) as stream:
            stream.write(b"new")
            raise KeyError
    assert os.listdir(str(tmp_path)) == ["file"]
    with open(path, "rb") as stream:
        assert stream.read() == b"old"


@pytest.mark.parametrize("step", ["fsync", "rename", "fchmod"])
def test_a_full_disk_leaves_the_old_file(tmp_path, monkeypatch, step):
    def full(*_arguments):
        raise OSError(28, "No space left on device")
    path = str(tmp_path / "file")
    files.write_file(path, b"old")
    monkeypatch.setattr(os, step, full)
    with pytest.raises(OSError):
        files.write_file(path, b"new")
    monkeypatch.undo()
    assert os.listdir(str(tmp_path)) == ["file"]
    with open(path, "rb") as stream:
        assert stream.read() == b"old"


def test_a_name_comes_after_its_bytes(tmp_path, monkeypatch):
    steps = []
    fsync, rename = os.fsync, os.rename
    monkeypatch.setattr(os, "fsync", lambda handle: (steps.append("fsync"), fsync(handle)))
    monkeypatch.setattr(os, "rename", lambda old, new: (steps.append("rename"), rename(old, new)))
    files.write_file(str(tmp_path / "file"), b"x")
    assert steps == ["fsync", "rename", "fsync"]


@given(st.binary(max_size=50))
def test_a_stream_is_stored(tmp_path_factory, data):
    path = str(tmp_path_factory.mktemp("files") / "file")
    files.store_stream(io.BytesIO(data), path, digest(data), len(data))
    assert files.sha256_of(path) == digest(data)


@pytest.mark.parametrize(
    "data, size, match",
    [(b"hell", 5, "another size"), (b"hello!", 5, "another size"), (b"", 5, "another size"), (b"hallo", 5, "was promised")],
)
def test_another_stream_is_refused(tmp_path, data, size, match):
    path = str(tmp_path / "wheel.whl")
    with pytest.raises(WheelhouseError, match=match) as caught:
        files.store_stream(io.BytesIO(data), path, digest(b"hello"), size)
    assert "wheel.whl" in str(caught.value)
    assert os.listdir(str(tmp_path)) == []


def test_a_folder_where_none_can_be_made():
    with pytest.raises(OSError, match="/proc/no-such-folder"):
        files.make_folders("/proc/no-such-folder/below")
