# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import pytest
from hypothesis import given, strategies as st

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent import wheel
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError


@pytest.mark.parametrize("filename, expected", [
    ("shop-1.0-py3-none-any.whl", ("shop", "1.0", "", "py3", "none", "any")),
    ("my_shop-1.0.post1-2b-cp311-cp311-linux_x86_64.whl", ("my_shop", "1.0.post1", "2b", "cp311", "cp311", "linux_x86_64")),
    ("cffi-2.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
     ("cffi", "2.0", "", "cp311", "cp311", "manylinux_2_17_x86_64.manylinux2014_x86_64")),
])
def test_parts_of_a_file_name(filename, expected):
    assert tuple(wheel.parse_filename(filename)) == expected


@pytest.mark.parametrize("filename", [
    "shop-1.0.tar.gz", "shop-1.0-any.whl", "shop-1.0-py3-none-any.zip", "shop--py3-none-any.whl", "-1.0-py3-none-any.whl",
    "shop-1.0-x1-py3-none-any.whl", "a-b-1-1-1-py3-none-any.whl", "../shop-1.0-py3-none-any.whl", "", ".whl"])
def test_what_is_no_wheel_is_refused(filename):
    with pytest.raises(WheelhouseError):
        wheel.parse_filename(filename)


@given(st.text())
def test_any_text_is_a_file_name_or_an_error(text):
    try:
        found = wheel.parse_filename(text)
    except WheelhouseError:
        return
    assert "-".join(part for part in found if part) + ".whl" == text


@pytest.mark.parametrize(
    "one, other",
    [
        ("1.0", "1"),
        ("1.0.0", "1.0"),
        ("01.2", "1.2"),
        ("v1.0", "1.0"),
        ("1.0alpha1", "1.0a1"),
        ("1.0-beta.2", "1.0b2"),
        ("1.0.RC1", "1.0rc1"),
        ("1.0c1", "1.0rc1"),
        ("1.0-1", "1.0.post1"),
        ("1.0.rev3", "1.0.post3"),
        ("1.0.dev", "1.0.dev0"),
        ("1.0+Local_1", "1.0+local.1"),
        ("0!1.0", "1.0"),
        ("1.0+ubuntu-1", "1.0+ubuntu_1"),
        ("1.0_1", "1.0.post1"),
    ],
)
def test_spellings_of_one_version(one, other):
    assert wheel.same_version(one, other)


@pytest.mark.parametrize(
    "one, other",
    [
        ("1.0", "1.1"),
        ("1.0", "1.0.post1"),
        ("1!1.0", "1.0"),
        ("1.0a1", "1.0b1"),
        ("1.0", "1.0.dev1"),
        ("1.0+a", "1.0"),
        ("1.10", "1.1"),
        ("", "0"),
    ],
)
def test_two_versions(one, other):
    assert not wheel.same_version(one, other)


numbers = st.integers(min_value=0, max_value=30).map(str)


@given(
    st.builds(
        "{}{}{}{}{}".format,
        st.lists(numbers, min_size=1, max_size=4).map(".".join),
        st.one_of(
            st.just(""),
            st.builds("{}{}{}".format, st.sampled_from(["", ".", "-"]), st.sampled_from(["a", "alpha", "b", "rc", "c", "pre"]), numbers),
        ),
        st.one_of(st.just(""), numbers.map(".post{}".format)),
        st.one_of(st.just(""), numbers.map(".dev{}".format)),
        st.one_of(st.just(""), st.from_regex(r"\+[a-z0-9]{1,4}(\.[a-z0-9]{1,3})?", fullmatch=True)),
    )
)
def test_versions_are_equal_when_packaging_says_so(text):
    version = pytest.importorskip("packaging.version").Version
    assert version(text) == version(wheel.canonical_version(text))
    assert wheel.canonical_version(text) == wheel.canonical_version(str(version(text)))
    shortened = wheel.canonical_version(text.upper())
    assert shortened == wheel.canonical_version(text)


def test_headers_end_with_the_first_empty_line():
    text = "Name: shop\nVersion: 1.0\nLicense: one\n  Name: other\nClassifier: a\nClassifier: b\n\nName: body\n"
    assert wheel.read_headers(text) == {"name": ["shop"], "version": ["1.0"], "license": ["one"], "classifier": ["a", "b"]}


@given(st.text())
def test_any_text_has_headers(text):
    assert isinstance(wheel.read_headers(text), dict)


def test_the_dist_info_folder_is_the_distributions():
    names = ["shop/__init__.py", "My.Shop-1.0.0.dist-info/METADATA"]
    assert wheel.find_dist_info(names, "my-shop", "1.0") == "My.Shop-1.0.0.dist-info"


