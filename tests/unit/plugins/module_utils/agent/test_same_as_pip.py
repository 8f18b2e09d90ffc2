# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Wheels with odd contents are installed as ``pip install --no-compile`` would."""
import os

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.transfer import place_of
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.module_utils.agent import installed

MAIN = "class Command:\n    @staticmethod\n    def run():\n        pass\n\n\ndef main():\n    print('main')\n"

#: Name, version, modules and the rest, in which {data} and {info} stand for the wheel's own folders; "x" before a path makes it executable.
WHEELS = [
    ("metadata_alone", "1.0", {}, {}),
    ("Upper.dotted_name", "2.0", {"upper/dotted.py": ""}, {"{info}/top_level.txt": b"upper\n"}),
    ("local", "1.0+ubuntu.1", {"local.py": "x = 1\n"}, {}),
    ("epoch", "1!2.0", {"epoch.py": ""}, {}),
    ("one_module", "1.0", {"one_module.py": MAIN}, {}),
    ("nothing_in_it", "1.0", {"nothing_in_it/__init__.py": "", "nothing_in_it/py.typed": ""}, {}),
    ("unicode_names", "1.0", {"caf\u00e9/__init__.py": "", "caf\u00e9/\u65e5\u672c\u8a9e.py": "", "caf\u00e9/\U0001f40d.txt": "snake",
                              "caf\u00e9/e\u0301.txt": ""}, {}),
    ("commas", "1.0", {"commas/a,b.txt": "", "commas/it's \"quoted\".txt": "x", "commas/with space.py": ""}, {}),
    ("long_names", "1.0", {"long_names/" + "n" * 200 + ".py": "", "/".join(["long_names"] + ["deep"] * 60) + "/x.txt": ""}, {}),
    ("commands", "1.0", {"commands.py": MAIN}, {"{info}/entry_points.txt": (
        b"[console_scripts]\nplain = commands:main\ndotted.name = commands:Command.run\nwith-extras = commands:main [one,two]\n\n"
        b"[gui_scripts]\nwindow=commands:main\n\n[other.group]\nnot-a-command = commands:main\n")}),
    ("deep_command", "1.0", {"deep_command/__init__.py": "", "deep_command/cli/__init__.py": MAIN}, {
        "{info}/entry_points.txt": b"# a comment\n[console_scripts]\nDeep_Command = deep_command.cli:main\n"}),
    ("script_files", "1.0", {}, {
        "x{data}/scripts/py-run": b"#!python\nprint('run')\n", "x{data}/scripts/py-flags": b"#!python -u\nprint('run')\n",
        "x{data}/scripts/py-window": b"#!pythonw\nprint('window')\n", "x{data}/scripts/env-run": b"#!/usr/bin/env python3\nprint('env')\n",
        "x{data}/scripts/shell.sh": b"#!/bin/sh\necho shell\n", "x{data}/scripts/binary": bytes(range(256)), "x{data}/scripts/empty": b"",
        "{data}/scripts/not-marked": b"#!python\nprint('made where files have no modes')\n", "x{data}/scripts/\u00fcber": b"#!python\n",
        "x{data}/scripts/no-newline": b"#!python"}),
    ("headers", "1.0", {}, {"{data}/headers/plain.h": b"#define PLAIN\n", "{data}/headers/sub/folder.h": b""}),
    ("Mixed_Headers", "1.0", {}, {"{data}/headers/mixed.h": b""}),
    ("data_files", "1.0", {}, {
        "{data}/data/share/man/man1/data.1": b".TH", "{data}/data/etc/data.conf": b"", "{data}/data/at-the-top": b"x",
        "x{data}/data/share/data/run.sh": b"#!/bin/sh\n", "{data}/data/lib/data/in-lib": b"", "{data}/data/bin/in-bin": b"#!python\n"}),
    ("both_libs", "1.0", {"both_libs/__init__.py": ""}, {
        "{data}/purelib/both_libs/pure.py": b"", "{data}/platlib/both_libs/plat.py": b"", "{data}/platlib/beside.py": b"x = 1\n"}),
    ("space.one", "1.0", {"space/one/__init__.py": ""}, {}),
    ("space.two", "1.0", {"space/two/__init__.py": ""}, {}),
    ("old_space.one", "1.0", {"old_space/one.py": ""}, {
        "old_space.one-1.0-nspkg.pth": b"import sys\n", "{info}/namespace_packages.txt": b"old_space\n"}),
    ("executables", "1.0", {"executables/__init__.py": ""}, {"xexecutables/tool": b"\x7fELF", "xexecutables/run.py": b"#!python\n"}),
    ("bytecode_inside", "1.0", {"bytecode_inside.py": ""}, {"__pycache__/bytecode_inside.cpython-26.pyc": b"\0\0"}),
    ("odd_cache", "1.0", {"odd_cache/__init__.py": "", "odd_cache/__pycache__/__init__.py": ""}, {}),
    ("vendors", "1.0", {"vendors/__init__.py": ""}, {
        "vendors/_vendor/inner-1.0.dist-info/RECORD": b"", "vendors/_vendor/inner-1.0.dist-info/INSTALLER": b"uv\n",
        "vendors/_vendor/inner-1.0.data/scripts/inner": b"#!python\n"}),
    ("licences", "1.0", {"licences.py": ""}, {
        "{info}/licenses/LICENSE": b"free", "{info}/licenses/vendored/A/COPYING": b"", "{info}/sboms/x.json": b"{}"}),
    ("windows_lines", "1.0", {"windows_lines.py": "x = 1\r\n"}, {"x{data}/scripts/crlf": b"#!python\r\nprint('x')\r\n"}),
]


