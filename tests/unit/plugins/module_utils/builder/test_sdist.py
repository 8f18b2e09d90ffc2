# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import bz2
import gzip
import io
import lzma
import os
import shutil
import struct
import tarfile
import tempfile
import tracemalloc
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder import archives, sdist
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.module_utils.builder.package_factory import tar_of


DEVICES = (tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE, b"Z")  # and a type that is none of tar's
SYM, HARD = tarfile.SYMTYPE, tarfile.LNKTYPE


def member(name, kind=tarfile.REGTYPE, target="", size=0):
    found = tarfile.TarInfo(name)
    found.type, found.linkname, found.size = kind, target, size
    return found


def tar_in_order(*members):
    """Return a .tar.gz of (name, bytes) and of prepared members; names may come twice."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz", encoding="utf-8", errors="surrogateescape") as archive:
        for entry in members:
            found = entry if isinstance(entry, tarfile.TarInfo) else member(entry[0], size=len(entry[1]))
            archive.addfile(found, io.BytesIO(b"" if entry is found else entry[1]))
    return stream.getvalue()


def zip_in_order(*members, mode=0o100644, method=zipfile.ZIP_DEFLATED):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, data in members:
            found = zipfile.ZipInfo(name)
            found.external_attr, found.compress_type = mode << 16, method
            archive.writestr(found, data)
    return stream.getvalue()


def unpack(tmp_path, data, name="a.tar.gz"):
    (tmp_path / name).write_bytes(data)
    return sdist.unpack_source(str(tmp_path / name), str(tmp_path / "out"))


def test_the_only_folder_is_the_source(tmp_path):
    link = member("a-1/link", tarfile.SYMTYPE, "src/a.py")
    found = unpack(tmp_path, tar_of({"a-1/setup.py": b"1", "a-1/src/a.py": b"2", "a-1/link": link}))
    assert found == str(tmp_path / "out" / "a-1")
    assert (tmp_path / "out" / "a-1" / "link").read_bytes() == b"2"


def test_a_tree_without_a_folder_of_its_own(tmp_path):
    assert unpack(tmp_path, tar_of({"./pyproject.toml": b"1", "./src/a.py": b"2"})) == str(tmp_path / "out")


def test_modes_and_times(tmp_path):
    script = tarfile.TarInfo("a-1/configure")
    script.mode, script.mtime = 0o6777, 1000000000
    unpack(tmp_path, tar_of({"a-1/configure": script, "a-1/x": b""}))
    found = os.stat(tmp_path / "out" / "a-1" / "configure")
    assert found.st_mode & 0o7777 == 0o755 and found.st_mtime == 1000000000
    assert os.stat(tmp_path / "out" / "a-1" / "x").st_mode & 0o7777 == 0o644


def test_a_hard_link_is_a_copy(tmp_path):
    unpack(tmp_path, tar_of({"a-1/x": b"1", "a-1/y": member("a-1/y", tarfile.LNKTYPE, "a-1/x")}))
    assert (tmp_path / "out" / "a-1" / "y").read_bytes() == b"1"


def test_a_zip(tmp_path):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a-1/setup.py", b"1")
    assert unpack(tmp_path, stream.getvalue(), "a.zip").endswith("a-1")


def test_case_twins_and_names_that_are_not_utf_8(tmp_path):
    found = unpack(tmp_path, tar_in_order(("a-1/Readme", b"1"), ("a-1/README", b"2"), ("a-1/gr\udcfc\udcdfe", b"3")))
    assert sorted(os.listdir(os.fsencode(found))) == [b"README", b"Readme", b"gr\xfc\xdfe"]


def test_the_same_twice_is_once(tmp_path):
    found = unpack(tmp_path, tar_in_order(("a-1/x", b"1"), ("a-1/x", b"1"), member("a-1", tarfile.DIRTYPE), member("a-1", tarfile.DIRTYPE)))
    assert os.listdir(found) == ["x"]


@pytest.mark.parametrize("compress", [lambda data: data, gzip.compress, bz2.compress, lzma.compress])
def test_compressions(tmp_path, compress):
    assert os.listdir(unpack(tmp_path, compress(gzip.decompress(tar_of({"a-1/x": b"1" * 99999}))), "a.tar.some")) == ["x"]


@pytest.mark.parametrize("members, named", [
    ([("../evil", b"")], "'../evil'"),
    ([("a-1/../../evil", b"")], "'a-1/../../evil'"),
    ([("a-1/..", b"")], "'a-1/..'"),
    ([("/etc/evil", b"")], "'/etc/evil'"),
    ([("//evil", b"")], "'//evil'"),
    ([("a\\..\\evil", b"")], "evil"),
    ([("./a-1/./../evil", b"")], "evil"),
    ([member("a/..", tarfile.DIRTYPE)], "'a/..'"),
    ([member("a", SYM, "/etc")], "'a'"),
    ([member("a", SYM, "../..")], "'a'"),
    ([member("a", SYM, "..")], "'a'"),
    ([member("a/b", SYM, "../../x")], "'a/b'"),
    ([member("a/b", SYM, "c/../../../x")], "'a/b'"),
    ([member("d/e/up", SYM, "../.."), member("out", SYM, "d/e/up/../evil")], "'out'"),            # only by way of another link
    ([member("out", SYM, "d/e/up/../evil"), member("d/e/up", SYM, "../..")], "'out'"),            # which comes later
    ([member("d", SYM, "e"), ("d/x", b"")], "'d/x'"),
    ([member("e", tarfile.DIRTYPE), member("d", SYM, "e"), ("d/x", b"")], "'d/x'"),
    ([member("d", SYM, "."), ("d/x", b"")], "'d/x'"),
    ([("x", b""), member("d", SYM, "x"), member("d", SYM, "x")], "'d'"),
    ([("x", b""), member("x", SYM, "y")], "'x'"),
    ([("y", b""), member("x", SYM, "y"), ("x", b"over")], "'x'"),
    ([("x", b"1"), ("x", b"2")], "'x'"),
    ([("x", b"1"), ("./x", b"12")], "'./x'"),
    ([("x", b""), ("x/y", b"")], "'x/y'"),
    ([("x/y", b""), ("x", b"")], "'x'"),
    ([("x", b""), member("x", tarfile.DIRTYPE)], "'x'"),
    ([member("a", HARD, "/etc/passwd")], "'/etc/passwd'"),
    ([member("a", HARD, "../../etc/passwd")], "'../../etc/passwd'"),
    ([member("a", HARD, "absent")], "'a'"),
    ([member("a", HARD, "a")], "'a'"),
    ([member("s", SYM, "x"), member("a", HARD, "s")], "'a'"),
    ([("x", b""), ("y", b""), member("x", HARD, "y")], "'x'"),
    *[([member("a", kind)], "'a'") for kind in DEVICES],
    ([member(".", SYM, "x")], "'.'"),
    ([("a/" * 150 + "x", b"")], "'a/a/"),
    ([("y" * 300, b"")], "'yyy"),
])
def test_members_that_are_refused(tmp_path, members, named):
    with pytest.raises(WheelhouseError, match="the archive('s member| has)") as caught:
        unpack(tmp_path, tar_in_order(*members))
    assert named in caught.value.message and len(caught.value.message) < 250 and caught.value.hint
    assert os.listdir(tmp_path) == ["a.tar.gz"]


@pytest.mark.parametrize("data, named", [
    (zip_in_order(("../evil", b"1")), "'../evil'"),
    (zip_in_order(("/evil", b"1")), "'/evil'"),
    (zip_in_order(("a\\..\\evil", b"1")), "evil"),
    (zip_in_order(("a", b"/etc"), mode=0o120777), "'a'"),
    (zip_in_order(("a", b""), mode=0o020777), "'a'"),
    (zip_in_order(("a", b"1" * 99), method=zipfile.ZIP_BZIP2), "'a'"),
    (zip_in_order(("a", b"1"), ("./a", b"2")), "'./a'"),
])
def test_members_of_a_zip_that_are_refused(tmp_path, data, named):
    with pytest.raises(WheelhouseError, match="the archive") as caught:
        unpack(tmp_path, data, "a.zip")
    assert named in caught.value.message
    assert os.listdir(tmp_path) == ["a.zip"]


def header(name, size, kind=tarfile.REGTYPE):
    """Return a tar header that promises ``size`` bytes, negative ones too, in GNU's way."""
    found = bytearray(member(name, kind).tobuf(tarfile.GNU_FORMAT))
    found[124:136] = (b"\xff" * 4 if size < 0 else b"\x80\0\0\0") + struct.pack(">q", size)
    found[148:156] = b" " * 8
    found[148:156] = b"%06o\0 " % sum(found)
    return bytes(found)


