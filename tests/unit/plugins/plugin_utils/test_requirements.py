# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import Blocked, WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.requirements import canonical, direct_url, logical_lines, read_requirements

NAMES = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,10}[A-Za-z0-9])?", fullmatch=True)
VERSIONS = st.from_regex(r"[0-9]{1,3}(\.[0-9]{1,3}){0,2}", fullmatch=True)
OPERATORS = st.sampled_from(["==", ">=", "<=", "!=", "~=", "<", ">"])
SPACES = st.text(" \t", max_size=2)


@st.composite
def requirement_texts(draw):
    version = draw(VERSIONS)
    operator = draw(OPERATORS)
    if operator == "~=" and "." not in version:
        version += ".0"
    extras = draw(st.lists(NAMES, max_size=2))
    return f"{draw(NAMES)}{draw(SPACES)}{'[' + ','.join(extras) + ']' if extras else ''}{draw(SPACES)}{operator}{draw(SPACES)}{version}"


@pytest.mark.parametrize("text, wanted", [
    ("Flask", "flask"),
    ("Flask_SQLAlchemy >=2, <3", "flask-sqlalchemy<3,>=2"),
    ("a[Y_z,x]==1", "a[x,y-z]==1"),
    ("a==1;python_version<'3.9'", 'a==1 ; python_version < "3.9"'),
    ("a @ https://example.org/a-1.0.tar.gz", "a @ https://example.org/a-1.0.tar.gz"),
])
def test_canonical(text, wanted):
    assert canonical(Requirement(text)) == wanted


@given(requirement_texts())
def test_canonical_says_the_same_and_only_once(text):
    once = canonical(Requirement(text))
    assert canonical(Requirement(once)) == once
    assert Requirement(once).specifier == Requirement(text).specifier


@pytest.mark.parametrize("text, wanted", [
    ("", []),
    ("# only words\n\n", []),
    ("a\n  b  # why\n", [(1, "a"), (2, "b")]),
    ("a==1 \\\n  --hash=sha256:00 \\\n  --hash=sha256:11\nb", [(1, "a==1   --hash=sha256:00   --hash=sha256:11"), (4, "b")]),
    ("a @ https://example.org/x#egg=a", [(1, "a @ https://example.org/x#egg=a")]),
    ("a \\", [(1, "a")]),
    ("a\r\nb\r\n", [(1, "a"), (2, "b")]),
])
def test_logical_lines(text, wanted):
    assert list(logical_lines(text)) == wanted


@given(st.text(string.printable, max_size=200))
def test_any_text_has_lines(text):
    for number, line in logical_lines(text):
        assert 1 <= number <= text.count("\n") + text.count("\r") + text.count("\x0b") + text.count("\x0c") + 1
        assert line and line == line.strip() and not line.startswith("#")


def write(folder, **texts):
    for name, text in texts.items():
        path = folder / f"{name}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return str(folder / f"{next(iter(texts))}.txt")


@given(texts=st.lists(requirement_texts(), min_size=1, max_size=5))
def test_whatever_is_asked_for_is_wanted(tmp_path_factory, texts):
    found = read_requirements(write(tmp_path_factory.mktemp("any"), main="\n".join(texts)))
    assert found.wanted == sorted({canonical(Requirement(text)) for text in texts})


