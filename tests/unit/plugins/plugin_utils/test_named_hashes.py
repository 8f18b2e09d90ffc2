# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Hashes of the requirements, held against what uv locks of an index, and against locks that are there."""
import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import Blocked
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.lockfile import differences, parse_lock, remember
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.named_hashes import hashes_in, keep_named
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.requirements import read_requirements
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.module_utils.builder.conftest import index, root, sandbox
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.module_utils.builder.test_resolve import lock

__all__ = ["index", "lock", "root", "sandbox"]
TAGS = ("py3-none-any", "cp311-cp311-win32", "cp312-cp312-win32")


@pytest.mark.parametrize("line, found", [
    ("a==1", None), ("a==1 --hash=sha256:AB --hash sha256:cd", {"ab", "cd"}), ("a --hash=md5:ab", set()),
    ("a ; python_version > '3'  --hash=sha256:0", {"0"}),
])
def test_what_a_line_names(line, found):
    assert hashes_in(line) == found


@pytest.fixture
def published(index):
    """Serve a package with several files; return their hashes by file name."""
    tables = [index.add_wheel("app", tag=tag)["wheels"][0] for tag in TAGS] + [index.add_sdist("app")["sdist"]]
    index.add_wheel("other")
    return {table["url"].rpartition("/")[2]: table["hashes"]["sha256"] for table in tables}


@pytest.mark.parametrize("named", [(0,), (0, 1), (3,), (1, 2, 3), (0, 1, 2, 3)])
def test_no_other_file_is_locked(lock, published, tmp_path, named):
    names = [list(published)[number] for number in named]
    hashes = "".join(f" \\\n    --hash=sha256:{published[name]}" for name in names)
    (tmp_path / "requirements.txt").write_text(f"App==1.0{hashes}\nother\n")
    requirements = read_requirements(str(tmp_path / "requirements.txt"))
    assert requirements.hashes == {"app": {published[name] for name in names}}
    text = lock(requirements.files["requirements.txt"])
    narrowed = keep_named(text, requirements.hashes)
    app, other = parse_lock(narrowed, "pylock.toml").packages
    files = [*app.get("wheels", []), *([app["sdist"]] if "sdist" in app else [])]
    assert sorted(file["filename"] for file in files) == sorted(names) and len(other["wheels"]) == 1
    assert keep_named(narrowed, requirements.hashes) == narrowed
    assert differences(parse_lock(remember(narrowed, requirements), "x"), requirements) == []
    said = ["app has a file whose hash the requirements do not name"] if len(named) < len(published) else []
    assert differences(parse_lock(remember(text, requirements), "x"), requirements) == said
    assert differences(parse_lock(text, "x"), requirements) == said


@pytest.mark.parametrize("digests", [set(), {"0" * 64}])
def test_an_index_with_other_files_is_not_believed(lock, published, digests):
    with pytest.raises(Blocked) as caught:
        keep_named(lock("app\nother\n"), {"app": digests, "other": {"1" * 64}})
    assert [reason["package"] for reason in caught.value.reasons] == ["app", "other"]
    assert "no file of version 1.0 has a hash that the requirements name" in str(caught.value)


def test_without_hashes_nothing_changes(lock, published):
    text = lock("app\n")
    assert keep_named(text, {}) == text
