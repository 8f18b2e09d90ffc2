# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import hashlib
import os

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import Blocked
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.local_files import keep_local_files, local_files
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.lockfile import parse_lock
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.wheelhouse import Wheelhouse
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.plugin_utils.stored_wheels import path_in

SHA = hashlib.sha256(b"bytes").hexdigest()
LOCK = f'''lock-version = "1.0"
[[packages]]
name = "a"
archive = {{ path = "../files/a-1.0-py3-none-any.whl", hashes = {{ sha256 = "{SHA}" }} }}
[[packages]]
name = "b"
version = "1.0"
sdist = {{ url = "file://ROOT/files/b%20b-1.0.tar.gz", hashes = {{ sha256 = "{SHA}" }} }}
[[packages]]
name = "c"
version = "1.0"
sdist = {{ url = "https://example.org/c-1.0.tar.gz", hashes = {{ sha256 = "{SHA}" }} }}
'''
PLACES = [f"wheels/{SHA}/a-1.0-py3-none-any.whl", f"sources/{SHA}/b b-1.0.tar.gz"]


@pytest.fixture
def wheelhouse(tmp_path):
    return Wheelhouse(str(tmp_path / "wheelhouse"))


@pytest.fixture
def files(tmp_path):
    for name in ("a-1.0-py3-none-any.whl", "b b-1.0.tar.gz"):
        (tmp_path / "files").mkdir(exist_ok=True)
        (tmp_path / "files" / name).write_bytes(b"bytes")
    path = str(tmp_path / "app/pylock.toml")
    return local_files(parse_lock(LOCK.replace("ROOT", str(tmp_path)), path), path)


def test_paths_and_file_urls_of_a_lock(files, tmp_path):
    assert [(file.package, file.path, file.place) for file in files] == [
        ("a", f"{tmp_path}/files/a-1.0-py3-none-any.whl", PLACES[0]), ("b", f"{tmp_path}/files/b b-1.0.tar.gz", PLACES[1])]


def test_they_are_kept_in_the_wheelhouse_and_needed_once(files, wheelhouse):
    keep_local_files(wheelhouse, files)
    assert sorted(wheelhouse.sound(PLACES)) == sorted(PLACES)
    for file in files:
        os.unlink(file.path)
    keep_local_files(wheelhouse, files)


def test_what_is_damaged_in_the_wheelhouse_is_replaced(files, wheelhouse):
    keep_local_files(wheelhouse, files)
    with open(path_in(wheelhouse, PLACES[0]), "wb") as stream:
        stream.write(b"rust")
    keep_local_files(wheelhouse, files)
    assert PLACES[0] in wheelhouse.sound(PLACES)


def test_all_that_can_not_be_used_is_said(files, wheelhouse, tmp_path):
    os.unlink(files[0].path)
    (tmp_path / "files/b b-1.0.tar.gz").write_bytes(b"changed")
    with pytest.raises(Blocked) as caught:
        keep_local_files(wheelhouse, files)
    assert [reason["package"] for reason in caught.value.reasons] == ["a", "b"] and not os.path.exists(wheelhouse.where)
    assert "there is no file" in str(caught.value) and "is not the file that was locked" in str(caught.value)


def test_a_lock_without_files_makes_no_wheelhouse(wheelhouse):
    keep_local_files(wheelhouse, [])
    assert not os.path.exists(wheelhouse.where)
