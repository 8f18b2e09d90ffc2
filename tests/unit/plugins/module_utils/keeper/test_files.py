# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import io
import os
import tarfile

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.exchange import receive
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.manifest import places
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.transfer import pack
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.unfinished import begin_file
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.keeper import files
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.plugin_utils.stored_wheels import entry, manifest

OUTSIDE = ["wheels/../../etc/passwd", "/etc/passwd", "releases/shop/inputs", "wheels/a/b/c"]


@pytest.fixture(name="root")
def fixture_root(tmp_path):
    return str(tmp_path / "wheelhouse")


@pytest.fixture(name="wanted")
def fixture_wanted(tmp_path):
    """Files of a wheelhouse, as they come over a wire: place to [SHA-256, size]."""
    return {place: list(promise) for place, promise in places(manifest(entry(tmp_path / "wheelhouse", "a", "1.0"))).items()}


def test_what_is_missing(root, wanted):
    absent = {"wheels/" + "0" * 64 + "/x.whl": ["0" * 64, 3]}
    assert files.missing(root, {**wanted, **absent}) == {"missing": list(absent)}
    place = next(iter(wanted))
    os.truncate(os.path.join(root, place), 1)
    assert files.missing(root, wanted) == {"missing": [place]}


def test_what_is_sound(root, wanted):
    altered, *others = wanted
    with open(os.path.join(root, altered), "r+b") as stream:
        stream.write(b"X")
    assert files.sound(root, list(wanted)) == {"sound": {place: wanted[place][1] for place in others}}
    (sdist,) = os.listdir(f"{root}/sources")
    (name,) = os.listdir(f"{root}/sources/{sdist}")
    assert list(files.sources(root, [sdist, "0" * 64])["sound"]) == [f"sources/{sdist}/{name}"]


@pytest.mark.parametrize("place", OUTSIDE)
def test_nothing_outside_is_looked_at(root, place):
    for function in (files.missing, files.verify, files.pack):
        with pytest.raises(WheelhouseError, match="not a place"):
            function(root, {place: ["0" * 64, 1]})
    with pytest.raises(WheelhouseError, match="not a place"):
        files.sound(root, [place])
    with pytest.raises(WheelhouseError, match="not a place"):
        files.take(root, io.BytesIO(), {place: ["0" * 64, 1]})


def test_from_one_wheelhouse_to_another(root, wanted, tmp_path):
    other = str(tmp_path / "other")
    packed = files.pack(root, wanted)
    assert os.stat(packed["path"]).st_mode & 0o077 == 0
    incoming = receive(other)["incoming"]
    os.rename(packed["path"], f"{incoming}/files.tar")
    files.take(other, f"{incoming}/files.tar", wanted)
    assert files.missing(other, wanted) == {"missing": []} and os.listdir(f"{other}/uploads") == []
    files.verify(other, wanted)


def test_a_stream_that_is_not_what_was_promised_leaves_nothing(root, wanted, tmp_path):
    other = str(tmp_path / "other")
    stream = io.BytesIO()
    pack(stream, root, wanted)
    place = sorted(wanted)[-1]
    lies = {**wanted, place: ["0" * 64, wanted[place][1]]}
    incoming = receive(other)["incoming"]
    with open(f"{incoming}/files.tar", "wb") as archive:
        archive.write(stream.getvalue())
    with pytest.raises(WheelhouseError, match="was promised"):
        files.take(other, f"{incoming}/files.tar", lies)
    assert not os.path.exists(os.path.join(other, place)) and os.listdir(f"{other}/uploads") == []


def test_a_member_that_nobody_asked_for(root):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("wheels/../../x"))
    with pytest.raises(WheelhouseError, match="unexpected member"):
        files.take(root, io.BytesIO(stream.getvalue()), {})
    assert not os.path.exists(root)


def test_damage_is_not_packed(root, wanted):
    place = next(iter(wanted))
    with open(os.path.join(root, place), "r+b") as stream:
        stream.write(b"X")
    with pytest.raises(WheelhouseError, match="renamed to end in .damaged"):
        files.pack(root, wanted)
    assert not os.path.exists(f"{root}/outgoing") and files.missing(root, wanted) == {"missing": [place]}


def test_what_a_killed_run_left_unfinished_goes(root, wanted, tmp_path):
    before = sorted(tmp_path.rglob("*"))
    for folder in ("wheels", os.path.dirname(sorted(wanted)[-1]), "releases/shop/inputs", "builds/" + "0" * 64):
        os.makedirs(os.path.join(root, folder), exist_ok=True)
        with open(os.path.join(root, folder, ".tmp-wheelhouse-half0000"), "wb") as stream:
            stream.write(b"half")
    handle, path = begin_file(os.path.join(root, "wheels"))
    assert files.forget_unfinished(root) == {}
    assert [str(found) for found in tmp_path.rglob(".tmp-*")] == [path], "it is being made"
    os.close(handle)
    files.forget_unfinished(root)
    assert not list(tmp_path.rglob(".tmp-*")) and set(before) <= {*tmp_path.rglob("*")}
    assert files.forget_unfinished(str(tmp_path / "absent")) == {} and not (tmp_path / "absent").exists()


def test_whether_there_is_anything_to_give(root, wanted, tmp_path):
    assert files.is_empty(root) == {"empty": False}
    fresh = tmp_path / "fresh"
    assert files.is_empty(str(fresh)) == {"empty": True} and not fresh.exists()
    (fresh / "sources").mkdir(parents=True)
    assert files.is_empty(str(fresh)) == {"empty": True}
    (fresh / "sources" / ("ab" * 32)).mkdir()
    assert files.is_empty(str(fresh)) == {"empty": False}