def test_included_files_travel_along(tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep/more.txt").write_text("c\n-r ../main.txt\n")
    path = write(tmp_path, main="a\n-r deep/more.txt\n--constraint=limits.txt\n--extra-index-url https://example.org/\n", limits="a<2\n-cworse.txt\n",
                 worse="b<3")
    found = read_requirements(path)
    assert found.wanted == ["a", "c"]
    assert found.constraints == ["a<2", "b<3"]
    assert found.root == str(tmp_path) and found.entry == "main.txt"
    assert sorted(found.files) == ["deep/more.txt", "limits.txt", "main.txt", "worse.txt"]


def test_a_file_may_ask_and_limit(tmp_path):
    found = read_requirements(write(tmp_path, main="-c both.txt\n-r both.txt\n", both="a<2\n"))
    assert found.wanted == ["a<2"] and found.constraints == ["a<2"]


def test_an_included_folder_above(tmp_path):
    (tmp_path / "app").mkdir()
    (tmp_path / "base.txt").write_text("b")
    (tmp_path / "app/requirements.in").write_text("-r ../base.txt\na")
    found = read_requirements(str(tmp_path / "app/requirements.in"))
    assert (found.root, found.entry) == (str(tmp_path), "app/requirements.in")


def test_all_bad_lines_at_once(tmp_path):
    path = write(tmp_path, main="good\nbad requirement here\n./wheels/x.whl\n-e .\na @ git+ssh://git@example.org/a\nb @ file:///b.whl\n")
    with pytest.raises(Blocked) as caught:
        read_requirements(path)
    said = str(caught.value)
    assert len(caught.value.reasons) == 5
    for text in ("main.txt, line 2", "line 3", "line 4", "line 5", "line 6", "wheelhouse_project"):
        assert text in said


@pytest.mark.parametrize("line, said, hint", [
    ("--extra-index-url https://user:secret@example.org/simple", "https://example.org/simple has credentials in it", "UV_INDEX"),
    ("-i https://secret@example.org/simple", "has credentials in it", "build_environment"),
    ("-i https://${USER}:secret@example.org/simple", "has credentials in it", "build_environment"),
    ("a @ https://${USER}:secret@example.org/a-1.0.tar.gz", "has credentials in it", "build_environment"),
    ("a @ https://user:secret@[example.org/a-1.0.tar.gz", "is not a URL", "PEP 508"),
    ("git+https://secret@example.org/a@v1", "'git+https://example.org/a@v1' is not a requirement", "name @ git+https://"),
    ("https://user:secret@example.org/a-1.0.tar.gz", "is not a requirement", "name @ https://"),
    ("-i https://user:secret/too@example.org/simple", "-i https://example.org/simple has credentials in it", "build_environment"),
    ("-i https://user:secret#too@example.org/simple", "has credentials in it", "build_environment"),
    ("a @ https://user:s/secret@example.org/a-1.0.tar.gz", "https://example.org/a-1.0.tar.gz has credentials in it", "build_environment"),
    ("a @ git+https://user:s#secret@example.org/a", "https://example.org/a has credentials in it", "build_environment"),
    ("-i https:/user:secret@example.org/simple", "-i https:/example.org/simple has credentials in it", "build_environment"),
    ("-i https:///secret@example.org/simple", "has credentials in it", "build_environment"),
    ("git+https://secret?too@example.org/a@v1", "'git+https://v1' is not a requirement", "name @ git+https://"),
])
def test_credentials_are_refused_and_not_repeated(tmp_path, line, said, hint):
    with pytest.raises(Blocked) as caught:
        read_requirements(write(tmp_path, main=f"good\n{line}\n"))
    (reason,) = caught.value.reasons
    assert said in reason["message"] and hint in reason["hint"] and "secret" not in str(caught.value)


@pytest.mark.parametrize("login", ["${LOGIN}", "user:${TOKEN}", "${USER}:${TOKEN}"])
def test_an_index_whose_credentials_come_from_elsewhere(tmp_path, login):
    assert read_requirements(write(tmp_path, main=f"-i https://{login}@example.org/simple\na\n")).wanted == ["a"]


@pytest.mark.parametrize("text, said", [("", "asks for nothing"), ("-r gone.txt", "gone.txt, named by main.txt, line 1, can't be read"),
                                        ("-r a\0b", "named by main.txt, line 1, can't be read")])
def test_useless_files(tmp_path, text, said):
    with pytest.raises(WheelhouseError, match=said):
        read_requirements(write(tmp_path, main=text))


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(WheelhouseError, match="wheelhouse_requirements"):
        read_requirements(str(tmp_path / "gone.in"))


def test_a_byte_order_mark_is_no_part_of_a_name(tmp_path):
    (tmp_path / "main.in").write_bytes(b"\xef\xbb\xbfa\r\nb\r\n")
    assert read_requirements(str(tmp_path / "main.in")).wanted == ["a", "b"]


def test_a_file_that_is_not_text(tmp_path):
    (tmp_path / "main.in").write_bytes(b"\xff\xfe")
    with pytest.raises(WheelhouseError, match="UTF-8"):
        read_requirements(str(tmp_path / "main.in"))


@pytest.mark.parametrize("url", ["https://example.org/a-1.0.tar.gz", "git+https://git:8443/a@main#subdirectory=b",
                                 "git+https://10.0.0.1:8443/a.git@" + "0" * 40, "git+https://example.org/a@main", "git+http://example.org/a@" + "0" * 40,
                                 "https://${TOKEN}@example.org/a-1.0.tar.gz", "https://user:${TOKEN}@example.org/a-1.0.tar.gz"])
def test_what_is_on_the_web(url):
    assert direct_url(url) == ""


@pytest.mark.parametrize("url, words", [
    ("https://user:12/secret@example.org/a.whl", "that could end them"), ("git+https://user:12/secret@git/a@main", "that could end them"),
    ("https://user:secret@example.org/a.whl", "has credentials in it"), ("git+https://secret@example.org/a", "has credentials in it"),
    ("git+ssh://git@example.org/a", "only git\\+https:// can"), ("git+file:///srv/a", "only git\\+https:// can"),
    ("file:a.whl", "nor an absolute path"), ("file://host/a.whl", "nor an absolute path"), ("ftp://example.org/a.whl", "nor an absolute path"),
    ("file:///nowhere/a.whl", "there is no file /nowhere/a.whl"), ("file:///etc/hostname", "neither a wheel nor an sdist"),
    ("file:///etc", "is a folder"), ("https://[/a", "is not a URL")])
def test_what_can_not_be_locked(url, words):
    with pytest.raises(WheelhouseError, match=words) as caught:
        direct_url(url)
    assert caught.value.hint and "secret" not in str(caught.value)


def test_files_of_the_controller(tmp_path):
    (tmp_path / "a b-1.0.tar.gz").write_text("")
    url = f"file://{tmp_path}/a%20b-1.0.tar.gz"
    found = read_requirements(write(tmp_path, main=f"a @ {url} ; python_version > '3'\nb\n"))
    assert found.local == {url: str(tmp_path / "a b-1.0.tar.gz")}
    assert found.wanted == [f'a @ {url} ; python_version > "3"', "b"]