def sparse():
    """Return a member that holds nothing and unpacks to 10 GB."""
    found = member("a-1/sparse")
    found.pax_headers = {"GNU.sparse.major": "0", "GNU.sparse.minor": "1", "GNU.sparse.map": "", "GNU.sparse.realsize": str(10 << 30),
                         "GNU.sparse.size": str(10 << 30)}
    return found.tobuf(tarfile.PAX_FORMAT) + bytes(1024)


BOMBS = {
    "declared": lambda: gzip.compress(header("a-1/big", 10 << 30) + bytes(1 << 20)),
    "gzip": lambda: gzip.compress(header("a-1/big", 300 << 20) + bytes(300 << 20), 1),
    "xz": lambda: lzma.compress(header("a-1/big", 300 << 20) + bytes(300 << 20), preset=0),
    "bzip2 of many": lambda: bz2.compress(b"".join(header(f"a-1/{number}", 30 << 20) + bytes(30 << 20) for number in range(10)), 1),
    "sparse": lambda: gzip.compress(sparse()),
    "negative size": lambda: gzip.compress(header("a-1/back", -1024) + bytes(2048)),
    "extended header": lambda: gzip.compress(header("x", 300 << 20, tarfile.XHDTYPE) + bytes(300 << 20), 1),
    "negative extended header": lambda: gzip.compress(header("x", -1024, tarfile.XHDTYPE) + bytes(300 << 20), 1),
    "long name": lambda: gzip.compress(header("x", 300 << 20, tarfile.GNUTYPE_LONGNAME) + b"x" * (300 << 20), 1),
    "a type that is none": lambda: gzip.compress(header("a-1/x", 300 << 20, b"Z") + bytes(1 << 20)),
    "GNU sparse": lambda: gzip.compress(header("a-1/x", 10 << 30, tarfile.GNUTYPE_SPARSE) + bytes(1 << 20)),
    "extended headers without end": lambda: gzip.compress((header("x", 512, tarfile.XHDTYPE) + b"9 a=b\n".ljust(512, b"\0")) * 5000),
}


