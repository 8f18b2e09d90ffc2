# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a project that takes its version from git travels with; that setuptools-scm and hatch-vcs read it is tested on the build host."""
import os
import pathlib
import re
import subprocess
import tarfile

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder.sdist import unpack_source
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.project import read_project, write_tar

SCM = '[build-system]\nrequires = ["setuptools-scm>=8"]\n[project]\nname = "shop"\ndynamic = ["version"]\n[tool.setuptools_scm]\n'
NAME = ".git_archival.txt"


def git(root, *arguments):
    return subprocess.run(["git", "-C", root, "-c", "user.name=x", "-c", "user.email=x@example.org", *arguments], check=True, capture_output=True,
                          text=True).stdout.strip()


@pytest.fixture
def tree(tmp_path):
    root = tmp_path / "shop"
    root.mkdir()
    (root / "pyproject.toml").write_text(SCM)
    (root / "shop.py").write_text("x = 1\n")
    git(root, "init")
    commit(root)
    git(root, "tag", "v1.2.0")
    return root


def commit(root):
    git(root, "add", "--all")
    git(root, "commit", "--allow-empty", "-m", "a change")
    return git(root, "rev-parse", "HEAD")


def described(root):
    """Return the description that the tree travels with, its commit cut off."""
    text = read_project(str(root)).generated[NAME].decode()
    return re.fullmatch(r"node: [0-9a-f]{40}\nnode-date: \S+\ndescribe-name: (.+)-g[0-9a-f]{10}\n", text)[1]


def test_a_tag_a_commit_later_and_a_change_later(tree):
    assert described(tree) == "v1.2.0-0"
    (tree / "shop.py").write_text("x = 2\n")
    assert described(tree) == "v1.2.0-1"
    commit(tree)
    assert described(tree) == "v1.2.0-1"
    (tree / "new.py").write_text("")
    assert described(tree) == "v1.2.0-2"


def test_it_is_part_of_the_digest_and_of_the_tar(tree, tmp_path):
    digests = [read_project(str(tree)).digest]
    assert read_project(str(tree)).digest == digests[0]
    node = commit(tree)
    project = read_project(str(tree))
    assert project.digest != digests[0] and not (tree / NAME).exists()
    write_tar(project, str(tmp_path / "1.tar"))
    write_tar(read_project(str(tree)), str(tmp_path / "2.tar"))
    assert (tmp_path / "1.tar").read_bytes() == (tmp_path / "2.tar").read_bytes()
    with tarfile.open(tmp_path / "1.tar") as archive:
        assert archive.getnames() == [NAME, "pyproject.toml", "shop.py"]
        assert f"node: {node}" in archive.extractfile(NAME).read().decode()


@pytest.mark.parametrize("pyproject", [
    '[project]\nname = "shop"\nversion = "1.0"\n',
    '[build-system]\nrequires = ["setuptools-scm"]\n[project]\nname = "shop"\nversion = "1.0"\n',
    '[build-system]\nrequires = ["setuptools-scm"]\n[project]\nname = "shop"\ndynamic = ["version"]\n'
    '[tool.setuptools.dynamic]\nversion = {attr = "shop.x"}\n',
    '[build-system]\nrequires = ["hatchling", "hatch-vcs"]\n[project]\nname = "shop"\ndynamic = ["version"]\n[tool.hatch.version]\npath = "shop.py"\n',
    '[build-system]\nrequires = ["setuptools"]\n[project]\nname = "shop"\ndynamic = ["version"]\n',
    '[build-system]\nrequires = "setuptools-scm"\n[project]\ndynamic = 3\n',
])
def test_the_digest_of_another_project_does_not_change_with_a_commit(tree, pyproject):
    (tree / "pyproject.toml").write_text(pyproject)
    commit(tree)
    before = read_project(str(tree))
    commit(tree)
    assert read_project(str(tree)) == before and before.generated == {}


def test_a_file_that_git_archive_filled_in_stays(tree):
    (tree / NAME).write_text("node: 0123\ndescribe-name: v7.0\n")
    found = read_project(str(tree))
    assert found.generated == {} and NAME in found.files


def test_the_template_says_which_tags_count(tree):
    (tree / NAME).write_text("node: $Format:%H$\ndescribe-name: $Format:%(describe:tags=true,match=shop-[0-9]*)$\n")
    commit(tree)
    git(tree, "tag", "shop-3.0")
    commit(tree)
    git(tree, "tag", "v9.0")
    assert described(tree) == "shop-3.0-1"
    assert read_project(str(tree)).files.count(NAME) == 1