def make(store, name, version, modules, rest):
    """Make a wheel of the table; return the path of its file."""
    names = {"data": "{0}-{1}.data".format(name, version), "info": "{0}-{1}.dist-info".format(name, version)}
    paths = {path: path.format(**names) if "{" in path else path for path in rest}
    marked = {path for path in rest if path.startswith(("x{", "xexecutables"))}
    members = [(paths[path][path in marked:], data) for path, data in rest.items()]
    entry = store.wheel(name, version, files=modules, extra=members, bytecode=False, executable=[paths[path][1:] for path in marked])
    return os.path.join(store.root, place_of("wheels", entry["sha256"], entry["filename"]))


@pytest.mark.parametrize("folder", ["short", "n" * 60 + "/" + "m" * 80, "with space"])
def test_the_same_tree(store, tmp_path, folder):
    wheels = [make(store, *row) for row in WHEELS]
    ours, warnings = installed.by_us(wheels, str(tmp_path / folder / "ours"))
    theirs = installed.by_pip(wheels, str(tmp_path / folder / "theirs"))
    assert len(theirs.dist_infos()) == len(WHEELS) and warnings == []
    assert installed.differences(ours, theirs) == []


def test_a_difference_is_seen(store, tmp_path):
    wheels = [make(store, *row) for row in WHEELS if row[0] in ("commands", "script_files")]
    ours, _warnings = installed.by_us(wheels, str(tmp_path / "ours"))
    theirs = installed.by_pip(wheels, str(tmp_path / "theirs"))
    for path, change in [("bin/plain", (ours.files["bin/dotted.name"][0], True)), ("bin/py-run", (b"#!python\nprint('walk')\n", True)),
                         ("bin/shell.sh", (ours.files["bin/shell.sh"][0], False)), (installed.SITE + "/commands.py", (b"", False))]:
        whole = ours.files[path]
        ours.files[path] = change
        assert [text.split()[0] for text in installed.differences(ours, theirs)] == [path]
        ours.files[path] = whole
    del theirs.files["bin/window"]
    assert installed.differences(ours, theirs)[0] == "pip makes no bin/window"
