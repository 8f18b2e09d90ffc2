# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import io
import os
import tarfile
import zipfile

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder import sdist
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.module_utils.builder.package_factory import tar_of


def member(name, kind=tarfile.REGTYPE, target=""):
    found = tarfile.TarInfo(name)
    found.type, found.linkname = kind, target
    return found


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


@pytest.mark.parametrize("members", [
    {"../evil": b""}, {"a-1/../../evil": b""}, {"/etc/evil": b""}, {"a\\..\\evil": b""},
    {"a": member("a", tarfile.SYMTYPE, "/etc")}, {"a": member("a", tarfile.SYMTYPE, "../..")},
    {"a/b": member("a/b", tarfile.SYMTYPE, "../../x")},
    {"d": member("d", tarfile.SYMTYPE, "e"), "d/x": b""},
    {"e/": member("e", tarfile.DIRTYPE), "d": member("d", tarfile.SYMTYPE, "e"), "d/x": b""},
    {"x": b"", "d": member("d", tarfile.SYMTYPE, "x"), "D": member("d", tarfile.SYMTYPE, "x")},
    {"a": member("a", tarfile.LNKTYPE, "/etc/passwd")}, {"a": member("a", tarfile.LNKTYPE, "../../etc/passwd")},
    {"a": member("a", tarfile.LNKTYPE, "absent")},
    {"a": member("a", tarfile.CHRTYPE)}, {"a": member("a", tarfile.FIFOTYPE)},
    {"l": member("l", tarfile.SYMTYPE, "x"), "l2": b"", "L": member("l", tarfile.LNKTYPE, "l2")},
])
def test_members_that_are_refused(tmp_path, members):
    with pytest.raises(WheelhouseError, match="the archive has"):
        unpack(tmp_path, tar_of(members))
    assert not (tmp_path / "evil").exists() and not (tmp_path / "out" / ".." / "evil").exists()


def test_a_zip_that_leaves(tmp_path):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("../evil", b"1")
    with pytest.raises(WheelhouseError, match="leaves"):
        unpack(tmp_path, stream.getvalue(), "a.zip")


@pytest.mark.parametrize("name, limit", [("MAX_SIZE", 1000), ("MAX_MEMBERS", 1)])
def test_bombs(tmp_path, monkeypatch, name, limit):
    monkeypatch.setattr(sdist, name, limit)
    with pytest.raises(WheelhouseError, match="more than"):
        unpack(tmp_path, tar_of({"a-1/x": b"0" * 600, "a-1/y": b"0" * 600}))


@pytest.mark.parametrize("data", [b"", b"nonsense", tar_of({"a": b"x" * 5000})[:60]])
def test_what_is_no_archive(tmp_path, data):
    with pytest.raises(WheelhouseError, match="not an archive"):
        unpack(tmp_path, data)