@pytest.mark.parametrize("options, expected", [
    ('git_describe_command = "git describe --dirty --tags --long --match shop-*"', "shop-3.0-1"),
    ("[tool.setuptools_scm.scm.git]\ndescribe_command = [\"git\", \"describe\", \"--match=shop-*\"]", "shop-3.0-1"),
    ('[tool.setuptools_scm.tag]\nprefix = "shop-"', "shop-3.0-1"), ("", "v9.0-0")])
def test_the_project_s_own_options(tree, options, expected):
    git(tree, "tag", "shop-3.0")
    (tree / "pyproject.toml").write_text(SCM + options)
    commit(tree)
    git(tree, "tag", "v9.0")
    assert described(tree) == expected


def test_a_folder_of_a_repository(tree):
    (tree / "app").mkdir()
    (tree / "app/pyproject.toml").write_text(SCM + 'root = ".."\n')
    commit(tree)
    assert described(tree / "app") == "v1.2.0-1"
    (tree / "shop.py").write_text("changed")
    assert described(tree / "app") == "v1.2.0-1", "nothing of this folder has changed"
    (tree / "app/new.py").write_text("")
    assert described(tree / "app") == "v1.2.0-2"


def test_a_project_that_looks_for_its_version_above_finds_it_there(tree, tmp_path):
    (tree / "services/app").mkdir(parents=True)
    (tree / "services/app/pyproject.toml").write_text(SCM + 'root = "../.."\n')
    commit(tree)
    write_tar(read_project(str(tree / "services/app")), str(tmp_path / "project.tar"))
    found = unpack_source(str(tmp_path / "project.tar"), str(tmp_path / "source"))
    assert sorted(os.listdir(found)) == [NAME, "pyproject.toml"]
    assert "v1.2.0-1" in pathlib.Path(found, "../..", NAME).read_text()


def test_setup_py_may_ask_for_it(tree):
    (tree / "pyproject.toml").write_text('[build-system]\nrequires = ["setuptools_scm[toml]"]\n')
    (tree / "setup.py").write_text("setup(use_scm_version=True)")
    commit(tree)
    assert described(tree) == "v1.2.0-1"


def test_without_tags(tree):
    git(tree, "tag", "--delete", "v1.2.0")
    git(tree, "tag", "stable")
    with pytest.raises(WheelhouseError, match="no tag that names a version") as caught:
        read_project(str(tree))
    assert "git tag v1.0.0" in caught.value.hint and "static version" in caught.value.hint


def test_a_shallow_clone(tree, tmp_path):
    git(tmp_path, "clone", "--depth=1", f"file://{tree}", "at-the-tag")
    assert described(tmp_path / "at-the-tag") == "v1.2.0-0"
    commit(tree)
    git(tmp_path, "clone", "--depth=1", f"file://{tree}", "later")
    with pytest.raises(WheelhouseError, match="shallow clone") as caught:
        read_project(str(tmp_path / "later"))
    assert "--unshallow" in caught.value.hint


def test_no_checkout(tree):
    (tree / ".git").rename(tree.parent / "elsewhere")
    with pytest.raises(WheelhouseError, match="no git checkout"):
        read_project(str(tree))
    (tree / "PKG-INFO").write_text("Version: 1.0\n")  # an unpacked sdist
    assert read_project(str(tree)).generated == {}


def test_a_version_for_that_case(tree):
    (tree / ".git").rename(tree.parent / "elsewhere")
    (tree / "pyproject.toml").write_text(SCM + 'fallback_version = "0.1"\n')
    assert read_project(str(tree)).generated == {}


def test_a_repository_in_which_nothing_is_committed(tmp_path):
    (tmp_path / "pyproject.toml").write_text(SCM)
    git(tmp_path, "init")
    with pytest.raises(WheelhouseError, match="none that it was committed to"):
        read_project(str(tmp_path))


def test_no_git(tree, monkeypatch):
    monkeypatch.setenv("PATH", os.devnull)
    with pytest.raises(WheelhouseError, match="git can't be run") as caught:
        read_project(str(tree))
    assert "install git" in caught.value.hint


def test_a_command_of_its_own(tree):
    (tree / "pyproject.toml").write_text(SCM + 'git_describe_command = "./version.sh"\n')
    commit(tree)
    with pytest.raises(WheelhouseError, match="a command of its own"):
        read_project(str(tree))
