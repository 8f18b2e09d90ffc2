# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import base64
import hashlib
import stat
import warnings
import zipfile

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder import archives, built_wheel
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder.built_wheel import check_built
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder.choose import Artifact
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError

ARTIFACT = Artifact("app", "1.0", "sdist", "app-1.0.tar.gz", "", "", None)
INFO = "app-1.0.dist-info/"
FILES = {
    "app.py": "value = 1\n", "app/data,1.txt": "data", INFO + "METADATA": "Metadata-Version: 2.1\nName: app\nVersion: 1.0\nRequires-Python: >=3.6\n\ntext\n",
    INFO + "WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"}


def row(path, data, algorithm="sha256", size=None):
    digest = base64.urlsafe_b64encode(hashlib.new(algorithm, data.encode()).digest()).rstrip(b"=").decode()
    return f'"{path}",{algorithm}={digest},{len(data) if size is None else size}\n'


def record_of(files):
    return "".join(row(path, data) for path, data in files.items()) + INFO + "RECORD,,\n"


def wheel(folder, files=None, record=None, filename="app-1.0-py3-none-any.whl", more=(), modes=None):
    """Write a wheel; ``record`` changes its RECORD, ``more`` are members that it gets besides. Return its path."""
    files = {**FILES, **(files or {})}
    files = {path: data for path, data in files.items() if data is not None}
    text = record_of(files)
    path = folder / filename
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in [*files.items(), (INFO + "RECORD", record(text) if record else text), *more]:
            info = zipfile.ZipInfo(name)
            info.external_attr = (modes or {}).get(name, stat.S_IFREG | 0o644) << 16
            with warnings.catch_warnings(action="ignore"):
                archive.writestr(info, data)
    return str(path)


def complaint(path, artifact=ARTIFACT):
    with pytest.raises(WheelhouseError) as caught:
        check_built(path, artifact)
    assert caught.value.hint
    return caught.value.message


@pytest.mark.parametrize("change", [
    {}, {"filename": "App-1.0.0-py3-none-any.whl"}, {"record": lambda text: text.replace("\n", "\r\n")},
    {"more": [("app/", ""), (INFO + "RECORD.jws", "{}")]}, {"files": {INFO + "METADATA": "Name: App\nVersion: 1.0.0\nRequires-Python: >=3.6.*\n"}},
    {"files": {INFO + "WHEEL": "Wheel-Version: 1.9\nRoot-Is-Purelib: TRUE\nTag: py2-none-any\nTag: py3-none-any\n"},
     "filename": "app-1.0-py2.py3-none-any.whl"},
    {"record": lambda text: text.replace(row("app.py", FILES["app.py"]), row("app.py", FILES["app.py"], "sha512", ""))},
])
def test_what_a_build_may_make(tmp_path, change):
    check_built(wheel(tmp_path, **change), ARTIFACT)


