# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import os

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder.hints import diagnose, last_lines, readable


@pytest.mark.parametrize("log, message, hint", [
    ("x.c:1:10: fatal error: Python.h: No such file or directory", "Python.h", "python3-dev"),
    ("x.c:1:10: fatal error: ffi.h: No such file or directory", "the header ffi.h is missing", "apt-file search ffi.h"),
    ("x.c:1:10: fatal error: 'lber.h' file not found", "the header lber.h is missing", "build_packages"),
    ("Error: pg_config executable not found.", "pg_config", "libpq-dev"),
    ("Exception: Can not find valid pkg-config name.", "MySQL", "default-libmysqlclient-dev"),
    ("/bin/sh: 1: mysql_config: not found", "MySQL", "default-libmysqlclient-dev"),
    ("Error: Please make sure the libxml2 and libxslt development packages are installed.\n"
     "make sure the development packages of libxml2 and libxslt are installed", "libxml2", "libxslt1-dev"),
    ("../meson.build:31:12: ERROR: Dependency \"cairo\" not found (tried pkg-config)", "cairo", "cairo"),
    ("Package 'libffi', required by 'virtual:world', not found", "libffi", "build_packages"),
    ("FileNotFoundError: [Errno 2] No such file or directory: 'curl-config'", "curl-config is missing", "apt-file"),
    ("/usr/bin/ld: cannot find -lmemcached: No such file", "memcached", "libmemcached.so"),
    ("error: command 'gcc' failed: No such file or directory", "no compiler", "build-essential"),
    ("error: command 'x86_64-linux-gnu-gcc' failed: No such file or directory", "no compiler", "build-essential"),
    ("error: can't find Rust compiler\n\nThis package requires Rust >=1.64.0.", "there is no Rust compiler", "add cargo and rustc"),
    ("Rust not found, installing into a temporary directory\nurlopen error [Errno -3] Temporary failure in name resolution", "no Rust compiler",
     "build_only_binary"),
    ("    Updating crates.io index\nwarning: spurious network error (3 tries remaining): [6] Could not resolve hostname (Could not resolve host: "
     "index.crates.io)\nerror: failed to get `archery` as a dependency of package `rpds-py v2026.9.1 (/w/source)`\n\nCaused by:\n  download of "
     "config.json failed", "cargo wanted to download its crates", "cargo vendor"),
    ("error: package `x v1.0.0` cannot be built because it requires rustc 1.80 or newer, while the currently active rustc version is 1.63.0",
     "compiler is too old", "published wheel"),
    ("error: failed to parse manifest\n  feature `edition2024` is required", "compiler is too old", "older version"),
    ("urllib.error.URLError: <urlopen error [Errno -3] Temporary failure in name resolution>", "reach the network", "build requirement"),
    ("OSError: [Errno 101] Network is unreachable", "reach the network", "build requirement"),
    ("gcc: fatal error: Killed signal terminated program cc1plus", "memory", "memory"),
    ("terminate called after throwing an instance of 'std::bad_alloc'", "memory", "build_memory"),
    ("    x = bytes(1 << 50)\nMemoryError", "memory", "build_memory"),
    ("ModuleNotFoundError: No module named 'numpy'", "imports numpy", "build-system"),
    ("something that nobody has seen", "", ""),
    ("", "", ""),
])
def test_known_causes(log, message, hint):
    found = diagnose(log)
    assert message in found[0] and hint in found[1]
    assert bool(message) == bool(found[0])


def test_the_last_lines_are_the_package_s_own():
    log = "\n".join([
        "first", "copying a -> b", "running build_ext", "Traceback (most recent call last):",
        '  File "/x/lib/python3.11/site-packages/pyproject_hooks/_in_process/_in_process.py", line 353, in main', "    main()", "    ^^^^",
        '  File "setup.py", line 3, in <module>', "    oops", "NameError: oops \x00\x1b[31m"])
    assert last_lines(log).splitlines() == ["first", '  File "setup.py", line 3, in <module>', "    oops", "NameError: oops ?[31m"]
    assert last_lines("\n".join(str(number) for number in range(99)), 3) == "96\n97\n98"
    assert last_lines("") == ""


@pytest.mark.parametrize("data, shown", [
    (b"plain\ttext\r\nnext", "plain\ttext\nnext"),
    (b"10%\r20%\rdone\n", "10%\n20%\ndone"),
    (b"\x1b[1;31merror:\x1b[0m no\x1b]0;title\x07 luck", "error: no luck"),
    ("größer, 大きい".encode(), "größer, 大きい"),
    (b"d\xe9j\xe0 vu, une fois", "d?j? vu, une fois"),
    (bytes(range(256)) * 9 + b"\nthe reason", None),
    (b"\x00\x01\x02\x03\n\x7fELF\x01\x01\x01\n\x00", "[binary output]\n[binary output]\n[binary output]"),
    (b"x" * 9999, "x" * 2000),
])
def test_a_log_is_readable_whatever_was_printed(data, shown):
    found = readable(data)
    assert shown is None or found == shown
    assert all(character.isprintable() or character in "\t\n" for character in found)


def test_binary_output_does_not_hide_the_reason():
    log = readable(b"step 1\n" + os.urandom(1 << 16) + b"\x00\n\x00\x01\x02\n" * 40 + b"\nthe wrong kind of snow\n")
    assert last_lines(log).splitlines()[-2:] == ["[binary output]", "the wrong kind of snow"]
    assert last_lines(log).count("[binary output]") < 20
