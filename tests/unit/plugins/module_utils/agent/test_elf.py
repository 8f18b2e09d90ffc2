# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import glob
import io
import os
import sys

import pytest
from hypothesis import given, strategies as st

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent import elf


def libraries():
    found = [os.path.realpath(sys.executable)]
    for folder in (os.path.join(os.path.dirname(os.__file__), "lib-dynload"), "/lib/x86_64-linux-gnu", "/usr/lib"):
        found += sorted(glob.glob(os.path.join(folder, "*.so*")))[:40]
    return [path for path in found if os.path.isfile(path)]


def test_reads_the_same_as_pyelftools():
    elffile = pytest.importorskip("elftools.elf.elffile")
    compared = 0
    for path in libraries():
        with open(path, "rb") as stream:
            if stream.read(4) != elf.MAGIC:
                continue
            found = elf.read(stream)
            section = elffile.ELFFile(stream).get_section_by_name(".dynamic")
            if section is None:
                assert found is None
                continue
            tags = list(section.iter_tags())
            assert found.needed == [tag.needed for tag in tags if tag.entry.d_tag == "DT_NEEDED"], path
            runpath = [tag.runpath for tag in tags if tag.entry.d_tag == "DT_RUNPATH"] or [
                tag.rpath for tag in tags if tag.entry.d_tag == "DT_RPATH"
            ]
            assert found.search == [folder for text in runpath for folder in text.split(":") if folder]
            assert found.kind == elf.interpreter_kind(sys.executable)
            compared += 1
    assert compared


@given(st.binary())
def test_any_bytes_are_an_elf_file_or_none(data):
    for head in (b"", b"\x7fELF\x01\x01", b"\x7fELF\x02\x01", b"\x7fELF\x02\x02"):
        assert elf.read(io.BytesIO(head + data)) is None


@given(st.data())
def test_a_damaged_file_never_raises(data):
    with open(os.path.realpath(sys.executable), "rb") as stream:
        whole = bytearray(stream.read(1 << 16))
    for _unused in range(4):
        whole[data.draw(st.integers(min_value=4, max_value=1023))] = data.draw(st.integers(min_value=0, max_value=255))
    elf.read(io.BytesIO(bytes(whole)))
