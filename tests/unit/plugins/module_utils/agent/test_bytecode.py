# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import importlib.util
import os
import sys
import zipfile

import pytest
from hypothesis import given, strategies as st

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent import bytecode, record
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError

ENTRY = {"name": "shop", "filename": "shop-1.0-py3-none-any.whl"}
TAG = sys.implementation.cache_tag
HEAD = importlib.util.MAGIC_NUMBER + b"\1\0\0\0" + b"12345678"


@pytest.mark.parametrize(
    "path, source",
    [
        ("shop/__pycache__/cli.cpython-311.pyc", "shop/cli.py"),
        ("__pycache__/shop.cpython-36.opt-1.pyc", "shop.py"),
        ("a/b/__pycache__/x.y.cpython-313t.pyc", "a/b/x.y.py"),
        ("shop/cli.pyc", None),
        ("shop/__pycache__/cli.pyc", None),
        ("shop/__pycache__/a/cli.cpython-311.pyc", None),
        ("shop/cli.py", None),
        ("", None),
    ],
)
def test_source_of(path, source):
    assert bytecode.source_of(path) == source


@given(st.text())
def test_any_path_has_a_source_or_none(path):
    source = bytecode.source_of(path)
    assert source is None or source.endswith(".py") and "__pycache__" in path


def packed(tmp_path, *names, head=HEAD):
    path = str(tmp_path / "code.zip")
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, head + b"code of " + name.encode())
    return path


def test_files_and_their_index(tmp_path):
    names = ["shop/__pycache__/\u00e4.{0}.pyc".format(TAG), "__pycache__/shop.{0}.pyc".format(TAG)]
    tree = str(tmp_path / "tree")
    bytecode.unpack(packed(tmp_path, *names), tree, ENTRY)
    assert bytecode.read_index(tree) == {name: [b"12345678".hex(), record.row_of(name, HEAD + b"code of " + name.encode())[1]] for name in names}
    for name in names:
        path = os.path.join(tree, "site", name)
        assert os.stat(path).st_mode & 0o777 == 0o444
        with open(path, "rb") as stream:
            assert stream.read() == HEAD + b"code of " + name.encode()


def test_a_wheel_without_code(tmp_path):
    bytecode.unpack(packed(tmp_path), str(tmp_path / "tree"), ENTRY)
    assert bytecode.read_index(str(tmp_path / "tree")) == {}


@pytest.mark.parametrize(
    "name", [name.format(TAG) for name in ("shop/cli.py", "../__pycache__/a.{0}.pyc", "/__pycache__/a.{0}.pyc", "shop/__pycache__/a.so")]
)
def test_anything_else_is_refused(tmp_path, name):
    with pytest.raises(WheelhouseError):
        bytecode.unpack(packed(tmp_path, name), str(tmp_path / "tree"), ENTRY)
    assert not os.path.exists(str(tmp_path / "tree" / bytecode.INDEX))


@pytest.mark.parametrize("name, head, reason", [
    ("__pycache__/a.cpython-27.pyc", HEAD, "another interpreter"),
    ("__pycache__/a.{0}.pyc", b"\0\0\r\n" + HEAD[4:], "another interpreter"),
    ("__pycache__/a.{0}.pyc", HEAD[:4] + b"\0\0\0\0" + HEAD[8:], "what source it was made of"),
    ("__pycache__/a.{0}.pyc", HEAD[:4] + b"\5\0\0\0" + HEAD[8:], "what source it was made of"),
], ids=["tag", "magic number", "time stamp", "unknown flag"])
def test_bytecode_of_another_kind_is_refused(tmp_path, name, head, reason):
    with pytest.raises(WheelhouseError, match=reason):
        bytecode.unpack(packed(tmp_path, name.format(TAG), head=head), str(tmp_path / "tree"), ENTRY)
