# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An upload lies in a folder of the login user: whatever is done to it, a release is made of what the manifest promises, or not at all."""
import hashlib
import os

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent import upload
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.layout import Layout
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.receive import receive
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.stage import stage
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import Blocked, WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.manifest import places

NAMES = ("one", "two", "three")


@pytest.fixture(name="manifest")
def fixture_manifest(store):
    return store.manifest(*(store.wheel(name, files={name + ".py": "x = 1\n" * 5000}, extra=[(name + ".dat", os.urandom(5000))]) for name in NAMES))


@pytest.fixture(name="sent")
def fixture_sent(store, root, manifest):
    """Give a function that uploads a tar, the manifest's when it is given no bytes, and returns its path."""
    def send(data=None):
        path = os.path.join(receive(root, "shop", manifest)["incoming"], "files.tar")
        with open(path, "wb") as stream:
            stream.write(store.tar(manifest).getvalue() if data is None else data)
        return path
    return send


@pytest.mark.parametrize("in_memory", [upload.IN_MEMORY, 0])
def test_all_of_it(root, manifest, sent, in_memory, monkeypatch):
    monkeypatch.setattr(upload, "IN_MEMORY", in_memory)
    assert stage(root, "shop", manifest, stream=sent(), smoke_imports=[])["unpacked"] == len(NAMES)
    assert Layout(root).missing(manifest) == [] and os.listdir(Layout(root).incoming) == [] and os.listdir(Layout(root).tmp) == []


@pytest.mark.parametrize("in_memory", [upload.IN_MEMORY, 0])
def test_what_is_too_large_for_memory_is_copied(tmp_path, manifest, sent, in_memory, monkeypatch):
    monkeypatch.setattr(upload, "IN_MEMORY", in_memory)
    wanted = places(manifest)
    with open(sent(), "rb") as stream:
        found = upload.Upload(stream, str(tmp_path / "copies"), wanted, sorted(wanted))
        for place, (sha256, size) in wanted.items():
            packed = found.packed(place)
            assert isinstance(packed, str) is not bool(in_memory)
            data = packed.getvalue() if in_memory else (tmp_path / "copies" / place).read_bytes()
            assert (hashlib.sha256(data).hexdigest(), len(data)) == (sha256, size)


def test_the_largest_is_unpacked_first(store, root, manifest, sent):
    with open(sent(), "rb") as stream:
        wanted = places(manifest)
        brought = []
        upload.Upload(stream, root, wanted, sorted(wanted)).bring(brought.append)
    sizes = [wanted[place][1] for place in brought]
    assert sizes == sorted(sizes, reverse=True) and set(brought) == set(wanted)


def test_what_is_whole_in_one_that_was_cut_off_is_kept(store, root, manifest, sent):
    whole = store.tar(manifest).getvalue()
    with pytest.raises(WheelhouseError, match="broke off|ended without"):
        stage(root, "shop", manifest, stream=sent(whole[:len(whole) // 2]))
    left = Layout(root).missing(manifest)
    assert 0 < len(left) < len(places(manifest))
    assert stage(root, "shop", manifest, stream=store.tar(manifest, only=left), smoke_imports=[])["changed"]


@pytest.mark.parametrize("in_memory", [upload.IN_MEMORY, 0])
def test_all_that_was_altered_is_named_at_once_and_the_rest_is_kept(store, root, manifest, sent, in_memory, monkeypatch):
    monkeypatch.setattr(upload, "IN_MEMORY", in_memory)
    data = bytearray(store.tar(manifest).getvalue())
    for entry in manifest["wheels"][:2]:
        data[data.index(entry["filename"].encode()) + 2000] ^= 1
    with pytest.raises(Blocked) as caught:
        stage(root, "shop", manifest, stream=sent(data))
    assert sorted(reason["package"] for reason in caught.value.reasons) == ["one", "two"]
    assert all("was promised" in reason["message"] for reason in caught.value.reasons)
    assert Layout(root).held("wheels") == [manifest["wheels"][2]["sha256"]]
    assert os.listdir(Layout(root).incoming) == [] and os.listdir(Layout(root).tmp) == []


def test_one_that_is_altered_while_it_is_read(store, root, manifest, sent, monkeypatch):
    path = sent()
    bring = upload.Upload.bring

    def alter(self, stored):
        with open(path, "r+b") as stream:
            stream.truncate(700)
        bring(self, stored)
    monkeypatch.setattr(upload.Upload, "bring", alter)
    with pytest.raises(Blocked) as caught:
        stage(root, "shop", manifest, stream=path)
    assert {reason["package"] for reason in caught.value.reasons} == set(NAMES)
    assert Layout(root).release_ids("shop") == [] and Layout(root).held("wheels") == []


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_it_is_a_file(root, manifest, sent, make):
    path = sent()
    os.unlink(path)
    make(path)
    with pytest.raises(WheelhouseError, match="is no file"):
        stage(root, "shop", manifest, stream=path)
