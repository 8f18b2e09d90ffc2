# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import os
import subprocess
import sys

import pytest
from hypothesis import given, strategies as st

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent import scripts
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError


def test_commands_of_entry_points():
    text = """
# a comment
[console_scripts]
shop = shop.cli:main
Shop-Admin=shop.cli : Admin.run [extra]
[gui_scripts]
shop-gui = shop:gui
[shop.plugins]
red = anything at all
"""
    assert scripts.parse_entry_points(text) == {
        "shop": ("shop.cli", "main"), "Shop-Admin": ("shop.cli", "Admin.run"), "shop-gui": ("shop", "gui")}


@pytest.mark.parametrize(
    "line",
    [
        "shop = shop.cli",
        "shop = ",
        "../shop = shop:main",
        "a/b = shop:main",
        ".. = shop:main",
        "shop = shop:main; import os",
        "shop = shop:main()",
        "shop",
        "shop = os:system\n  x",
    ],
)
def test_what_is_no_command_is_refused(line):
    with pytest.raises(WheelhouseError):
        scripts.parse_entry_points("[console_scripts]\n{0}\n".format(line))


@given(st.text())
def test_any_text_is_entry_points_or_an_error(text):
    for whole in (text, "[console_scripts]\n" + text):
        try:
            commands = scripts.parse_entry_points(whole)
        except WheelhouseError:
            continue
        assert all("/" not in name and module and attribute for name, (module, attribute) in commands.items())


def test_short_shebang():
    assert scripts.shebang("/opt/wheelhouse/bin/python") == b"#!/opt/wheelhouse/bin/python\n"


def test_length_counts_in_bytes_with_the_mark():
    longest = "/" + "x" * 124
    assert scripts.shebang(longest) == "#!{0}\n".format(longest).encode()
    assert scripts.shebang(longest + "x").startswith(b"#!/bin/sh\n")
    assert scripts.shebang("/" + "\u00e4" * 63).startswith(b"#!/bin/sh\n")


@pytest.mark.parametrize(
    "folder", ["plain", "with space", "x" * 140, 'quote " and $HOME and `id` and \\ it', "\u00fcml\u00e4ut " + "y" * 100]
)
def test_a_wrapper_runs_wherever_the_interpreter_lies(tmp_path, folder):
    place = tmp_path / folder
    place.mkdir()
    os.symlink(sys.executable, str(place / "python"))
    (tmp_path / "shop.py").write_text(
        "import sys\nclass Shop:\n    @staticmethod\n    def main():\n        print(sys.argv[1:])\n        return 7\n"
    )
    script = tmp_path / "command"
    script.write_bytes(scripts.wrapper(str(place / "python"), "shop", "Shop.main"))
    script.chmod(0o755)
    ran = subprocess.run([str(script), "a b", "$c"], stdout=subprocess.PIPE, env=dict(os.environ, PYTHONPATH=str(tmp_path)), check=False)
    assert (ran.returncode, ran.stdout.decode()) == (7, "['a b', '$c']\n")


@pytest.mark.parametrize("data, expected", [
    (b"#!python\nprint(1)\n", b"#!/r/bin/python\nprint(1)\n"),
    (b"#!pythonw -x\r\nprint(1)\n", b"#!/r/bin/python\nprint(1)\n"),
    (b"#!/usr/bin/env python\n", None),
    (b"#!/bin/sh\necho\n", None),
    (b"\x7fELF", None),
    (b"#!python", b"#!/r/bin/python\n"),
    (b"", None),
])
def test_first_line_of_script_files(tmp_path, data, expected):
    (tmp_path / "script").write_bytes(data)
    assert scripts.names_python(str(tmp_path / "script")) == (expected is not None)
    if expected is not None:
        assert scripts.rewritten(str(tmp_path / "script"), "/r/bin/python") == expected
