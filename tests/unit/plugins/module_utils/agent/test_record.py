# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import csv
import hashlib
import io

import pytest
from hypothesis import given, strategies as st

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent import record
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError

paths = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\r\n\x00"), min_size=1)


def test_rows():
    text = 'a.py,sha256=abc,12\n"with, comma.py",sha512=d_-f,0\nshop-1.0.dist-info/RECORD,,\n'
    assert record.parse(text) == {
        "a.py": ("sha256", "abc", 12), "with, comma.py": ("sha512", "d_-f", 0), "shop-1.0.dist-info/RECORD": ("", "", None)}


@pytest.mark.parametrize(
    "text",
    [
        "a.py\n",
        "a.py,sha256=abc\n",
        "a.py,sha256=abc,1,2\n",
        ",sha256=abc,1\n",
        "a.py,md5=abc,1\n",
        "a.py,sha1=abc,1\n",
        "a.py,sha256,1\n",
        "a.py,sha256=,1\n",
        "a.py,sha256=abc,-1\n",
        "a.py,sha256=abc,\u0661\n",
        "a.py,sha256=abc,1e3\n",
        "a.py,,\na.py,,\n",
        '"a.py,,\n',
        '"a"b,,\n',
    ],
)
def test_what_is_no_record_is_refused(text):
    with pytest.raises(WheelhouseError):
        record.parse(text)


@given(st.text())
def test_any_text_is_a_record_or_an_error(text):
    try:
        rows = record.parse(text)
    except WheelhouseError:
        return
    assert all(path and algorithm in ("",) + record.ALGORITHMS for path, (algorithm, digest, size) in rows.items())


@given(st.dictionaries(paths, st.binary(max_size=20)))
def test_what_is_written_is_read(files):
    rows = [record.row_of(path, data) for path, data in files.items()]
    text = record.render(rows)
    assert record.parse(text) == {
        path: ("sha256", record.encode(hashlib.sha256(data).digest()), len(data)) for path, data in files.items()}
    assert [row[0] for row in csv.reader(io.StringIO(text, newline=""))] == sorted(files)
