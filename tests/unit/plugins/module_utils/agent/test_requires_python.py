# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import collections

import pytest
from hypothesis import given, strategies as st
from packaging.specifiers import SpecifierSet

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent import requires_python

Info = collections.namedtuple("Info", "major minor micro releaselevel serial")
number = st.integers(0, 12)
before = st.builds("{0}{1}".format, st.sampled_from(["a", "b", "rc"]), st.integers(0, 3))
pythons = st.builds("3.{0}.{1}{2}".format, number, st.integers(0, 3), st.one_of(st.just(""), before))
releases = st.lists(st.one_of(st.just(3), number), min_size=1, max_size=3).map(lambda numbers: ".".join(map(str, numbers)))
clauses = st.one_of(
    st.builds("{0}{1}{2}{3}".format, st.sampled_from(["==", "!=", "<=", ">=", "<", ">"]), st.sampled_from(["", " "]), releases,
              st.one_of(st.just(""), before)),
    st.builds("{0}{1}.*".format, st.sampled_from(["==", "!="]), releases),
    st.builds("~=3.{0}{1}".format, number, st.sampled_from(["", ".0", ".2", "rc1"])))


@given(st.lists(clauses, max_size=4).map(", ".join), pythons)
def test_the_same_answer_as_packaging(specifier, python):
    assert requires_python.accepts(specifier, python) == SpecifierSet(specifier).contains(python, prereleases=True)


@pytest.mark.parametrize("specifier, python, expected", [
    (None, "3.11.2", True), ("", "3.11.2", True), (">=3.8", "3.11.2", True), (">=3.12", "3.11.2", False), (">=2.7, !=3.0.*, <4", "3.11.2", True),
    ("<3.11", "3.11.2", False), ("~=3.11", "3.13.1", True), ("~=3.11.0", "3.12.0", False), (">=3.14", "3.14.0rc1", False),
    ("<3.14", "3.14.0rc1", False), (">=3.9.*", "3.6.1", True), ("nonsense", "3.11.2", True), ("===3.11.2", "3.11.2", True), ("===3.11", "3.11.2", False),
])
def test_what_wheels_say(specifier, python, expected):
    assert requires_python.accepts(specifier, python) is expected


@pytest.mark.parametrize("info, text", [
    (Info(3, 11, 2, "final", 0), "3.11.2"), (Info(3, 14, 0, "candidate", 1), "3.14.0rc1"), (Info(3, 14, 0, "alpha", 7), "3.14.0a7")])
def test_how_a_version_is_written(info, text):
    assert requires_python.python_version(info) == text
