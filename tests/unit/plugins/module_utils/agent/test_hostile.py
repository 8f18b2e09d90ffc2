# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The hostile table: what no production host may take, each with what its error must say; and what looks odd and is right."""
import io
import os
import stat
import struct
import tarfile

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.activate import activate
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.layout import Layout
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.stage import stage
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common import platform
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.manifest import manifest_id
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.module_utils.agent import hostile
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.module_utils.agent.hostile import (
    INFO, PYC, SOURCE, bytecode, entry_points, member, pyc, tar_member, text, wheel)

WHEEL = "shop-1.0-py3-none-any.whl"
INIT = "shop/__init__.py"
DATA = "shop-1.0.data/"
EVIL = b"import os\n"


def in_record(name, data=EVIL):
    """Return a wheel with one more member, which RECORD lists."""
    return wheel((name, data))


def kind(mode):
    return wheel(member("shop/odd", b"/etc/passwd", mode=mode))


def lying(**fields):
    """Return a wheel with a member whose local header lies, and with one whose entry in the directory does."""
    return wheel(member("shop/odd", EVIL, **fields))


def lines(alter):
    """Return a wheel whose RECORD is what ``alter`` makes of its lines."""
    return wheel(record=lambda listed: "".join(line + "\n" for line in alter(listed.splitlines())))


BOMB = member("shop/zeros", bytes(1 << 20), central={"unpacked": 3 << 30}, local={"unpacked": 3 << 30})

