# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import hashlib
import io
import os
import tarfile

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common import transfer
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError


@pytest.fixture
def source(tmp_path):
    """A store with three files; its path and what it promises."""
    promised = {}
    for number, (kind, name) in enumerate(
        [("wheels", "shop-1.0-py3-none-any.whl"), ("sources", "sh\u00f6p, 1.0.tar.gz"), ("bytecode", "")]
    ):
        data = bytes([number]) * (3000 * number)
        sha256 = hashlib.sha256(data).hexdigest()
        place = transfer.place_of(kind, sha256, name)
        path = tmp_path / "source" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        promised[place] = sha256, len(data)
    return str(tmp_path / "source"), promised


def packed(root, places):
    stream = io.BytesIO()
    transfer.pack(stream, root, places)
    stream.seek(0)
    return stream


def stored(root):
    return {os.path.relpath(os.path.join(parent, name), root) for parent, _folders, names in os.walk(str(root)) for name in names}


def test_places():
    assert transfer.place_of("wheels", "ab" * 32, "x.whl") == f"wheels/{'ab' * 32}/x.whl"
    assert transfer.place_of("bytecode", "ab" * 32, "ignored") == f"bytecode/{'ab' * 32}.zip"


@pytest.mark.parametrize("sha256, filename", [("../x", "x.whl"), ("", "x.whl"), (None, "x.whl"), ("ab" * 32, "../x"), ("ab" * 32, ".."), ("ab" * 32, "")])
def test_places_that_would_lead_out_of_the_store(sha256, filename):
    with pytest.raises(WheelhouseError, match="not the name of a file"):
        transfer.place_of("wheels", sha256, filename)


def test_all_arrives(source, tmp_path):
    root, promised = source
    told = []
    transfer.unpack(packed(root, promised), str(tmp_path / "target"), promised, stored=told.append)
    assert stored(tmp_path / "target") == set(promised) and sorted(told) == sorted(promised)
    for place in promised:
        with open(os.path.join(root, place), "rb") as one, open(str(tmp_path / "target" / place), "rb") as other:
            assert one.read() == other.read()


def test_nothing_to_send(tmp_path):
    transfer.unpack(packed(str(tmp_path), []), str(tmp_path / "target"), {})
    assert not (tmp_path / "target").exists()


def test_what_did_not_come_is_named(source, tmp_path):
    root, promised = source
    some = sorted(promised)[:1]
    with pytest.raises(WheelhouseError, match="ended without .*" + sorted(promised)[1]):
        transfer.unpack(packed(root, some), str(tmp_path / "target"), promised)
    assert stored(tmp_path / "target") == set(some)
    transfer.unpack(packed(root, some), str(tmp_path / "other"), promised, required=some)


@pytest.mark.parametrize("cut", [0, 100, 600, 2000, 4000])
def test_a_stream_that_breaks_off(source, tmp_path, cut):
    root, promised = source
    whole = packed(root, promised).getvalue()
    with pytest.raises(WheelhouseError, match="broke off|ended without"):
        transfer.unpack(io.BytesIO(whole[:cut]), str(tmp_path / "target"), promised, durable=False)
    for place in stored(tmp_path / "target"):
        with open(str(tmp_path / "target" / place), "rb") as stream:
            assert hashlib.sha256(stream.read()).hexdigest() == promised[place][0]


def tar_of(*members):
    """Return a tar of ``(TarInfo, bytes)``."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for member, data in members:
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    stream.seek(0)
    return stream


@pytest.mark.parametrize("name", ["../up", "/etc/passwd", "wheels/../../up", "other", "wheels"])
def test_what_nobody_expects_is_refused(tmp_path, name):
    with pytest.raises(WheelhouseError, match="unexpected member"):
        transfer.unpack(tar_of((tarfile.TarInfo(name), b"x")), str(tmp_path / "target"), {"wheels/ab/x.whl": ("0" * 64, 1)})
    assert stored(tmp_path) == set()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_only_plain_files(tmp_path, kind):
    member = tarfile.TarInfo("wheels/ab/x.whl")
    member.type, member.linkname = kind, "/etc/passwd"
    with pytest.raises(WheelhouseError, match="unexpected member"):
        transfer.unpack(tar_of((member, b"")), str(tmp_path / "target"), {"wheels/ab/x.whl": ("0" * 64, 0)})
    assert stored(tmp_path) == set()


def test_nothing_twice(tmp_path):
    sha256 = hashlib.sha256(b"x").hexdigest()
    place = "wheels/{0}/x.whl".format(sha256)
    with pytest.raises(WheelhouseError, match="unexpected member"):
        transfer.unpack(tar_of((tarfile.TarInfo(place), b"x"), (tarfile.TarInfo(place), b"x")), str(tmp_path), {place: (sha256, 1)})


@pytest.mark.parametrize("data", [b"y", b"xx", b""])
def test_altered_bytes_are_refused(tmp_path, data):
    sha256 = hashlib.sha256(b"x").hexdigest()
    place = "wheels/{0}/x.whl".format(sha256)
    with pytest.raises(WheelhouseError, match="x.whl has"):
        transfer.unpack(tar_of((tarfile.TarInfo(place), data)), str(tmp_path), {place: (sha256, 1)})
    assert stored(tmp_path) == set()


def test_no_tar_at_all(tmp_path):
    with pytest.raises(WheelhouseError, match="broke off|ended without"):
        transfer.unpack(io.BytesIO(b"this is no tar " * 100), str(tmp_path), {"wheels/ab/x.whl": ("0" * 64, 1)})


@pytest.mark.parametrize("sha256, filename", [("../x", "x.whl"), ("", "x.whl"), (None, "x.whl"), ("0" * 64, "../x"), ("0" * 64, ".."), ("0" * 64, "/x"),
                                              ("0" * 64, ""), ("0" * 64, "a\\b"), ("0" * 64, "a\nb"), ("0" * 64, None), ("0" * 64, "x" * 256)])
def test_no_place_leads_out_of_a_store(sha256, filename):
    with pytest.raises(WheelhouseError, match="is not the name of a file"):
        transfer.place_of("sources", sha256, filename)