@pytest.mark.parametrize("kind", BOMBS)
def test_a_bomb_is_stopped_before_it_takes_memory_or_disk(tmp_path, monkeypatch, kind):
    data = BOMBS[kind]()
    written = []
    monkeypatch.setattr(sdist, "remove_tree", lambda path: written.append(sum(file.stat().st_size for file in tmp_path.rglob("out/**/*")))
                        or shutil.rmtree(path))
    tracemalloc.start()
    try:
        with pytest.raises(WheelhouseError):
            unpack(tmp_path, data)
        assert tracemalloc.get_traced_memory()[1] < 50 << 20
    finally:
        tracemalloc.stop()
    assert written[0] < 260 << 20 and os.listdir(tmp_path) == ["a.tar.gz"]


def test_a_zip_bomb_is_refused_by_what_it_says(tmp_path):
    data = zip_in_order(*[(f"a-1/{number}", bytes(50 << 20)) for number in range(6)])
    with pytest.raises(WheelhouseError, match="unpacks to more than 268435456 bytes: 'a-1/5'"):
        unpack(tmp_path, data, "a.zip")


def test_a_zip_that_says_less_than_it_holds(tmp_path):
    data = zip_in_order(("a-1/x", bytes(1 << 20)), ("a-1/y", b""))
    short = data.replace(struct.pack("<I", 1 << 20), struct.pack("<I", 10))
    with pytest.raises(WheelhouseError, match="not an archive"):
        unpack(tmp_path, short, "a.zip")
    assert os.listdir(tmp_path) == ["a.zip"]


@pytest.mark.parametrize("module, name, limit", [(archives, "MAX_SIZE", 1000), (sdist, "MAX_MEMBERS", 1)])
def test_limits(tmp_path, monkeypatch, module, name, limit):
    monkeypatch.setattr(module, name, limit)
    with pytest.raises(WheelhouseError, match="more than"):
        unpack(tmp_path, tar_of({"a-1/x": b"0" * 600, "a-1/y": b"0" * 600}))


def test_a_disk_that_has_no_room_for_it(tmp_path, monkeypatch):
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(archives.shutil, "disk_usage", lambda path: usage._replace(free=archives.SPARE + 1000))
    with pytest.raises(WheelhouseError, match="bytes that are free: 'a-1/y'") as caught:
        unpack(tmp_path, tar_of({"a-1/x": b"0" * 600, "a-1/y": b"0" * 600}))
    assert "make room" in caught.value.hint and os.listdir(tmp_path) == ["a.tar.gz"]


def test_a_disk_that_fills_up_meanwhile(tmp_path, monkeypatch):
    def full(*_arguments):
        raise OSError(28, "No space left on device")
    monkeypatch.setattr(sdist.os, "chmod", full)
    with pytest.raises(WheelhouseError, match="'a-1/x' can't be unpacked: No space left") as caught:
        unpack(tmp_path, tar_of({"a-1/x": b"0"}))
    assert "make room" in caught.value.hint and os.listdir(tmp_path) == ["a.tar.gz"]


