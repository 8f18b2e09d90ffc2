# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import subprocess
import sys
import time

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent import child, environment, smoke
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError

KIND = (2, 1, 62)


def row(path, needed, search=(), extension=False, kind=KIND):
    return [path, list(kind), list(needed), list(search), extension]


@pytest.mark.parametrize(
    "indexes, expected",
    [
        ({}, {}),
        ({"a": [row("site/a.so", ["libz.so.1", "libc.so.6"], extension=True)]}, {"libz.so.1": ["a"], "libc.so.6": ["a"]}),
        # what the wheel carries is followed, by whichever name it lies under
        (
            {"a": [row("site/a.so", ["libx-1234.so.1"], ["$ORIGIN/a.libs"], True), row("site/a.libs/libx-1234.so.1", ["libssl.so.3"])]},
            {"libssl.so.3": ["a"]},
        ),
        # what another wheel carries too: packages load libraries of one another
        (
            {"a": [row("site/a.so", ["libcuda.so.1"], extension=True)], "cuda": [row("site/cuda/libcuda.so.1", ["libdl.so.2"])]},
            {"libdl.so.2": ["a"]},
        ),
        # a library that no extension module leads to may be a plugin for something that nobody has installed
        ({"a": [row("site/plugins/mysql.so", ["libmysqlclient.so.21"])]}, {}),
        # a module for another machine
        ({"a": [row("site/a.so", ["libz.so.1"], extension=True, kind=(1, 1, 3))]}, {}),
        # in a circle
        ({"a": [row("site/a.so", ["b.so"], extension=True), row("site/b.so", ["a.so", "libm.so.6"])]}, {"libm.so.6": ["a"]}),
        (
            {"a": [row("site/a.so", ["libm.so.6"], extension=True)], "b": [row("site/b.so", ["libm.so.6"], extension=True)]},
            {"libm.so.6": ["a", "b"]},
        ),
    ],
)
def test_libraries_that_the_host_must_have(indexes, expected):
    assert smoke.system_libraries({name: {"elf": rows} for name, rows in indexes.items()}, KIND) == expected


def test_a_library_in_an_absolute_rpath(tmp_path):
    (tmp_path / "libora.so.1").write_text("")
    rows = [row("site/a.so", ["libora.so.1", "libother.so.1"], [str(tmp_path)], True)]
    assert smoke.system_libraries({"a": {"elf": rows}}, KIND) == {"libother.so.1": ["a"]}


def test_modules_of_the_project():
    files = [
        ["site", path, "", 0, False]
        for path in (
            "shop/__init__.py",
            "shop/cli.py",
            "shop/sub/__init__.py",
            "tool.py",
            "not-a-module.py",
            "shop-1.0.dist-info/METADATA",
            "data/readme.txt",
        )
    ]
    files.append(["data", "other.py", "", 0, False])
    manifest = {"wheels": [{"name": "shop", "source": {"project": "0" * 64}}, {"name": "lib", "source": {"filename": "lib.tar.gz"}}]}
    assert smoke.project_modules(manifest, {"shop": {"files": files}, "lib": {"files": [["site", "lib.py", "", 0, False]]}}) == [
        "shop",
        "tool",
    ]


def try_out(**wanted):
    return child.try_out(environment.interpreter(), wanted)


def test_nothing_wanted():
    assert try_out() == []


def test_libraries_that_are_not_there():
    found = try_out(libraries=["libc.so.6", "libnone-of-that-name.so.3"])
    assert [(failure["failed"], failure["name"], failure["reason"]) for failure in found] == [
        ("library", "libnone-of-that-name.so.3", "libnone-of-that-name.so.3")]


def test_distributions_that_are_not_there():
    found = try_out(distributions={"none-of-that-name": "1.0"})
    assert [(failure["failed"], failure["reason"]) for failure in found] == [("distribution", "not found")]


def test_imports_that_fail_and_that_talk():
    found = try_out(imports=["this", "none_of_that_name", "json"])
    assert [(failure["failed"], failure["name"]) for failure in found] == [("import", "none_of_that_name")]
    assert "ModuleNotFoundError" in found[0]["log"]


def test_an_end_without_an_answer(tmp_path):
    (tmp_path / "python").write_text("#!/bin/sh\necho oh >&2\nexit 4\n")
    (tmp_path / "python").chmod(0o755)
    assert child.try_out(str(tmp_path / "python"), {}) == [
        {"failed": "process", "name": "to start the interpreter", "reason": "exit status 4", "log": "oh"}]


def test_no_end(tmp_path):
    (tmp_path / "python").write_text("#!/bin/sh\nsleep 60\n")
    (tmp_path / "python").chmod(0o755)
    assert child.try_out(str(tmp_path / "python"), {}, limit=0.2)[0]["reason"] == "no end after 0.2 s"


def test_no_interpreter(tmp_path):
    with pytest.raises(WheelhouseError, match="does not start"):
        child.try_out(str(tmp_path / "python"), {})


def test_what_a_module_leaves_running_is_not_waited_for(tmp_path):
    before = time.monotonic()
    wanted = {"distributions": {}, "libraries": [], "imports": ["leaver"]}
    (tmp_path / "leaver.py").write_text("import subprocess\nsubprocess.Popen(['sleep', '62'], start_new_session=True)\n")
    script = tmp_path / "python"
    script.write_text("#!/bin/sh\nshift\nPYTHONPATH={0} exec {1} \"$@\"\n".format(tmp_path, sys.executable))
    script.chmod(0o755)
    assert child.try_out(str(script), wanted, limit=20) == []
    assert time.monotonic() - before < 10
    subprocess.run(["pkill", "-f", "sleep 62"], check=False)
