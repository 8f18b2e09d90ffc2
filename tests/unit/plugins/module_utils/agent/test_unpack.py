# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import os
import stat
import sys
import zipfile

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent import archive, unpack
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.module_utils.agent.wheel_factory import record_row, write_wheel

INFO = "shop-1.0.dist-info"
METADATA = (INFO + "/METADATA", b"Metadata-Version: 2.1\nName: shop\nVersion: 1.0\n")
ABOUT = (INFO + "/WHEEL", b"Wheel-Version: 1.0\n")
SOURCE = ("shop/__init__.py", b"version = 1\n")
ENTRY = {"name": "shop", "version": "1.0", "filename": "shop-1.0-py3-none-any.whl"}


def unpacked(tmp_path, members, **options):
    path = write_wheel(tmp_path / ENTRY["filename"], members, **options)
    target = str(tmp_path / "tree")
    os.mkdir(target)
    unpack.unpack(path, target, ENTRY)
    return target, unpack.read_index(target)


def test_each_scheme_has_its_folder(tmp_path):
    data = "shop-1.0.data/"
    target, index = unpacked(
        tmp_path,
        [
            SOURCE,
            METADATA,
            ABOUT,
            (data + "purelib/pure.py", b"1"),
            (data + "platlib/plat.py", b"2"),
            (data + "scripts/run", b"#!python\n"),
            (data + "headers/shop.h", b"3"),
            (data + "data/share/shop/\u00e4 b.txt", b"4"),
            (INFO + "/entry_points.txt", b"[console_scripts]\nshop = shop:main\n"),
            (INFO + "/INSTALLER", b"somebody\n"),
        ],
    )
    found = sorted("{0}/{1}".format(row[0], row[1]) for row in index["files"])
    assert found == sorted([
        "site/shop/__init__.py", "site/" + METADATA[0], "site/" + ABOUT[0], "site/pure.py", "site/plat.py", "scripts/run", "headers/shop.h",
        "data/share/shop/\u00e4 b.txt", "site/{0}/entry_points.txt".format(INFO)])
    assert all(os.path.isfile(os.path.join(target, path)) for path in found)
    assert index["commands"] == {"shop": ["shop", "main"]}
    assert (index["name"], index["version"], index["dist_info"], index["headers"]) == ("shop", "1.0", INFO, "shop")


def test_modes_do_not_depend_on_the_umask(tmp_path):
    target = unpacked(
        tmp_path, [SOURCE, ("shop/tool", b""), METADATA, ABOUT, ("shop-1.0.data/scripts/run", b"")], executable=["shop/tool"]
    )[0]
    modes = {
        path: stat.S_IMODE(os.stat(os.path.join(target, path)).st_mode)
        for path in ("site/shop/__init__.py", "site/shop/tool", "scripts/run")
    }
    assert modes == {"site/shop/__init__.py": 0o444, "site/shop/tool": 0o555, "scripts/run": 0o555}


def test_a_folder_member_is_no_file(tmp_path):
    assert len(unpacked(tmp_path, [("shop/", b""), SOURCE, METADATA, ABOUT])[1]["files"]) == 3


def test_large_members_are_read_in_pieces(tmp_path, monkeypatch):
    monkeypatch.setattr(unpack, "IN_MEMORY", 1000)
    blob = os.urandom(3 << 20)
    target = unpacked(tmp_path, [SOURCE, METADATA, ABOUT, ("shop/blob", blob)])[0]
    with open(os.path.join(target, "site/shop/blob"), "rb") as stream:
        assert stream.read() == blob


GOOD = [SOURCE, METADATA, ABOUT]
ROWS = "".join(record_row(*member) for member in GOOD)

BAD_RECORDS = {
    "a file is not listed": record_row(*METADATA) + record_row(*ABOUT),
    "a file is not there": ROWS + "shop/lost.py,sha256=abc,1\n",
    "a hash differs": ROWS.replace("shop/__init__.py,sha256=", "shop/__init__.py,sha256=A"),
    "a size differs": ROWS.replace(",12\n", ",13\n"),
    "a hash is weak": ROWS.replace("sha256", "md5", 1),
    "a hash is left out": "shop/__init__.py,,\n" + ROWS.split("\n", 1)[1],
}


@pytest.mark.parametrize("record", [text for _name, text in sorted(BAD_RECORDS.items())], ids=sorted(BAD_RECORDS))
def test_a_record_that_does_not_fit_is_refused(tmp_path, record):
    with pytest.raises(WheelhouseError) as caught:
        unpacked(tmp_path, GOOD, record=record)
    assert caught.value.package == "shop" and caught.value.hint


