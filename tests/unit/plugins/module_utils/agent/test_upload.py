# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An upload lies in a folder of the login user: whatever is done to it, a release is made of what the manifest promises, or not at all."""
import hashlib
import io
import multiprocessing
import os
import resource
import tarfile

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent import arrival, upload
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.layout import Layout
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.receive import receive
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.stage import stage
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.workers import Workers
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import Blocked, WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.manifest import places

NAMES = ("one", "two", "three")


@pytest.fixture(name="manifest")
def fixture_manifest(store):
    return store.manifest(*(store.wheel(name, files={name + ".py": "x = 1\n" * 5000}, extra=[(name + ".dat", os.urandom(5000 * number))])
                            for number, name in enumerate(NAMES, 1)))


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
    wanted = places(manifest)
    packed, brought = io.BytesIO(), []
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for place in sorted(wanted, key=lambda place: wanted[place][1]):
            archive.add(os.path.join(store.root, place), place)
    with open(sent(packed.getvalue()), "rb") as stream:
        upload.Upload(stream, root, wanted, sorted(wanted)).bring(brought.append)
    sizes = [wanted[place][1] for place in brought]
    assert sizes == sorted(sizes, reverse=True) and set(brought) == set(wanted)


def test_all_processes_together_keep_no_more_than_that_in_memory(tmp_path, manifest, sent, monkeypatch):
    wanted = places(manifest)
    sizes = sorted({size for _sha256, size in wanted.values()})
    monkeypatch.setattr(upload, "usual_count", lambda: 4)
    monkeypatch.setattr(upload, "IN_MEMORY", 4 * sizes[-2])
    with open(sent(), "rb") as stream:
        found = upload.Upload(stream, str(tmp_path), wanted, sorted(wanted))
        copied = [size for place, (_sha256, size) in wanted.items() if isinstance(found.packed(place), str)]
    assert set(copied) == {sizes[-1]}


def test_what_is_whole_in_one_that_was_cut_off_is_kept(store, root, manifest, sent):
    whole, last = store.tar(manifest).getvalue(), max(places(manifest))
    with pytest.raises(WheelhouseError, match="broke off") as caught:
        stage(root, "shop", manifest, stream=sent(whole[:whole.rindex(last.encode()) + 512 + 99]))
    assert not isinstance(caught.value, Blocked) and "what arrived is kept" in caught.value.hint
    left = Layout(root).missing(manifest)
    assert left == [last]
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


def test_what_is_altered_once_it_was_verified_does_not_matter(root, manifest, sent, monkeypatch):
    path = sent()
    unpack = arrival.unpack.unpack

    def alter(packed, target, entry):
        with open(path, "r+b") as stream:
            stream.write(bytes(os.path.getsize(path)))
        unpack(packed, target, entry)
    monkeypatch.setattr(arrival.unpack, "unpack", alter)
    monkeypatch.setattr(arrival, "Workers", lambda work, items: Workers(work, items, len(items)))  # all have verified theirs before
    monkeypatch.setattr(upload.Upload, "packed", together(upload.Upload.packed, len(places(manifest))))
    assert stage(root, "shop", manifest, stream=path, smoke_imports=[])["unpacked"] == len(NAMES)


def together(work, count):
    """Return ``work`` such that none of the ``count`` processes that call it goes on before all have done it."""
    barrier = multiprocessing.get_context("fork").Barrier(count)

    def wait(*arguments):
        found = work(*arguments)
        barrier.wait(60)
        return found
    return wait


@pytest.mark.parametrize("in_memory", [upload.IN_MEMORY, 0])
def test_no_copy_is_left(root, manifest, sent, in_memory, monkeypatch):
    monkeypatch.setattr(upload, "IN_MEMORY", in_memory)
    keep, left = arrival._keep, []

    def look(layout, good, ready):
        left.extend(name for _folder, _folders, names in os.walk(os.path.join(os.path.dirname(ready), "arrived")) for name in names)
        keep(layout, good, ready)
    monkeypatch.setattr(arrival, "_keep", look)
    stage(root, "shop", manifest, stream=sent(), smoke_imports=[])
    assert left == []


LIES = {"a size below nothing": {"size": "-100000000"}, "a hole": {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": "5"}}


@pytest.mark.parametrize("lie", [*LIES, "a header of a terabyte", "a hole that is cut off"])
def test_headers_that_lie(store, root, manifest, sent, lie):
    """What comes before one is kept, and the process does not take the memory, or go to the place, that it names."""
    *before, last = sorted(places(manifest))
    member = tarfile.TarInfo(last)
    data = b""
    if lie in LIES:
        member.pax_headers = LIES[lie]
    if lie == "a hole":
        data = b"1\n0\n5\n".ljust(512, b"\0") + b"abcde"
        member.size = len(data)
    if lie == "a header of a terabyte":
        member = tarfile.TarInfo("x")
        member.type, member.size = tarfile.GNUTYPE_LONGNAME, 1 << 40
    if lie == "a hole that is cut off":
        member.type = tarfile.GNUTYPE_SPARSE
    header = bytearray(member.tobuf(tarfile.PAX_FORMAT if lie in LIES else tarfile.GNU_FORMAT))
    if lie == "a hole that is cut off":
        header[482] = 1  # more about holes would follow
        header[148:156] = b"%06o\0 " % tarfile.calc_chksums(bytes(header))[0]
    whole = store.tar(manifest, only=before).getvalue().rstrip(b"\0")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(WheelhouseError, match="unexpected member|broke off|ended without"):
        stage(root, "shop", manifest, stream=sent(whole + bytes(-len(whole) % 512) + bytes(header) + data.ljust(1024, b"\0")))
    assert Layout(root).missing(manifest) == [last]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < 100 << 10  # kB


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_it_is_a_file(root, manifest, sent, make):
    path = sent()
    os.unlink(path)
    make(path)
    with pytest.raises(WheelhouseError, match="is no file"):
        stage(root, "shop", manifest, stream=path)
