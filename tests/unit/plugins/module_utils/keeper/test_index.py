# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import html.parser
import json
import os
import pathlib
import shutil
import urllib.parse

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.keeper import index
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.keeper.index import update_index
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.keeper.files import verify
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.plugin_utils.stored_wheels import entry, put, wheel_bytes
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.work import work_of


class Anchors(html.parser.HTMLParser):
    """Collects what a page links to."""

    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        if tag == "a":
            self.found.append(dict(attrs))


@pytest.fixture
def root(tmp_path):
    entry(tmp_path, "zebra", "1.0")
    entry(tmp_path, "apple", "1.0", ">=3.9,<4")
    entry(tmp_path, "apple", "2.0")
    return tmp_path


def test_what_is_no_wheel_is_left_out(root):
    update_index(str(root))
    (root / "wheels/README").write_text("")
    (root / "wheels" / ("0" * 64)).mkdir()
    (root / "wheels" / ("0" * 64) / "x-1.0-py3-none-any.whl").write_text("no archive")
    assert update_index(str(root)) == {"changed": False}


def test_every_link_leads_to_its_bytes(root):
    assert update_index(str(root)) == {"changed": True}
    pages = [root / "index.html", *root.glob("simple/*/index.html")]
    assert len(pages) == 3
    for page in pages:
        for anchor in Anchors(page).found:
            link, _hash, digest = anchor["href"].partition("#sha256=")
            target = page.parent / urllib.parse.unquote(link)
            assert target.is_file() and target.resolve().parent.name == digest


def test_projects_and_files(root):
    update_index(str(root))
    assert [anchor["href"] for anchor in Anchors(root / "simple/index.html").found] == ["apple/", "zebra/"]
    assert json.loads((root / "simple/index.json").read_text())["projects"] == [{"name": "apple"}, {"name": "zebra"}]
    page = json.loads((root / "simple/apple/index.json").read_text())
    assert page["versions"] == ["1.0", "2.0"] and page["name"] == "apple"
    assert [file.get("requires-python") for file in page["files"]] == [">=3.9,<4", None]
    assert all(pathlib.Path(root / "simple/apple" / file["url"]).stat().st_size == file["size"] for file in page["files"])
    assert [anchor.get("data-requires-python") for anchor in Anchors(root / "simple/apple/index.html").found] == [">=3.9,<4", None]


def test_nothing_new_changes_nothing(root):
    update_index(str(root))
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*")}
    assert update_index(str(root)) == {"changed": False}
    assert {path: path.stat().st_mtime_ns for path in root.rglob("*")} == before
    entry(root, "mango", "1.0")
    assert update_index(str(root)) == {"changed": True}
    assert (root / "simple/mango/index.html").exists()


def test_names_are_normalised_and_strange_ones_quoted(tmp_path):
    put(tmp_path, "wheels", "A_b.C-1.0+local.1-py3-none-any.whl", wheel_bytes("A_b.C", "1.0+local.1"))
    update_index(str(tmp_path))
    (anchor,) = Anchors(tmp_path / "simple/a-b-c/index.html").found
    assert "%2Blocal" in anchor["href"]


def test_what_is_no_wheel_is_left_out(root):
    digest = put(root, "wheels", "rotten-1.0-py3-none-any.whl", wheel_bytes("rotten", "1.0"))
    os.rename(root / f"wheels/{digest}/rotten-1.0-py3-none-any.whl", root / f"wheels/{digest}/rotten-1.0-py3-none-any.whl.damaged")
    update_index(str(root))
    assert not (root / "simple/rotten").exists()


def test_a_wheel_that_was_set_aside_leaves_the_index(root):
    update_index(str(root))
    for path in list(root.glob("wheels/*/zebra*")):
        path.rename(f"{path}.damaged")
    assert update_index(str(root)) == {"changed": True}
    assert "zebra" not in (root / "simple/index.html").read_text()
    assert not (root / "simple/zebra/index.html").exists()


def test_an_empty_wheelhouse(tmp_path):
    update_index(str(tmp_path))
    assert Anchors(tmp_path / "simple/index.html").found == []


def test_a_broken_catalogue_is_made_anew(root):
    update_index(str(root))
    (root / "simple/.catalogue.json").write_text("{")
    (root / "simple/apple/index.json").unlink()
    assert update_index(str(root)) == {"changed": True}
    assert json.loads((root / "simple/.catalogue.json").read_text())


def test_who_knows_that_nothing_came_does_not_look_at_every_wheel(root):
    update_index(str(root))
    few = work_of(update_index, str(root), unsure=False)
    for number in range(100):
        entry(root, f"more{number}", "1.0")
    assert update_index(str(root), unsure=False) == {"changed": True} and (root / "simple/more99/index.html").exists()
    assert work_of(update_index, str(root), unsure=False) == few and sum(few.values()) < 5
    assert sum(work_of(update_index, str(root)).values()) > 100, "the counting counts"


def test_a_missing_index_is_made_anew_by_who_is_sure(root):
    update_index(str(root))
    shutil.rmtree(root / "simple")
    assert update_index(str(root), unsure=False) == {"changed": True} and (root / "simple/apple/index.html").exists()


def test_a_wheel_that_was_found_damaged_leaves_the_index_even_so(root):
    update_index(str(root))
    (path,) = root.glob("wheels/*/zebra*")
    path.write_bytes(b"else")
    with pytest.raises(WheelhouseError, match="damaged"):
        verify(str(root), {str(path.relative_to(root)): (path.parent.name, 9)})
    assert update_index(str(root), unsure=False) == {"changed": True} and not (root / "simple/zebra").exists()


def test_a_folder_that_is_of_nobody_here_stays(root):
    (root / "simple/numpy").mkdir(parents=True)
    (root / "simple/numpy/index.html").write_text("a mirror's")
    update_index(str(root))
    for path in root.glob("wheels/*/zebra*"):
        path.rename(f"{path}.damaged")
    update_index(str(root))
    assert (root / "simple/numpy/index.html").read_text() == "a mirror's" and not (root / "simple/zebra").exists()


@pytest.mark.parametrize("killed", ["that adds a wheel", "that leaves it out"])
def test_pages_of_a_run_that_was_killed_are_not_forgotten(root, monkeypatch, killed):
    """Whichever file the run came to, the next one knows which pages are its own."""
    stops = 0
    for number in range(1, 30):
        put(root, "wheels", "mango-1.0-py3-none-any.whl", wheel_bytes("mango", "1.0"))
        stops += update_until(root, monkeypatch, number if killed == "that adds a wheel" else 0)
        for path in root.glob("wheels/*/mango*.whl"):
            path.unlink()
        stops += update_until(root, monkeypatch, number if killed == "that leaves it out" else 0)
        update_index(str(root))
        assert not (root / "simple/mango").exists() and "mango" not in (root / "simple/.catalogue.json").read_text(), number
    assert 5 < stops < 29


def update_until(root, monkeypatch, number):
    """Update the index, but stop once so many files were compared, unless ``number`` is 0; tell whether it was stopped."""
    left, write = [number], index._write

    def stopping(path, text):
        if left[0] == 1:
            raise KeyboardInterrupt
        left[0] -= 1
        return write(path, text)
    with monkeypatch.context() as patch:
        patch.setattr(index, "_write", stopping)
        try:
            update_index(str(root))
            return False
        except KeyboardInterrupt:
            return True
