# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Releases that a real process uses, each in one way only."""
import os
import shutil
import subprocess
import sys

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.activate import activate
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.layout import Layout
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.processes import releases_in_use

START = "import mmap, os, sys; path = sys.stdin.readline()[:-1]; "
OPENS = "f = open(path, 'rb'); "
MAPS = OPENS + "m = mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ); os.closerange(3, 99); "
WAITS = "print('ready', flush=True); sys.stdin.read()"


def started(how, folder):
    """Start a process that uses the release in ``folder`` until its input ends; return it once it does."""
    inside = os.path.join(folder, "manifest.json")
    words = [os.path.join(folder, "bin", "python") if how == "interpreter" else sys.executable,
             "-c", START + {"fd": OPENS, "maps": MAPS}.get(how, "") + WAITS] + [inside] * (how == "argument")
    options = {"executable": os.path.join(folder, "bin", "program")} if how == "program" else {}
    process = subprocess.Popen(["cat"] if how == "program" else words, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               cwd=os.path.join(folder, "bin") if how == "cwd" else "/", **options)
    process.stdin.write(inside.encode() + b"\n")  # not as an argument
    process.stdin.flush()
    process.stdout.readline()
    return process


@pytest.mark.parametrize("how", ["program", "interpreter", "argument", "cwd", "fd", "maps"])
def test_a_release_that_a_process_uses_stays(staged, root, how):
    with open(os.path.realpath(shutil.which("cat")), "rb") as stream:
        program = stream.read()
    one, two, three, four = (staged(version, extra=[("shop-{0}.data/scripts/program".format(version), program)]) for version in "1234")
    for release in (one, two):
        activate(root, "shop", release)
    process = started(how, Layout(root).release("shop", one))
    try:
        assert releases_in_use(Layout(root).releases("shop")) == {one}
        assert activate(root, "shop", three, keep=1)["pruned"]["releases"] == []
    finally:
        process.communicate()
    assert sorted(activate(root, "shop", four, keep=1)["pruned"]["releases"]) == sorted([one, two])


@pytest.mark.parametrize("how", ["interpreter", "fd"])
def test_a_root_that_is_a_link(staged, root, how):
    """What a process was told goes through the link, what the kernel tells of it does not."""
    one = staged("1")
    os.rename(root, root + "-elsewhere")
    os.symlink(root + "-elsewhere", root)
    process = started(how, Layout(root).release("shop", one))
    try:
        assert releases_in_use(Layout(root).releases("shop")) == {one}
    finally:
        process.communicate()


@pytest.mark.parametrize("longer", ["f", "-old"])
def test_nobody_uses_what_has_a_longer_name(staged, root, longer):
    one = staged("1")
    os.makedirs(os.path.join(Layout(root).release("shop", one) + longer, "bin"))
    process = started("cwd", Layout(root).release("shop", one) + longer)
    try:
        assert releases_in_use(Layout(root).releases("shop")) == set()
    finally:
        process.communicate()


def test_a_program_that_is_not_mapped(tmp_path):
    """Some unpack themselves, and give the memory back that their file had."""
    program = tmp_path / "releases" / ("a" * 16) / "bin/program"
    (tmp_path / "proc/7").mkdir(parents=True)
    (tmp_path / "proc/7/exe").symlink_to(program)
    assert releases_in_use(str(tmp_path / "releases"), proc=str(tmp_path / "proc")) == {"a" * 16}