@pytest.mark.parametrize("change, words", [
    ({"filename": "other-1.0-py3-none-any.whl"}, "is of another package"),
    ({"filename": "app-1.1-py3-none-any.whl"}, "is of another version, 1.0 was locked"),
    ({"filename": "app-1.0+local-py3-none-any.whl"}, "another version"),
    ({"filename": "app-1.0-cp27-cp27mu-win32.whl"}, "does not fit this Python"),
    ({"filename": "app-1.0-py2.py3-none-any.whl"}, "its WHEEL has the tags py3-none-any, its name py2-none-any, py3-none-any"),
    ({"files": {INFO + "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\n"}}, "the tags of none"),
    ({"files": {INFO + "WHEEL": FILES[INFO + "WHEEL"] + "Tag: nonsense\n"}}, "nonsense"),
    ({"files": {INFO + "WHEEL": FILES[INFO + "WHEEL"].replace("Root", "Toor")}}, "'' for Root-Is-Purelib"),
    ({"files": {INFO + "WHEEL": FILES[INFO + "WHEEL"].replace("Version: 1", "Version: 2")}}, "the version '2.0'"),
    ({"files": {INFO + "METADATA": FILES[INFO + "METADATA"].replace("app", "ape")}}, "its METADATA is of ape 1.0"),
    ({"files": {INFO + "METADATA": FILES[INFO + "METADATA"].replace("1.0", "2.0")}}, "its METADATA is of app 2.0"),
    ({"files": {INFO + "METADATA": FILES[INFO + "METADATA"].replace("3.6", "4")}}, "it requires Python >=4"),
    ({"files": {INFO + "METADATA": None}}, "it has no METADATA"),
    ({"files": {INFO + "WHEEL": None}}, "it has no WHEEL"),
    ({"files": {"ape-1.0.dist-info/METADATA": "x"}}, "2 .dist-info folders"),
    ({"more": [("app.py", "again")]}, "it has two members 'app.py'"),
    ({"files": {"../evil.py": ""}}, "'../evil.py' leaves its folder"),
    ({"files": {"/etc/evil": ""}}, "'/etc/evil' leaves its folder"),
    ({"files": {"a\\..\\b": ""}}, "leaves its folder"),
    ({"files": {"C:/evil": ""}}, "leaves its folder"),
    ({"modes": {"app.py": stat.S_IFLNK | 0o777}}, "'app.py' is no plain file"),
    ({"more": [("added.py", "x")]}, "it has added.py, which its RECORD does not list"),
    ({"record": lambda text: text + "gone.py,sha256=x,1\n"}, "its RECORD lists gone.py, which it does not have"),
    ({"record": lambda text: text + "../gone.py,sha256=x,1\n"}, "its RECORD lists '../gone.py', which leaves"),
    ({"record": lambda text: text + row("app.py", FILES["app.py"])}, "its RECORD lists app.py twice"),
    ({"record": lambda text: text + "odd\n"}, "its RECORD has the row 'odd'"),
    ({"record": lambda text: text.replace(row("app.py", FILES["app.py"]), row("app.py", "other"))}, "another hash of app.py; its RECORD has another size"),
    ({"record": lambda text: text.replace(row("app.py", FILES["app.py"]), row("app.py", FILES["app.py"], size=3))}, "another size of app.py"),
    ({"record": lambda text: text.replace(row("app.py", FILES["app.py"]), row("app.py", FILES["app.py"], "md5"))}, "no SHA-256 of app.py"),
    ({"record": lambda text: text.replace(row("app.py", FILES["app.py"]), "app.py,,\n")}, "no SHA-256 of app.py"),
])
def test_what_it_may_not(tmp_path, change, words):
    assert words in complaint(wheel(tmp_path, **change))


def test_all_at_once_but_not_endlessly(tmp_path):
    said = complaint(wheel(tmp_path, {f"file{number}": "" for number in range(20)}, lambda text: "", "other-1.0-py3-none-any.whl"))
    assert "another package" in said and "it contains app-1.0.dist-info" in said
    said = complaint(wheel(tmp_path, {f"file{number}": "" for number in range(20)}, lambda text: ""))
    assert "which its RECORD does not list" in said and "and 16 more" in said


@pytest.mark.parametrize("filename, words", [("app.whl", "not the name of a wheel"), ("app-1.0-py3-none-any.whl", "can't be read")])
def test_what_is_no_wheel(tmp_path, filename, words):
    path = tmp_path / filename
    path.write_bytes(b"nonsense")
    with pytest.raises(WheelhouseError, match=words):
        check_built(str(path), ARTIFACT)


def test_damaged_bytes(tmp_path):
    path = tmp_path / "app-1.0-py3-none-any.whl"
    data = bytearray(open(wheel(tmp_path), "rb").read())
    data[data.index(b"value = 1")] ^= 1
    path.write_bytes(data)
    assert "can't be read" in complaint(str(path))


def test_a_bomb_is_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "WHEEL_SIZE", 1 << 20)
    path = wheel(tmp_path)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("app/zeros", bytes(4 << 20))
    monkeypatch.setattr(built_wheel._Wheel, "record", None)
    assert "it unpacks to 4194" in complaint(path)


def test_a_project_may_be_called_as_it_likes(tmp_path):
    files = {INFO + "METADATA": None, INFO + "WHEEL": None}
    check_built(wheel(tmp_path), Artifact("shop", "", "project", None, None, "", None))
    assert "no METADATA" in complaint(wheel(tmp_path, files), Artifact("shop", "", "project", None, None, "", None))


def test_a_version_of_git(tmp_path):
    check_built(wheel(tmp_path), ARTIFACT._replace(url="git+https://example.org/app@" + "0" * 40, version="1.0+g0000"))
