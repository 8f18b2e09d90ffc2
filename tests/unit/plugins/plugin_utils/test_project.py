# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import os
import subprocess
import tarfile

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.project import read_project, write_tar


@pytest.fixture
def tree(tmp_path):
    root = tmp_path / "shop"
    for name in ("pyproject.toml", "src/shop/__init__.py", "build/lib/shop.py", "src/shop.egg-info/PKG-INFO", "src/shop/__pycache__/x.pyc", ".venv/x"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text('[project]\nname = "Shop"\n' if name == "pyproject.toml" else name)
    return root


def git(root, *arguments):
    subprocess.run(["git", "-C", root, "-c", "user.name=x", "-c", "user.email=x@example.org", *arguments], check=True, capture_output=True)


def test_without_git_what_tools_make_is_left_out(tree):
    assert read_project(str(tree)).files == ["pyproject.toml", "src/shop/__init__.py"]


def test_git_says_what_belongs_to_the_tree(tree):
    git(tree, "init")
    (tree / ".gitignore").write_text("/.venv\n__pycache__\n*.egg-info\n")
    (tree / "new.py").write_text("")
    assert read_project(str(tree)).files == [".gitignore", "build/lib/shop.py", "new.py", "pyproject.toml", "src/shop/__init__.py"]


def test_a_tree_within_a_repository_that_ignores_it(tree):
    git(tree.parent, "init")
    (tree.parent / ".gitignore").write_text("shop/\n")
    assert "pyproject.toml" in read_project(str(tree)).files


def test_the_digest_covers_paths_modes_and_bytes(tree):
    digests = [read_project(str(tree)).digest]
    os.utime(tree / "pyproject.toml", (0, 0))
    assert read_project(str(tree)).digest == digests[0]
    (tree / "pyproject.toml").write_text("[project]")
    digests.append(read_project(str(tree)).digest)
    (tree / "pyproject.toml").chmod(0o755)
    digests.append(read_project(str(tree)).digest)
    (tree / "pyproject.toml").rename(tree / "setup.py")
    digests.append(read_project(str(tree)).digest)
    assert len(set(digests)) == 4


@pytest.mark.parametrize("with_git", [False, True])
def test_links_are_followed(tree, with_git):
    (tree.parent / "common/deep").mkdir(parents=True)
    (tree.parent / "common/deep/x.py").write_text("")
    links = {"common": "../common", "loop": ".", "above": "..", "gone": "nowhere", "also.py": "src/shop/__init__.py"}
    for name, target in links.items():
        (tree / name).symlink_to(target)
    (tree.parent / "common/deep/round").symlink_to("..")
    if with_git:
        git(tree, "init")
        (tree / ".gitignore").write_text("/.venv\n__pycache__\n*.egg-info\n/build\n/.gitignore\n")
    files = read_project(str(tree)).files
    assert files == ["also.py", "common/deep/x.py", "pyproject.toml", "src/shop/__init__.py"]


def test_a_name_that_is_not_utf8(tree):
    (tree / os.fsdecode(b"\xff.py")).write_text("")
    with pytest.raises(WheelhouseError, match="not UTF-8: .*udcff.py"):
        read_project(str(tree))


def test_the_same_files_give_the_same_tar(tree, tmp_path):
    write_tar(read_project(str(tree)), str(tmp_path / "1.tar"))
    os.utime(tree / "pyproject.toml", (0, 0))
    write_tar(read_project(str(tree)), str(tmp_path / "2.tar"))
    assert (tmp_path / "1.tar").read_bytes() == (tmp_path / "2.tar").read_bytes()
    with tarfile.open(tmp_path / "1.tar") as archive:
        assert archive.getnames() == ["pyproject.toml", "src/shop/__init__.py"]


def test_links_become_files(tree, tmp_path):
    (tree / "linked.py").symlink_to(tree / "src/shop/__init__.py")
    (tree / "dangling.py").symlink_to("nowhere")
    write_tar(read_project(str(tree)), str(tmp_path / "x.tar"))
    with tarfile.open(tmp_path / "x.tar") as archive:
        assert "dangling.py" not in archive.getnames() and archive.getmember("linked.py").isreg()


@pytest.mark.parametrize("text, name", [
    ('[project]\nname = "A_b"', "a-b"), ("[project]", ""), ("[build-system]", ""), ("project = 1", ""), ("[project]\nname = 1", ""), (None, "")])
def test_its_name(tree, text, name):
    (tree / "pyproject.toml").unlink()
    (tree / "setup.py").write_text("")
    if text is not None:
        (tree / "pyproject.toml").write_text(text)
    assert read_project(str(tree)).name == name


@pytest.mark.parametrize("data", [b"project", b"\xff"])
def test_no_toml(tree, data):
    (tree / "pyproject.toml").write_bytes(data)
    with pytest.raises(WheelhouseError, match="pyproject.toml"):
        read_project(str(tree))


@pytest.mark.parametrize("name, said", [("gone", "is not a folder"), ("pyproject.toml", "is not a folder"), ("src", "neither pyproject.toml nor setup.py")])
def test_no_project(tree, name, said):
    with pytest.raises(WheelhouseError, match=said):
        read_project(str(tree / name))


@pytest.fixture
def with_submodule(tree):
    """The tree as a repository with a submodule, which has one itself."""
    for name in ("inner", "lib"):
        (tree.parent / name).mkdir()
        git(tree.parent / name, "init")
        (tree.parent / name / f"{name}.c").write_text("int x;")
        if name == "lib":
            git(tree.parent / name, "-c", "protocol.file.allow=always", "submodule", "add", tree.parent / "inner", "deep/inner")
        git(tree.parent / name, "add", ".")
        git(tree.parent / name, "commit", "-m", "x")
    git(tree, "init")
    git(tree, "-c", "protocol.file.allow=always", "submodule", "add", tree.parent / "lib", "vendor/lib")
    return tree


def test_submodules_belong_to_the_tree(with_submodule, tmp_path):
    git(with_submodule, "-c", "protocol.file.allow=always", "submodule", "update", "--init", "--recursive")
    found = read_project(str(with_submodule))
    assert {"vendor/lib/lib.c", "vendor/lib/deep/inner/inner.c", ".gitmodules"} <= set(found.files)
    assert not [name for name in found.files if name.endswith("/.git")]
    write_tar(found, str(tmp_path / "x.tar"))
    with tarfile.open(tmp_path / "x.tar") as archive:
        assert archive.extractfile("vendor/lib/deep/inner/inner.c").read() == b"int x;"
    (with_submodule / "vendor/lib/lib.c").write_text("int y;")
    assert read_project(str(with_submodule)).digest != found.digest


def test_a_submodule_that_was_not_fetched_is_named(with_submodule):
    with pytest.raises(WheelhouseError, match="a submodule that is not there: deep/inner") as caught:
        read_project(str(with_submodule))
    assert "submodule update --init" in caught.value.hint
