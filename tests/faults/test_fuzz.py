# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Random bytes for everything that reads what came from elsewhere: only our own error, and nothing outside the folder."""
import copy
import io
import os
import tarfile

import pytest
from hypothesis import given, settings, strategies as st

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent import bytecode, check, record, scripts, unpack, wheel
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common import manifest as manifests, transfer
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.tests.faults.killing import LONG
from ansible_collections.nogcc.wheelhouse.tests.faults.seeds import ENTRY, GOOD, MANIFEST, PYC, WHEELS, nothing_outside, read, tar, uploaded
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.module_utils.agent import hostile, zip_factory

examples = settings(deadline=None, derandomize=not LONG, max_examples=20000 if LONG else 150)

names = st.one_of(
    st.sampled_from(["shop/__init__.py", hostile.INFO + "/METADATA", hostile.INFO + "/RECORD", hostile.INFO + "/entry_points.txt",
                     "shop-1.0.data/data/x", "shop-1.0.data/purelib/shop/__init__.py", "shop-1.0.data/scripts/x", PYC]),
    st.lists(st.sampled_from(["..", ".", "", "a", "A", "shop", "\u00e9", "e\u0301", "\n", "\0", "C:", "x" * 300]), max_size=5).map("/".join),
    st.text(max_size=30))
numbers = st.one_of(st.sampled_from([0, 1, 0xFFFF, 0xFFFFFFFF, 1 << 31]), st.integers(0, 0xFFFFFFFF))
halves = st.integers(0, 0xFFFF)
fields = st.dictionaries(st.sampled_from(["crc", "packed", "unpacked", "offset"]), numbers, max_size=2)
small = st.dictionaries(st.sampled_from(["flags", "method", "mode"]), halves, max_size=1)
members = st.builds(
    lambda name, data, method, descriptor, local, central, more: zip_factory.member(
        name.encode("utf-8", "surrogatepass"), data, method=method, descriptor=descriptor, local=local, central=dict(central, **more)),
    names, st.binary(max_size=50), st.sampled_from([0, 8]), st.booleans(), st.one_of(st.just({}), fields, small), st.one_of(st.just({}), fields),
    st.one_of(st.just({}), small))


@st.composite
def altered(draw, originals):
    """Bytes that were good before some of them were replaced, removed or repeated."""
    data = draw(st.sampled_from(originals))
    for _unused in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        size = draw(st.integers(0, 12))
        data = data[:at] + draw(st.one_of(st.binary(max_size=8), st.just(data[at:at + 2 * size]))) + data[at + size:]
    return data


@examples
@given(altered(WHEELS))
def test_altered_wheels(data):
    nothing_outside(lambda target: read(unpack.unpack, data, target))


@examples
@given(st.lists(members, max_size=4), st.binary(max_size=4), st.binary(max_size=4), st.integers(-9, 9))
def test_made_up_wheels(found, before, behind, shift):
    texts = [zip_factory.member(*pair) for pair in hostile.text()] + [zip_factory.member(hostile.INFO + "/RECORD", b"")]
    data = zip_factory.build(texts + found, before=before, behind=behind, shift=shift)
    nothing_outside(lambda target: read(unpack.unpack, data, target))


@examples
@given(st.lists(members, max_size=3))
def test_made_up_bytecode(found):
    data = zip_factory.build([zip_factory.member(PYC, hostile.pyc())] + found)
    nothing_outside(lambda target: read(bytecode.unpack, data, os.path.join(target, "tree")))


@examples
@given(st.lists(st.sampled_from(["a.py", ",", '"', "\n", "\r", "sha256=", "md5=", "\0", "9" * 5000, "-1", "x", "\u0661", " "]), max_size=30).map("".join))
def test_texts_that_are_almost_record(text):
    nothing_outside(lambda target: record.parse(text))


@examples
@given(st.lists(st.sampled_from(["[console_scripts]", "[", "]", "\n", "=", ":", "shop", "  ", "#", ";", "%(x)s", ".", "/", "\t", "[None]", "\r"]),
                max_size=30).map("".join))
def test_texts_that_are_almost_entry_points(text):
    nothing_outside(lambda target: scripts.parse_entry_points(text))


@examples
@given(st.text(), st.text())
def test_texts_that_are_almost_metadata(metadata, about):
    name = wheel.parse_filename(ENTRY["filename"])
    nothing_outside(lambda target: wheel.check_metadata("Name: shop\nVersion: 1.0\n" + metadata, "Wheel-Version: 1.0\nTag: " + about, "shop", "1.0", name))


@examples
@given(altered([tar(tarfile.PAX_FORMAT), tar(tarfile.GNU_FORMAT)]))
def test_altered_streams(data):
    expected = {place: (place.split("/")[1], len(content)) for place, content in GOOD.items()}
    nothing_outside(lambda target: transfer.unpack(io.BytesIO(data), target, expected, durable=False))
    nothing_outside(lambda target: uploaded(data, target, expected))


too_long = ["9" * 5000, ">=3." + "9" * 5000, "==3.1rc" + "9" * 5000, "2." + "9" * 5000, 10 ** 4000]  # Python reads 4300 digits
plain = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.sampled_from(["../x", "0" * 64, "cp311"] + too_long))
values = st.recursive(plain,
                      lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)), max_leaves=6)


@st.composite
def altered_manifests(draw):
    """A good manifest in which some values are replaced by others."""
    found = copy.deepcopy(MANIFEST)
    for _unused in range(draw(st.integers(1, 2))):
        at = found
        while True:
            key = draw(st.sampled_from(sorted(at) if isinstance(at, dict) else range(len(at))))
            if not isinstance(at[key], (dict, list)) or not at[key] or draw(st.booleans()):
                at[key] = draw(values)
                break
            at = at[key]
    return found


def look_at_manifest(found):
    def look(target):
        manifests.validate(found)
        manifests.manifest_id(found)
        check.check(os.path.join(target, "root"), "shop", found)
    nothing_outside(look)


@examples
@given(st.one_of(values, altered_manifests()))
def test_made_up_manifests(found):
    look_at_manifest(found)


def leaves(found, path=()):
    """Yield the path of each value that holds no others."""
    for key in found if isinstance(found, dict) else range(len(found)):
        if isinstance(found[key], (dict, list)):
            yield from leaves(found[key], path + (key,))
        else:
            yield path + (key,)


def test_numbers_that_are_too_long_to_be_read():
    tried = 0
    for path in leaves(MANIFEST):
        for value in too_long:
            found = at = copy.deepcopy(MANIFEST)
            for key in path[:-1]:
                at = at[key]
            at[path[-1]] = value
            look_at_manifest(found)
            tried += 1
    assert tried > 100


def test_the_seeds_are_good(tmp_path):
    for number, data in enumerate(WHEELS[:2]):
        (tmp_path / str(number)).mkdir()
        (tmp_path / "input").write_bytes(data)
        unpack.unpack(str(tmp_path / "input"), str(tmp_path / str(number)), ENTRY)
    manifests.validate(MANIFEST)
    assert check.check(str(tmp_path / "root"), "shop", MANIFEST)["blockers"] == []
    with pytest.raises(WheelhouseError):
        read(unpack.unpack, b"", str(tmp_path / "0"))