# id, the wheel, what the error says beside the wheel's name
WHEELS = [
    ("a member above the folder", in_record("../evil.py"), "unsafe name, '../evil.py'"),
    ("a member above the folder, from within", in_record("shop/../../evil.py"), "unsafe name, 'shop/../../evil.py'"),
    ("an absolute path", in_record("/etc/cron.d/evil"), "unsafe name, '/etc/cron.d/evil'"),
    ("a backslash", in_record("..\\evil.py"), "unsafe name"),
    ("a drive letter", in_record("C:evil.py"), "unsafe name, 'C:evil.py'"),
    ("a newline in a name", in_record("shop/a\nb.py"), "unsafe name"),
    ("a NUL in a name", in_record("shop/evil.py\0.txt"), "unsafe name"),
    ("an empty part of a path", in_record("shop//evil.py"), "unsafe name, 'shop//evil.py'"),
    ("a folder above the folder", wheel(member("../evil/")), "unsafe name, '../evil'"),
    ("a name that is too long", in_record("shop/" + "x" * 256), "too long, 'shop/xxx"),
    ("a path that is too long", in_record("/".join(["x" * 200] * 6)), "too long, 'xxx"),
    ("a name that is not UTF-8", wheel(member(b"shop/\xe4.py", EVIL, flags=0)), "not UTF-8"),
    ("a name that says UTF-8 and is not", wheel(member(b"shop/\xe4.py", EVIL)), "damaged: 'utf-8' codec"),
    ("a symbolic link", kind(stat.S_IFLNK | 0o777), "no plain file, 'shop/odd'"),
    ("a device", kind(stat.S_IFCHR | 0o666), "no plain file, 'shop/odd'"),
    ("a named pipe", kind(stat.S_IFIFO | 0o666), "no plain file, 'shop/odd'"),
    ("a folder with bytes in it", wheel(member("shop/sub/", EVIL)), "no plain file, 'shop/sub'"),
    ("a name twice", wheel(member(INIT, EVIL)), "two members called 'shop/__init__.py'"),
    ("names that differ only in case", in_record("Shop/__Init__.py"), "differ only in case", "'Shop/__Init__.py'"),
    ("names that differ only in Unicode's form", wheel(("shop/\u00e9.py", EVIL), ("shop/e\u0301.py", EVIL)), "in how letters are written"),
    ("a file where a folder is needed", in_record(INIT + "/evil.py"), "both as a file and as a folder", INIT),
    ("a file where a folder is told", wheel(member(INIT + "/")), "both as a file and as a folder", INIT),
    ("another name in the local header", lying(local={"name": b"shop/0dd"}), "own header describes in another way, 'shop/odd'"),
    ("another method in the local header", lying(local={"method": 0}), "own header describes in another way, 'shop/odd'"),
    ("other flags in the local header", lying(local={"flags": 0x801}), "own header describes in another way, 'shop/odd'"),
    ("another CRC in the local header", lying(local={"crc": 1}), "own header describes in another way, 'shop/odd'"),
    ("another size in the local header", lying(local={"unpacked": 1}), "own header describes in another way, 'shop/odd'"),
    ("no local header", lying(central={"offset": 1}), "overlaps 'shop/odd'"),
    ("members that overlap", lying(central={"offset": 0}), "overlaps"),
    ("a wrong CRC", wheel(member("shop/odd", EVIL, local={"crc": 1}, central={"crc": 1}), record=lambda listed: listed + "shop/odd,,\n"),
     "another CRC than the one that is told, 'shop/odd'"),
    ("a size that is too small", wheel(member("shop/odd", EVIL, local={"unpacked": 3}, central={"unpacked": 3}),
                                       record=lambda listed: listed + "shop/odd,,\n"), "another size than the 3 bytes", "'shop/odd'"),
    ("a size that is too large", wheel(member("shop/odd", EVIL, local={"unpacked": 99}, central={"unpacked": 99}),
                                       record=lambda listed: listed + "shop/odd,,\n"), "another size than the 99 bytes", "'shop/odd'"),
    ("a bomb that says so", wheel(BOMB), "would unpack to 3221", "'shop/zeros'"),
    ("a bomb that does not say so", wheel(member("shop/zeros", bytes(50 << 20), local={"unpacked": 9}, central={"unpacked": 9}),
                                          record=lambda listed: listed + "shop/zeros,,\n"), "another size than the 9 bytes", "'shop/zeros'"),
    ("an encrypted member", lying(flags=0x801), "encrypted member, 'shop/odd'"),
    ("a strongly encrypted member", lying(flags=0x841), "encrypted member, 'shop/odd'"),
    ("an unknown compression", lying(local={"method": 14}, central={"method": 14}), "packed in an unknown way, 'shop/odd'"),
    ("a patch", lying(flags=0x820), "packed in an unknown way, 'shop/odd'"),
    ("bytes before the zip", wheel(before=b"#!/bin/sh\n"), "bytes of no member before 'shop/__init__.py'"),
    ("bytes between the members", wheel(member("shop/odd", EVIL, gap=b"hidden")), "bytes of no member before"),
    ("bytes before the directory", wheel().replace(b"PK\1\2", b"hid!PK\1\2", 1), "another directory than its end tells of"),
    ("bytes behind the zip", wheel(behind=b"hidden"), "bytes behind its end"),
    ("a comment behind the zip", wheel(comment=b"hidden"), "bytes behind its end"),
    ("a zip behind the zip", wheel() + wheel(), "another directory than its end tells of"),
    ("another number of members", wheel(count=1), "another directory than its end tells of"),
    ("no zip at all", b"not a zip", "damaged"),
    ("half a zip", wheel()[:200], "damaged"),
    ("another size behind the data", wheel(member("shop/odd", EVIL, descriptor=True, central={"crc": 7})), "another CRC or size, 'shop/odd'"),
    ("RECORD misses a file", lines(lambda rows: rows[1:]), INIT + " is in the wheel, but not in RECORD"),
    ("RECORD adds a file", lines(lambda rows: rows + ["shop/ghost.py,,"]), "shop/ghost.py is in RECORD, but not in the wheel"),
    ("RECORD lies about a hash", lines(lambda rows: [rows[0].replace("sha256=", "sha256=A")] + rows[1:]), INIT + " is not the file that RECORD"),
    ("RECORD lies about a size", lines(lambda rows: [rows[0].rpartition(",")[0] + ",7"] + rows[1:]), INIT + " is not the file that RECORD"),
    ("RECORD has no hash", lines(lambda rows: [INIT + ",,"] + rows[1:]), INIT + " is not the file that RECORD"),
    ("RECORD has a weak hash", lines(lambda rows: [rows[0].replace("sha256", "md5")] + rows[1:]), "hash of " + INIT),
    ("RECORD lists a file twice", lines(lambda rows: rows + rows[:1]), "lists {0} twice".format(INIT)),
    ("RECORD has a size beyond numbers", lines(lambda rows: [rows[0] + "9" * 5000] + rows[1:]), "as the size of " + INIT),
    ("RECORD is not UTF-8", wheel(record="\udce4.py,,\n"), "RECORD is not UTF-8"),
    ("RECORD has a row that is none", lines(lambda rows: rows + ["x"]), "RECORD has a row that is not one"),
    ("bytecode that RECORD does not list", wheel(member(PYC.format("shop"), pyc())), "but not in RECORD"),
    ("bytecode without a source", in_record("shop/" + PYC.format("evil"), pyc()), "is bytecode, and the wheel has no source of it"),
    ("bytecode in a source's place", in_record("evil.pyc", pyc()), "evil.pyc is bytecode"),
    ("a command with a slash", entry_points("../evil = shop:main"), "no command that can be made: ../evil"),
    ("a command with a semicolon", entry_points("evil;x = shop:main"), "no command that can be made: evil;x"),
    ("a command with a space", entry_points("evil x = shop:main"), "no command that can be made: evil x"),
    ("a command that is an option", entry_points("-evil = shop:main"), "no command that can be made: -evil"),
    ("a command with code", entry_points("evil = shop:main;import os"), "no command that can be made: evil"),
    ("a command with another line of code", entry_points("evil = shop:main\n  import os"), "no command that can be made: evil"),
    ("a command without a function", entry_points("evil = shop"), "no command that can be made: evil"),
    ("a command in the place of python", entry_points("python = shop:main"), "wants to replace bin/python of the virtual environment"),
    ("a script in the place of python3", in_record(DATA + "scripts/python3", b"#!python\n"), "wants to replace bin/python3"),
    ("a script with a space in its name", in_record(DATA + "scripts/evil x", b"#!python\n"), "evil x has no place"),
    ("data in the place of pyvenv.cfg", in_record(DATA + "data/pyvenv.cfg"), "wants to replace pyvenv.cfg of the virtual environment"),
    ("data in the place of the manifest", in_record(DATA + "data/manifest.json"), "wants to replace manifest.json"),
    ("data in a file's place", in_record(DATA + "purelib/" + INIT), "two members of the wheel are installed as " + INIT),
    ("data by another way in a file's place", in_record(DATA + "data/lib/{0}/site-packages/{1}".format(
        "python{0}.{1}".format(*platform.sys.version_info), INIT)), "it has two files that would be installed as"),
    ("data in an unknown scheme", in_record(DATA + "stdlib/os.py"), "stdlib/os.py has no place in an installed distribution"),
    ("data that leaves its scheme", in_record(DATA + "data/../../evil"), "unsafe name"),
    ("another distribution's metadata", in_record(DATA + "purelib/pip-99.dist-info/METADATA"), "pip-99.dist-info/METADATA would be the metadata"),
    ("two distributions in one", in_record("other-1.0.dist-info/METADATA"), "2 .dist-info folders"),
    ("another name in METADATA", wheel(texts=text(metadata="Name: evil\nVersion: 1.0\n")), "the wheel is evil 1.0 by its METADATA"),
    ("another version in METADATA", wheel(texts=text(metadata="Name: shop\nVersion: 6.6\n")), "the wheel is shop 6.6 by its METADATA"),
    ("another name of the .dist-info folder", wheel(name="evil"), "contains evil-1.0.dist-info"),
    ("other tags in WHEEL", wheel(texts=text(about="Wheel-Version: 1.0\nTag: cp39-cp39-win_amd64\n")), "for cp39-cp39-win_amd64 by its WHEEL"),
    ("a newer format", wheel(texts=text(about="Wheel-Version: 2.0\nTag: py3-none-any\n")), "format is '2.0'"),
    ("no METADATA", wheel(texts=text()[1:]), "the wheel has no shop-1.0.dist-info/METADATA"),
]

