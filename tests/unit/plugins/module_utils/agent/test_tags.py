# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Our tags are those of packaging, which is what pip and uv accept, for interpreters of many kinds."""
import sys

import pytest
from hypothesis import given, settings, strategies as st
from packaging import _manylinux, _musllinux
from packaging import tags as theirs

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent import tags
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.platform import describe

LINUX = {"python": "3.11", "abi": "cp311", "machine": "x86_64", "libc": "glibc", "libc_version": "2.36", "os": "debian-12"}


def accepted(platform):
    """Return the tags that packaging has for a platform, as triples."""
    version = tuple(int(number) for number in platform["python"].split("."))
    libc = tuple(int(number) for number in platform["libc_version"].split("."))
    patch = pytest.MonkeyPatch()
    with patch.context() as patched:
        patched.setattr(_manylinux, "_get_glibc_version", lambda: libc if platform["libc"] == "glibc" else (-1, -1))
        patched.setattr(_manylinux, "_have_compatible_abi", lambda *_arguments: platform["libc"] == "glibc")
        patched.setattr(_musllinux, "_get_musl_version",
                        lambda _path: _musllinux._MuslVersion(*libc) if platform["libc"] == "musl" else None)
        systems = [*_manylinux.platform_tags([platform["machine"]]), *_musllinux.platform_tags([platform["machine"]]),
                   "linux_" + platform["machine"]]
    abis = [platform["abi"]] + ([platform["abi"][:-1]] if platform["abi"].endswith("d") and version >= (3, 8) else [])
    found = [*theirs.cpython_tags(version, abis, systems), *theirs.compatible_tags(version, "cp{0}{1}".format(*version), systems)]
    return {(tag.interpreter, tag.abi, tag.platform) for tag in found}


@st.composite
def platforms(draw):
    minor = draw(st.integers(6, 15))
    flags = draw(st.sampled_from(["m", "dm"] if minor < 8 else ["", "d", "t", "td"] if minor > 12 else ["", "d"]))
    libc, version = draw(st.one_of(st.tuples(st.just("glibc"), st.integers(4, 45).map("2.{0}".format)),
                                   st.tuples(st.just("musl"), st.integers(0, 4).map("1.{0}".format))))
    return dict(LINUX, python="3.{0}".format(minor), abi="cp3{0}{1}".format(minor, flags), libc=libc, libc_version=version,
                machine=draw(st.sampled_from(["x86_64", "i686", "aarch64", "armv7l", "ppc64le", "s390x", "riscv64"])))


strange = st.tuples(
    st.one_of(st.sampled_from(["cp", "py", "pp"]).flatmap(lambda kind: st.integers(0, 320).map(lambda number: "{0}{1}".format(kind, number))),
              st.sampled_from(["cp3", "py3", "py2", "cp", "", "cp03"])),
    st.sampled_from(["none", "abi3", "abi3t", "cp311", "cp311d", "cp313t", "cp37m", ""]),
    st.one_of(st.sampled_from(["any", "linux_x86_64", "linux_aarch64", "win_amd64", "manylinux1_x86_64", "manylinux2014_i686", "x86_64", "_x86_64", ""]),
              st.builds("{0}linux_{1}_{2}_{3}".format, st.sampled_from(["many", "musl", ""]), st.integers(0, 3), st.integers(0, 46),
                        st.sampled_from(["x86_64", "i686", "aarch64"]))))


@settings(deadline=None, max_examples=60)
@given(platforms(), st.lists(strange, max_size=40))
def test_the_same_tags_as_packaging(platform, others):
    wanted = accepted(platform)
    assert [tag for tag in wanted if not tags.accepts(tag, platform)] == []
    assert [tag for tag in others if tags.accepts(tag, platform) != (tag in wanted)] == []


@settings(deadline=None, max_examples=30)
@given(platforms(), platforms())
def test_the_tags_of_one_platform_on_another(one, other):
    accept = accepted(one)
    assert [tag for tag in accepted(other) if tags.accepts(tag, one) != (tag in accept)] == []


def test_this_interpreter():
    assert [tag for tag in theirs.sys_tags() if not tags.accepts((tag.interpreter, tag.abi, tag.platform), describe())] == []
    assert tags.accepts(("cp{0}{1}".format(*sys.version_info), "none", "any"), describe())


@pytest.mark.parametrize("text, expected", [
    (("py2.py3", "none", "any"), {("py2", "none", "any"), ("py3", "none", "any")}),
    (("CP311", "cp311", "linux_x86_64"), {("cp311", "cp311", "linux_x86_64")}),
])
def test_compressed_tags(text, expected):
    assert tags.expand(*text) == expected


def test_a_newer_libc_than_the_hosts():
    assert tags.accepts(("cp311", "cp311", "manylinux_2_36_x86_64"), LINUX)
    assert not tags.accepts(("cp311", "cp311", "manylinux_2_37_x86_64"), LINUX)
    assert not tags.accepts(("cp311", "cp311", "manylinux_2_17_x86_64"), dict(LINUX, libc="unknown", libc_version=""))
