# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import json
import shutil
import subprocess
import zipfile

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder import reproduce

FILES = [("a.py", b"a = 1\n"), ("b.py", b"b = 1\n"), ("x-1.dist-info/RECORD", b"a.py,sha256=1,6\nb.py,sha256=2,6\n")]


def described(tmp_path, files, date=(1980, 1, 1, 0, 0, 0), mode=0o100644, packing=zipfile.ZIP_DEFLATED):
    """Return the description of a wheel of ``files`` as it arrives on another host."""
    path = tmp_path / "x-1-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", packing) as archive:
        for name, data in files:
            entry = zipfile.ZipInfo(name, date)
            entry.external_attr, entry.compress_type = mode << 16, packing
            archive.writestr(entry, data)
    return json.loads(json.dumps(reproduce.members(str(path))))


def replaced(name, data):
    return [(other, data if other == name else old) for other, old in FILES]


def test_the_same_wheel_differs_in_nothing(tmp_path):
    assert reproduce.differing(described(tmp_path, FILES), described(tmp_path, FILES)) == []


@pytest.mark.parametrize("files, options, said", [
    (replaced("a.py", b"a = 2\n"), {}, ["a.py differs: its bytes"]),
    (replaced("a.py", b"a = '/var/lib/wheelhouse-build/work/x/source'\n"), {},
     ["a.py differs: it holds the path /var/lib/wheelhouse-build/work/x/source"]),
    (replaced("a.py", b"built = '2026-11-26 01:07:27'\n"), {}, ["a.py differs: it holds the date 2026-11-26 01:07"]),
    (replaced("x-1.dist-info/RECORD", b"b.py,sha256=2,6\na.py,sha256=1,6\n"), {},
     ["x-1.dist-info/RECORD differs: its rows are in another order"]),
    (replaced("x-1.dist-info/RECORD", b"a.py,sha256=3,6\nb.py,sha256=2,6\n"), {},
     ["x-1.dist-info/RECORD differs: it lists the hashes of other members"]),
    (FILES[:1] + FILES[2:] + [("c.py", b"")], {}, ["c.py is only in the first", "b.py is only in the second"]),
    ([FILES[1], FILES[0], FILES[2]], {}, ["the members are in another order"]),
    (FILES, {"packing": zipfile.ZIP_STORED}, ["the members are the same, but are packed in another way"]),
    (FILES[:1], {"mode": 0o100755},
     ["b.py is only in the second", "x-1.dist-info/RECORD is only in the second", "a.py differs: its mode is 100755 and 100644"]),
    (FILES[:1], {"date": (2026, 11, 26, 1, 7, 28)},
     ["b.py is only in the second", "x-1.dist-info/RECORD is only in the second",
      "a.py differs: its date is 2026-11-26 01:07:28 and 1980-01-01 00:00:00"]),
])
def test_what_differs_is_named(tmp_path, files, options, said):
    assert reproduce.differing(described(tmp_path, files, **options), described(tmp_path, FILES)) == said


def compiled(tmp_path, text, *options):
    (tmp_path / "m.c").write_text(text)
    subprocess.run(["gcc", "-shared", "-o", "m.so", *options, "m.c"], cwd=tmp_path, check=True)
    return described(tmp_path, [("m.so", (tmp_path / "m.so").read_bytes())])


@pytest.mark.skipif(not shutil.which("gcc"), reason="needs gcc")
@pytest.mark.parametrize("text, options, said", [
    ("int f(void) { return 2; }", ["-Wl,--build-id=none"], "m.so differs: in its sections .text"),
    ("int f(void) { return 1; }", ["-Wl,--build-id=0x1234"], "m.so differs: in its build id alone"),
    ("int f(void) { return 1; }", ["-Wl,--build-id=none", "-g", "-fdebug-prefix-map={0}=/tmp/work"],
     "in its debug information alone (.debug_"),
])
def test_where_an_extension_module_differs(tmp_path, text, options, said):
    usual = {"0x1234": ["-Wl,--build-id=0x1235"], "-g": ["-Wl,--build-id=none", "-g"]}
    first = compiled(tmp_path, text, *(option.format(tmp_path) for option in options))
    second = compiled(tmp_path, "int f(void) { return 1; }", *next((usual[key] for key in usual if key in " ".join(options)), options))
    (sentence,) = reproduce.differing(first, second)
    assert said in sentence
    assert ("it holds the path /tmp/work" in sentence) == ("-g" in options)


def test_what_only_looks_like_an_elf_file(tmp_path):
    first, second = (described(tmp_path, [("m.so", b"\x7fELF" + end)]) for end in (b"", b"broken" * 20))
    assert reproduce.differing(first, second)[0].startswith("m.so differs:")