BAD_MEMBERS = {
    "absolute": "/etc/passwd",
    "up": "../up.py",
    "up inside": "shop/../../up.py",
    "here": "./shop.py",
    "empty part": "shop//x.py",
    "backslash": "shop\\x.py",
    "nul": "shop/x\0.py",
    "twice": "shop/__init__.py",
    "under a file": "shop/__init__.py/x",
    "unknown scheme": "shop-1.0.data/other/x",
    "scheme only": "shop-1.0.data/purelib",
    "folder in scripts": "shop-1.0.data/scripts/a/b",
    "same place": "shop-1.0.data/purelib/shop/__init__.py",
    "two dist-info": "other-1.0.dist-info/METADATA",
}


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", [name for _what, name in sorted(BAD_MEMBERS.items())], ids=sorted(BAD_MEMBERS))
def test_a_member_in_a_wrong_place_is_refused(tmp_path, monkeypatch, name):
    placeholder = name.replace("\0", "N").replace("\\", "B")
    path = write_wheel(tmp_path / ENTRY["filename"], GOOD + [(placeholder, b"x")])
    if placeholder != name:  # zipfile would not write that name
        with open(path, "rb") as stream:
            data = stream.read()
        with open(path, "wb") as stream:
            stream.write(data.replace(placeholder.encode(), name.encode()))
    target = tmp_path / "tree"
    target.mkdir()
    with pytest.raises(WheelhouseError):
        unpack.unpack(path, str(target), ENTRY)
    assert sorted(os.listdir(str(tmp_path))) == sorted([ENTRY["filename"], "tree"])
    assert not os.path.exists(str(target / unpack.INDEX))


@pytest.mark.parametrize("mode", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO, stat.S_IFDIR])
def test_only_plain_files(tmp_path, mode):
    path = str(tmp_path / "x.zip")
    with zipfile.ZipFile(path, "w") as packed:
        info = zipfile.ZipInfo("link")
        info.external_attr = (mode | 0o777) << 16
        packed.writestr(info, "/etc/passwd")
    with pytest.raises(WheelhouseError, match="no plain file"):
        with archive.open_zip(path, "it"):
            pass


def test_an_encrypted_member_is_refused(tmp_path):
    path = write_wheel(tmp_path / ENTRY["filename"], GOOD)
    with open(path, "rb") as stream:
        data = bytearray(stream.read())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    with open(path, "wb") as stream:
        stream.write(data)
    with pytest.raises(WheelhouseError, match="encrypted"):
        with archive.open_zip(path, "it"):
            pass


def test_a_bomb_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "BOMB_SIZE", 1 << 20)
    with pytest.raises(WheelhouseError, match="would unpack to"):
        unpacked(tmp_path, GOOD + [("shop/zeros", bytes(2 << 20))])


def test_every_altered_byte_is_noticed_or_harmless(tmp_path):
    """Whatever byte of a wheel is altered: an error that is ours, or the same files."""
    path = write_wheel(tmp_path / ENTRY["filename"], GOOD)
    with open(path, "rb") as stream:
        good = stream.read()
    for at in range(0, len(good), 3):
        with open(path, "wb") as stream:
            stream.write(good[:at] + bytes([good[at] ^ 0x41]) + good[at + 1:])
        target = tmp_path / "tree-{0}".format(at)
        target.mkdir()
        try:
            unpack.unpack(path, str(target), ENTRY)
        except WheelhouseError:
            continue
        assert (target / "site" / "shop" / "__init__.py").read_bytes() == SOURCE[1]


@pytest.mark.parametrize("cut", [0, 1, 20, 200, -1, -30])
def test_a_truncated_wheel_is_refused(tmp_path, cut):
    path = write_wheel(tmp_path / ENTRY["filename"], GOOD)
    with open(path, "rb") as stream:
        good = stream.read()
    with open(path, "wb") as stream:
        stream.write(good[:cut])
    with pytest.raises(WheelhouseError):
        unpack.unpack(path, str(tmp_path / "tree"), ENTRY)


@pytest.mark.parametrize("change", [{"name": "other"}, {"version": "1.1"}])
def test_the_manifest_decides_which_wheel_it_is(tmp_path, change):
    path = write_wheel(tmp_path / ENTRY["filename"], GOOD)
    with pytest.raises(WheelhouseError):
        unpack.unpack(path, str(tmp_path / "tree"), dict(ENTRY, **change))


def test_extension_modules_are_noted(tmp_path):
    import _ctypes  # Debian has _struct and others built in
    with open(_ctypes.__file__, "rb") as stream:
        data = stream.read()
    index = unpacked(tmp_path, GOOD + [("shop/_ctypes.so", data), ("shop/other.so", data), ("shop/not.so", b"\x7fELF no")])[1]
    found = {row[0]: row for row in index["elf"]}
    assert set(found) == {"site/shop/_ctypes.so", "site/shop/other.so"}
    assert found["site/shop/_ctypes.so"][4] is True and found["site/shop/other.so"][4] is False
    assert sys.maxsize > 2 ** 32 and found["site/shop/_ctypes.so"][1][0] == 2
