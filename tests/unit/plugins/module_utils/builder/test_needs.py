# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import io
import subprocess
import zipfile

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder import needs


def compiled(tmp_path, name, source, *arguments):
    """Return the bytes of a shared library made by this machine's compiler; without one there is nothing to test."""
    (tmp_path / "x.c").write_text(source)
    try:
        subprocess.run(["cc", "-shared", "-fPIC", "-o", name, "x.c", *arguments], cwd=tmp_path, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no C compiler: {error}")
    return (tmp_path / name).read_bytes()


def needs_of(files):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
        return needs.needs_of(archive)


MODULE = "int PyInit_x(void) { return 0; }\n"
SOURCE = MODULE + "#include <stdlib.h>\nvoid *f(void) { return malloc(1); }\n"


def test_the_libc_itself_is_a_version_not_a_library(tmp_path):
    found = needs_of({"app/x.so": compiled(tmp_path, "x.so", SOURCE, "-lm", "-lpthread")})
    assert found["libraries"] == [] and found["libc_version"].startswith("2.")


def test_libraries_that_the_wheel_carries_are_not_needed(tmp_path):
    other = compiled(tmp_path, "libother.so.1", "int other(void) { return 1; }", "-Wl,-soname,libother.so.1")
    user = compiled(tmp_path, "x.so", MODULE + "int other(void); int f(void) { return other(); }", "-L.", "-l:libother.so.1")
    assert needs_of({"app/x.so": user})["libraries"] == ["libother.so.1"]
    assert needs_of({"app/x.so": user, "app.libs/libother.so.1": other})["libraries"] == []
    assert needs_of({"app/x.so": user, "app.libs/libother-0a1b.so": other})["libraries"] == []


def test_what_a_carried_library_needs_is_needed_but_a_plugin_is_not(tmp_path):
    compiled(tmp_path, "libabsent.so.1", "int absent(void) { return 1; }", "-Wl,-soname,libabsent.so.1")
    other = compiled(tmp_path, "libother.so.1", "int absent(void); int other(void) { return absent(); }", "-Wl,-soname,libother.so.1",
                     "-L.", "-l:libabsent.so.1")
    user = compiled(tmp_path, "x.so", MODULE + "int other(void); int f(void) { return other(); }", "-L.", "-l:libother.so.1",
                    "-Wl,--unresolved-symbols=ignore-all")
    found = needs_of({"app/x.so": user, "app.libs/libother.so.1": other})
    assert found["libraries"] == ["libabsent.so.1"] and "libother.so.1" in found["carries"]
    assert found["users"] == ["app.libs/libother.so.1"] and found["optional"] == []
    plugin = needs_of({"app/plugins/libplugin.so": other})
    assert plugin["libraries"] == [] and plugin["optional"] == ["libabsent.so.1"] and plugin["users"] == []


def test_libraries_by_a_path_are_told_apart(tmp_path):
    compiled(tmp_path, "plain.so", "int plain(void) { return 1; }")
    user = compiled(tmp_path, "x.so", MODULE + "int plain(void); int f(void) { return plain(); }", str(tmp_path / "plain.so"))
    found = needs_of({"app/x.so": user})
    assert found["paths"] == [str(tmp_path / "plain.so")] and found["libraries"] == [] and found["users"] == []
    found = needs_of({"app/plugin.so": compiled(tmp_path, "p.so", "int plain(void); int f(void) { return plain(); }", str(tmp_path / "plain.so"))})
    assert (found["paths"], found["libraries"], found["optional"]) == ([], [], [])


def test_the_libc_version_is_that_of_all_files(tmp_path):
    assert needs_of({"app/plugin.so": compiled(tmp_path, "plugin.so", SOURCE.replace("PyInit_x", "start"))})["libc_version"].startswith("2.")


def test_which_symbols_are_wanted_of_a_library(tmp_path):
    (tmp_path / "map").write_text("OTHER_1 { global: other; }; OTHER_2 { global: another; } OTHER_1;")
    compiled(tmp_path, "libother.so.1", "int other(void) { return 1; } int another(void) { return 1; }", "-Wl,-soname,libother.so.1",
             "-Wl,--version-script=map")
    user = compiled(tmp_path, "x.so", MODULE + "int another(void); int f(void) { return another(); }", "-L.", "-l:libother.so.1")
    assert needs_of({"x.so": user})["symbols"] == {"libother.so.1": ["OTHER_2"]}


@pytest.mark.parametrize("data", [b"", b"x", b"\x7fELF", b"\x7fELF" + bytes(100), bytes(range(100))])
def test_data_that_is_no_library(data):
    assert needs_of({"app/x.so": data, "app/y.py": b""}) == {
        "libc_version": None, "libraries": [], "optional": [], "carries": [], "symbols": {}, "users": [], "paths": []}


def test_versions_are_compared_as_numbers(monkeypatch):
    found = {b"1": {"2.4", "2.17", "2.2.5"}, b"2": {"2.9"}, b"3": {"2.34", "2.3"}}
    monkeypatch.setattr(needs, "read_elf", lambda data: needs.Elf(set(), set(), found[data[-1:]], {}))
    assert needs_of({"x.so": b"\x7fELF1"})["libc_version"] == "2.17"
    assert needs_of({"x.so": b"\x7fELF1", "a/plugin": b"\x7fELF3", "y.so": b"\x7fELF2"})["libc_version"] == "2.34"


@pytest.mark.parametrize("name, own", [
    ("libc.so.6", True), ("libm.so.6", True), ("ld-linux-x86-64.so.2", True), ("ld-linux-aarch64.so.1", True), ("libpthread.so.0", True),
    ("libc.musl-x86_64.so.1", True), ("libgcc_s.so.1", False), ("libstdc++.so.6", False), ("libcrypt.so.1", False), ("libz.so.1", False),
    ("libcurl.so.4", False), ("libmariadb.so.3", False),
])
def test_which_names_are_the_libc(name, own):
    assert bool(needs._LIBC.match(name)) == own