# id, a function of the wheelhouse that returns manifest and stream, what the error says
OTHERS = [
    ("two wheels with one file of other bytes", lambda house: house.release(
        house.entry(wheel()), house.entry(wheel(files=[(INIT, EVIL)], name="evil"), "evil-1.0-py3-none-any.whl")),
     "evil: ", INIT, "and so has shop, with other bytes"),
    ("one command of two wheels", lambda house: house.release(
        house.entry(entry_points("shop = shop:main")),
        house.entry(wheel((DATA.replace("shop", "evil") + "scripts/shop", b"#!python\nevil\n"), name="evil", files=[]), "evil-1.0-py3-none-any.whl")),
     "evil: ", "bin/shop, and so has shop"),
    ("a wheel of another name than the manifest's", lambda house: house.release(house.entry(wheel(), name="lib")), "lib: ", WHEEL),
    ("a wheel of another version than the manifest's", lambda house: house.release(house.entry(wheel(), version="2.0")), "shop: ", "not of version 2.0"),
    ("a wheel for another Python", lambda house: house.release(house.entry(wheel(), "shop-1.0-cp27-cp27mu-linux_x86_64.whl")),
     "shop: ", "is for another Python or another system"),
    ("a wheel for another system", lambda house: house.release(house.entry(wheel(), "shop-1.0-py3-none-win_amd64.whl")),
     "shop: ", "is for another Python or another system"),
    ("a wheel whose name is not one", lambda house: house.release(house.entry(wheel(), "shop-1.0-none.whl")), "not a wheel's file name"),
    ("bytecode of no source", lambda house: house.release(house.entry(wheel(), code=bytecode((PYC.format("evil"), pyc())))),
     "shop: ", "evil", "the wheel has no source of it"),
    ("bytecode of another source", lambda house: house.release(house.entry(wheel(), code=bytecode(("shop/" + PYC.format("__init__"), pyc(EVIL))))),
     "shop: ", "was made of another shop/__init__.py than the wheel's"),
    ("bytecode of another interpreter", lambda house: house.release(
        house.entry(wheel(), code=bytecode(("shop/__pycache__/__init__.cpython-27.pyc", pyc())))), "shop: ", "for another interpreter"),
    ("bytecode with another magic number", lambda house: house.release(
        house.entry(wheel(), code=bytecode(("shop/" + PYC.format("__init__"), pyc(magic=b"\3\xf3\r\n"))))), "shop: ", "for another interpreter"),
    ("bytecode that goes by time", lambda house: house.release(
        house.entry(wheel(), code=bytecode(("shop/" + PYC.format("__init__"), pyc(flags=0))))), "shop: ", "does not say what source"),
    ("bytecode that is something else", lambda house: house.release(house.entry(wheel(), code=bytecode(("shop/evil.py", EVIL)))),
     "shop: ", "has a member that is none, 'shop/evil.py'"),
    ("bytecode that leaves its folder", lambda house: house.release(house.entry(wheel(), code=bytecode(("../../" + PYC.format("evil"), pyc())))),
     "the bytecode of " + WHEEL, "unsafe name"),
    ("a stream with a file that nobody named", lambda house: house.stream(
        lambda files: [tar_member("wheels/{0}/evil.whl".format("0" * 64), EVIL)] + [tar_member(*item) for item in files.items()]),
     "unexpected member: 'wheels/000"),
    ("a stream with a file outside", lambda house: house.stream(
        lambda files: [tar_member("../../../evil", EVIL)] + [tar_member(*item) for item in files.items()]), "unexpected member: '../../../evil'"),
    ("a stream with an absolute path", lambda house: house.stream(lambda files: [tar_member("/tmp/evil", EVIL)]), "unexpected member: '/tmp/evil'"),
    ("a stream with a link", lambda house: house.stream(
        lambda files: [tar_member(place, b"", tarfile.SYMTYPE, "/etc/passwd") for place in files]), "unexpected member: 'wheels/"),
    ("a stream with a hard link", lambda house: house.stream(
        lambda files: [tar_member(place, b"", tarfile.LNKTYPE, "/etc/passwd") for place in files]), "unexpected member: 'wheels/"),
    ("a stream with a device", lambda house: house.stream(lambda files: [tar_member(place, b"", tarfile.CHRTYPE) for place in files]),
     "unexpected member: 'wheels/"),
    ("a stream with a folder in a file's place", lambda house: house.stream(lambda files: [tar_member(place, b"", tarfile.DIRTYPE) for place in files]),
     "unexpected member: 'wheels/"),
    ("a stream with a file twice", lambda house: house.stream(lambda files: [tar_member(*item) for item in files.items()] * 2), "unexpected member: 'wheels/"),
    ("a stream with other bytes", lambda house: house.stream(
        lambda files: [tar_member(place, bytes(len(data))) for place, data in files.items()]), WHEEL + " has SHA-256"),
    ("a stream with a longer file", lambda house: house.stream(
        lambda files: [tar_member(place, data + b"x") for place, data in files.items()]), WHEEL + " has another size"),
    ("a stream that lacks a file", lambda house: house.stream(lambda files: []), "ended without wheels/"),
    ("a stream that is no tar", lambda house: (house.release(house.entry(wheel()))[0], b"\x7fELF" * 1000), "the stream broke off"),
    ("a manifest for another app", lambda house: house.release(house.entry(wheel()), app="blog"), "for the app blog, not for shop"),
    ("a manifest for another platform", lambda house: house.release(house.entry(wheel()), platform=dict(platform.describe(), machine="vax")),
     "another platform: machine is"),
    ("a manifest of an unknown schema", lambda house: house.release(house.entry(wheel()), schema=2), "its schema is not 1"),
    ("a manifest whose schema is true", lambda house: house.release(house.entry(wheel()), schema=True), "its schema is not 1"),
    ("a manifest with a platform of numbers", lambda house: house.release(house.entry(wheel()), platform={"python": 3.11}), "names no platform"),
    ("a manifest with an app that leaves", lambda house: house.release(house.entry(wheel()), app="../shop"), "not a name for an app"),
    ("a manifest with a file name that leaves", lambda house: house.release(wheels=[dict(house.entry(wheel()), filename="../" + WHEEL)]),
     "shop: ", "not a wheel's file name"),
    ("a manifest with a hash that leaves", lambda house: house.release(wheels=[house.entry(wheel(), sha256="../" * 21 + "x")]), "shop: ", "not a SHA-256"),
    ("a manifest with a size below nothing", lambda house: house.release(wheels=[house.entry(wheel(), size=-1)]), "shop: ", "not a size in bytes"),
    ("a manifest with two wheels of a name", lambda house: house.release(house.entry(wheel()), house.entry(wheel(("x.py", b"")))),
     "shop: ", "two wheels of the same name"),
    ("a manifest with libraries that are none", lambda house: house.release(house.entry(wheel(), needs={"libraries": [1]})),
     "shop: ", "what it needs is not described"),
    ("a manifest with a source that leaves", lambda house: house.release(house.entry(wheel(), source={"filename": "../x", "sha256": "0" * 64, "size": 1})),
     "shop: ", "what it was built from is not described"),
    ("a manifest without a source of its wheel", lambda house: house.release(house.entry(wheel(), source=None)),
     "shop: ", "what it was built from is not described"),
    ("a manifest without a lock", lambda house: house.release(house.entry(wheel()), lock=None), "does not tell the lock that it was made from"),
    ("a manifest without options", lambda house: house.release(house.entry(wheel()), options=None), "does not tell the options that it was made from"),
    ("a manifest with text that is not Unicode", lambda house: house.release(house.entry(wheel()), lock="\ud800"), "cannot be written as JSON"),
]