@pytest.mark.parametrize(
    "names",
    [
        ["shop/__init__.py"],
        ["shop-1.0.dist-info/RECORD", "other-1.0.dist-info/RECORD"],
        ["other-1.0.dist-info/RECORD"],
        ["shop-2.0.dist-info/RECORD"],
    ],
)
def test_another_dist_info_folder_is_refused(names):
    with pytest.raises(WheelhouseError) as caught:
        wheel.find_dist_info(names, "shop", "1.0")
    assert caught.value.package == "shop"


GOOD = ("Name: Shop\nVersion: 1.0.0\n", "Wheel-Version: 1.9\n")
NAME = wheel.parse_filename("shop-1.0-py3-none-any.whl")


def test_metadata_gives_the_version_as_spelled():
    assert wheel.check_metadata(*GOOD, "shop", "1.0", NAME) == "1.0.0"


@pytest.mark.parametrize(
    "metadata, about",
    [
        ("Name: other\nVersion: 1.0\n", GOOD[1]),
        ("Name: shop\nVersion: 2.0\n", GOOD[1]),
        ("", GOOD[1]),
        (GOOD[0], "Wheel-Version: 2.0\n"),
        (GOOD[0], ""),
    ],
)
def test_other_metadata_is_refused(metadata, about):
    with pytest.raises(WheelhouseError):
        wheel.check_metadata(metadata, about, "shop", "1.0", NAME)


@pytest.mark.parametrize("tags, written, same", [
    ("py2.py3-none-any", ["py2-none-any", "py3-none-any"], True),
    ("py2.py3-none-any", ["py2.py3-none-any"], True),
    ("py3-none-any", [], True),
    ("cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64", ["cp311-cp311-linux_x86_64"], True),
    ("cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64", ["cp311-cp311-manylinux_2_17_x86_64"], True),
    ("py3-none-any", ["cp39-cp39-win_amd64"], False),
    ("cp311-cp311-linux_x86_64", ["cp311-cp311-linux_aarch64"], False),
    ("cp311-cp311-linux_x86_64", ["cp310-cp310-linux_x86_64"], False),
    ("py3-none-any", ["nonsense"], False),
])
def test_tags_of_the_file_name_and_of_wheel(tags, written, same):
    filename = wheel.parse_filename("shop-1.0-{0}.whl".format(tags))
    about = GOOD[1] + "".join("Tag: {0}\n".format(tag) for tag in written)
    if same:
        assert wheel.check_metadata(GOOD[0], about, "shop", "1.0", filename)
    else:
        with pytest.raises(WheelhouseError, match="by its WHEEL, and for {0} by its file name".format(tags)):
            wheel.check_metadata(GOOD[0], about, "shop", "1.0", filename)


@pytest.mark.parametrize("tags, fit", [
    ("py3-none-any", True), ("py2.py3-none-any", True), ("py311-none-any", True), ("py36-none-any", True), ("py312-none-any", False),
    ("py2-none-any", False), ("cp311-cp311-linux_x86_64", True), ("cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64", True),
    ("cp311-cp311-manylinux1_x86_64", True), ("cp36-abi3-manylinux_2_28_x86_64", True), ("cp312-abi3-manylinux_2_28_x86_64", False),
    ("cp310-cp310-linux_x86_64", False), ("cp311-cp311-linux_aarch64", False), ("cp311-cp311-musllinux_1_2_x86_64", False),
    ("cp311-cp311-win_amd64", False), ("cp311-cp311-macosx_11_0_x86_64", False), ("py3-none-manylinux_2_17_x86_64", True),
    ("cp311-none-any", True), ("pp311-pypy311_pp73-linux_x86_64", False), ("cp310.cp311-cp310.cp311-linux_x86_64", True),
])
def test_what_fits_a_platform(tags, fit):
    platform = {"python": "3.11", "abi": "cp311", "machine": "x86_64", "libc": "glibc", "libc_version": "2.36", "os": "debian-12"}
    entry = {"name": "shop", "version": "1", "filename": "shop-1.0-{0}.whl".format(tags)}
    if fit:
        assert wheel.check_entry(entry, platform).version == "1.0"
    else:
        with pytest.raises(WheelhouseError, match="for another Python or another system"):
            wheel.check_entry(entry, platform)


@pytest.mark.parametrize("filename", ["other-1.0-py3-none-any.whl", "shop-1.1-py3-none-any.whl", "shop.whl"])
def test_an_entry_whose_file_is_another(filename):
    with pytest.raises(WheelhouseError):
        wheel.check_entry({"name": "shop", "version": "1.0", "filename": filename}, {"python": "3.11"})
