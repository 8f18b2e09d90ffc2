# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Wheels that people publish are installed as ``pip install --no-compile`` would. They come from the index when this runs."""
import pathlib
import subprocess
import sys

import pytest
from packaging.tags import sys_tags
from packaging.utils import parse_wheel_filename

from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.module_utils.agent import installed

LIST = pathlib.Path(__file__).with_name("wheels.txt")
TARGET = ["--only-binary=:all:", "--implementation=cp", "--python-version=3.11", "--abi=cp311", "--abi=abi3", "--abi=none", "--platform=any",
          *(f"--platform={name}_x86_64" for name in ("manylinux_2_28", "manylinux_2_17", "manylinux2014", "manylinux1"))]


@pytest.fixture(scope="module", name="both")
def fixture_both(tmp_path_factory):
    """Install what this interpreter can have, once by our hand and once by pip's."""
    folder = tmp_path_factory.mktemp("published")
    command = ["--disable-pip-version-check", "download", "--quiet", "--no-deps", "--require-hashes", f"--dest={folder}", f"--requirement={LIST}"]
    subprocess.run([sys.executable, "-m", "pip", *command, *TARGET], check=True)
    fitting = frozenset(sys_tags())
    wheels = sorted(str(path) for path in folder.glob("*.whl") if not fitting.isdisjoint(parse_wheel_filename(path.name)[3]))
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