TABLE = [(name, lambda house, data=data: house.release(house.entry(data)), ("shop: ",) + tuple(says)) for name, data, *says in WHEELS]
TABLE += [(name, make, tuple(says)) for name, make, *says in OTHERS]


def everything(folder):
    return {os.path.join(parent, name) for parent, folders, files in os.walk(folder) for name in folders + files}


@pytest.mark.parametrize("make, says", [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_it_is_refused(store, root, tmp_path, record_property, make, says):
    """On a host where a release is active, which stays as it is."""
    layout, sound = Layout(root), store.manifest(store.wheel("sound", files={"sound.py": ""}))
    stage(root, "shop", sound, stream=store.tar(sound))
    activate(root, "shop", manifest_id(sound))
    before = {path: os.lstat(path) for path in everything(layout.apps) | everything(layout.wheel(""))}
    manifest, stream = make(hostile.Wheelhouse(store))
    outside = {path for path in everything(str(tmp_path)) if not path.startswith(root)}
    record_property("count", "hostile inputs")
    with pytest.raises(WheelhouseError) as caught:
        stage(root, "shop", manifest, stream=io.BytesIO(stream))
    for said in says:
        assert said in str(caught.value)
    after = {path: os.lstat(path) for path in everything(layout.apps) | before.keys()}
    assert after.keys() == before.keys() and all(after[path].st_ino == before[path].st_ino for path in before)
    assert layout.current_release("shop") == manifest_id(sound)
    assert not os.path.isdir(layout.tmp) or os.listdir(layout.tmp) == []
    left = {path for path in everything(str(tmp_path)) if not path.startswith(root)}
    assert left == outside and not os.path.lexists("/tmp/evil")
    record_property("count", "hostile inputs refused")


def test_the_table_is_long():
    assert len({row[0] for row in TABLE}) == len(TABLE) > 100


LARGE = struct.pack("<2H2Q", 1, 16, len(EVIL), len(member("x", EVIL)["bytes"]))

RIGHT = [
    ("RECORD's signatures", wheel(member(INFO + "/RECORD.jws", b"{}"), member(INFO + "/RECORD.p7s", b""))),
    ("a .pth file that RECORD lists", in_record("shop.pth", b"shop\n")),
    ("folders of their own", wheel(member("shop/", mode=stat.S_IFDIR | 0o755, method=0))),
    ("a name in another script", in_record("shop/caf\u00e9 \u4e2d.txt")),
    ("sizes behind the data", wheel(member("shop/odd", EVIL, descriptor=True), record=lambda listed: listed + hostile.record_row("shop/odd", EVIL))),
    ("sizes of 64 bits", wheel(member("shop/odd", EVIL, local={"packed": 0xFFFFFFFF, "unpacked": 0xFFFFFFFF, "extra": LARGE}),
                               record=lambda listed: listed + hostile.record_row("shop/odd", EVIL))),
    ("members that are not compressed", wheel(member("shop/odd", EVIL, method=0), record=lambda listed: listed + hostile.record_row("shop/odd", EVIL))),
    ("bytecode beside its source", in_record("shop/" + PYC.format("__init__"), pyc(EVIL))),
]


@pytest.mark.parametrize("data", [row[1] for row in RIGHT], ids=[row[0] for row in RIGHT])
def test_it_is_taken(store, root, data):
    house = hostile.Wheelhouse(store)
    manifest, stream = house.release(house.entry(data, code=bytecode(("shop/" + PYC.format("__init__"), pyc()))))
    done = stage(root, "shop", manifest, stream=io.BytesIO(stream))
    site = os.path.join(Layout(root).release("shop", done["release"]), "lib", "python{0}.{1}".format(*platform.sys.version_info), "site-packages")
    with open(os.path.join(site, "shop", PYC.format("__init__")), "rb") as code:
        assert code.read() == pyc(SOURCE)  # the build host's, whatever the wheel brought
