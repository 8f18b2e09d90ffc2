# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Wheels that people publish are installed as ``pip install --no-compile`` would. They come from the index when this runs."""
import base64
import hashlib
import os
import pathlib
import stat
import subprocess
import sys
import zipfile

import pytest
from packaging.tags import sys_tags
from packaging.utils import parse_wheel_filename

from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.module_utils.agent import installed

LIST = pathlib.Path(__file__).with_name("wheels.txt")
TARGET = ["--only-binary=:all:", "--implementation=cp", "--python-version=3.11", "--abi=cp311", "--abi=abi3", "--abi=none", "--platform=any",
          *(f"--platform={name}_x86_64" for name in ("manylinux_2_28", "manylinux_2_17", "manylinux2014", "manylinux1"))]


@pytest.fixture(scope="module", name="wheels")
def fixture_wheels(tmp_path_factory):
    """Return the paths of those that this interpreter can have."""
    folder = tmp_path_factory.mktemp("published")
    command = ["--disable-pip-version-check", "download", "--quiet", "--no-deps", "--require-hashes", f"--dest={folder}", f"--requirement={LIST}"]
    subprocess.run([sys.executable, "-m", "pip", *command, *TARGET], check=True)
    fitting = frozenset(sys_tags())
    return sorted(str(path) for path in folder.glob("*.whl") if not fitting.isdisjoint(parse_wheel_filename(path.name)[3]))


@pytest.fixture(scope="module", name="both")
def fixture_both(wheels, tmp_path_factory):
    """Install them once by our hand and once by pip's."""
    folder = tmp_path_factory.mktemp("installed")
    ours, warnings = installed.by_us(wheels, str(folder / "ours"))
    assert warnings == []
    return ours, installed.by_pip(wheels, str(folder / "theirs"))


def test_enough_of_them(both):
    for found in both:
        assert len(found.dist_infos()) >= 60 and len(found.files) > 10_000


def test_the_same_tree(both):
    assert installed.differences(*both) == []


@pytest.mark.parametrize("part", ["bin/", "include/site/", "share/", "lib/"])
def test_every_part_of_a_venv_is_among_them(both, part):
    for found in both:
        assert any(path.startswith(part) for path in found.files)


def test_a_release_that_changes_one_wheel_takes_little_more_room(wheels, tmp_path, record_property):
    """One of 66, of middling size: less than 3 % of the disk, the release's folders aside, which take a block each on some file systems."""
    few = wheels[:66]
    installed.by_us(few, str(tmp_path))
    before = room(tmp_path)
    changed = sorted(few, key=os.path.getsize)[33]
    (tmp_path / "changed").mkdir()
    other = another_version(changed, str(tmp_path / "changed" / os.path.basename(changed)))
    outside = room(tmp_path) - before
    installed.by_us([path if path != changed else other for path in few], str(tmp_path), release="1" * 16)
    share = (room(tmp_path) - before - outside) / before
    record_property("count", ("kB of 66 wheels", before // 1000))
    record_property("count", ("kB of another release", int(share * before) // 1000))
    assert len(few) == 66 and 0 < share < 0.03


def room(folder):
    """Return the bytes that the files below ``folder`` take of its disk, what is linked counted once."""
    found = {status.st_ino: status for status in (path.lstat() for path in folder.rglob("*"))}
    return sum(status.st_blocks * 512 for status in found.values() if not stat.S_ISDIR(status.st_mode))


def another_version(wheel, path):
    """Write the wheel to ``path`` with other bytes in every Python file; return ``path``."""
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        members = {info: old.read(info) + (b"\n" if info.filename.endswith(".py") else b"") for info in old.infolist()}
        rows = "".join(f"{info.filename},sha256={hash_of(data)},{len(data)}\n" for info, data in members.items()
                       if not info.filename.endswith((".dist-info/RECORD", "/")))
        for info, data in members.items():
            new.writestr(info, f"{rows}{info.filename},,\n" if info.filename.endswith(".dist-info/RECORD") else data)
    return path


def hash_of(data):
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