def test_an_archive_that_is_a_tar_and_a_zip_is_what_its_name_says(tmp_path):
    both = gzip.decompress(tar_of({"a-1/tar": b""})) + zip_in_order(("a-1/zip", b""))
    assert os.listdir(unpack(tmp_path, both, "a.tar")) == ["tar"]


@pytest.mark.parametrize("data", [
    b"", b"nonsense", tar_of({"a": b"x" * 5000})[:60], lzma.compress(bytes(99))[:-9], bz2.compress(b"BZh9 no tar"), b"\x1f\x8bno gzip",
    gzip.compress(header("a", 5000) + b"x" * 100),
])
def test_what_is_no_archive(tmp_path, data):
    for name in ("a.tar.gz", "a.zip"):
        with pytest.raises(WheelhouseError, match="not an archive"):
            unpack(tmp_path, data, name)
        assert os.listdir(tmp_path) == [name]
        os.unlink(tmp_path / name)


names = st.lists(st.sampled_from(["..", ".", "", "a", "b", "A", "l", "m", "\udcff", "x" * 90]), min_size=1, max_size=5).map("/".join)
members = st.builds(member, names, st.sampled_from([tarfile.REGTYPE, tarfile.DIRTYPE, SYM, SYM, HARD, *DEVICES]), names)


def outside(folder):
    """Return what lies beside ``out`` in ``folder``, with its contents."""
    return {path: os.path.islink(path) or os.path.isdir(path) or open(path, "rb").read()  # pylint: disable=consider-using-with
            for top, folders, files in os.walk(folder) for path in (os.path.join(top, name) for name in folders + files)
            if not path.startswith(os.path.join(folder, "deep", "out"))}


@settings(max_examples=300)
@given(st.lists(st.one_of(members, st.tuples(names, st.sampled_from([b"", b"1"]))), max_size=8))
def test_nothing_is_ever_written_outside(entries):
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(os.path.join(folder, "deep"))
        for path in ("a", "deep/a", "deep/b"):
            with open(os.path.join(folder, path), "wb") as stream:
                stream.write(b"untouched")
        archive, out = os.path.join(folder, "deep", "a.tar.gz"), os.path.join(folder, "deep", "out")
        with open(archive, "wb") as stream:
            stream.write(tar_in_order(*entries))
        before = outside(folder)
        try:
            sdist.unpack_source(archive, out)
        except WheelhouseError:
            assert not os.path.lexists(out)
        else:
            for top, folders, files in os.walk(out):
                assert all(os.path.realpath(os.path.join(top, name)).startswith(os.path.realpath(out)) for name in folders + files)
        assert outside(folder) == before


@settings(max_examples=200)
@given(st.data())
def test_damaged_archives_are_errors_and_no_crash(data):
    whole = gzip.decompress(tar_of({"a-1/x": b"1" * 600, "a-1/l": member("a-1/l", SYM, "x"), "a-1/" + "y" * 120: b"2"}))
    place = data.draw(st.integers(0, len(whole) - 8))
    damaged = whole[:place] + data.draw(st.binary(min_size=1, max_size=8)) + whole[place + data.draw(st.integers(0, 8)):]
    with tempfile.TemporaryDirectory() as folder:
        archive, out = os.path.join(folder, "a.tar"), os.path.join(folder, "out")
        with open(archive, "wb") as stream:
            stream.write(damaged)
        try:
            sdist.unpack_source(archive, out)
        except WheelhouseError:
            assert not os.path.lexists(out)
        assert sorted(os.listdir(folder))[0] == "a.tar"


@pytest.mark.parametrize("below, found", [("python", "app-1.0/python"), ("a/b", "app-1.0/a/b"), ("./python/", "app-1.0/python")])
def test_a_tar_of_ours_says_which_folder_is_to_be_built(tmp_path, below, found):
    assert sdist.unpack_source(_with_folder(tmp_path, below), str(tmp_path / "source")) == str(tmp_path / "source" / found)


@pytest.mark.parametrize("below", ["..", "../..", "/etc", "gone", "file", "link", "a/../../.."])
def test_a_folder_that_is_not_in_the_archive_is_not_built(tmp_path, below):
    with pytest.raises(WheelhouseError, match="no folder .* to build"):
        sdist.unpack_source(_with_folder(tmp_path, below), str(tmp_path / "source"))


def _with_folder(tmp_path, below):
    (tmp_path / "outside").mkdir()
    with tarfile.open(tmp_path / "app.tar", "w", format=tarfile.PAX_FORMAT, pax_headers={sdist.SUBDIRECTORY: below}) as archive:
        for name in ("app-1.0/python/x", "app-1.0/a/b/x", "app-1.0/file"):
            archive.addfile(member(name))
        archive.addfile(member("app-1.0/link", SYM, "file"))
    return str(tmp_path / "app.tar")
