# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The collection as its users get it: built, installed somewhere, used from another folder."""
import os
import subprocess
import tarfile

import pytest

from tests.testinfra.playing import REPOSITORY, play


def galaxy(*arguments, cwd):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "MOLECULE_"))}
    done = subprocess.run(["ansible-galaxy", "collection", *map(str, arguments)], cwd=cwd, env={**kept, "ANSIBLE_HOME": str(cwd)}, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    folder = tmp_path_factory.mktemp("built")
    galaxy("build", REPOSITORY, "--output-path", folder, cwd=folder)
    (path,) = folder.glob("nogcc-wheelhouse-*.tar.gz")
    return path


@pytest.fixture(scope="module")
def installed(archive, tmp_path_factory):
    folder = tmp_path_factory.mktemp("installed")
    galaxy("install", archive, "--offline", "--collections-path", folder, cwd=folder)
    return folder


def test_it_holds_what_users_need_and_nothing_of_ours(archive):
    with tarfile.open(archive) as members:
        names = members.getnames()
    tops = {name.split("/")[0] for name in names}
    assert {"README.md", "LICENSE", "meta", "playbooks", "plugins", "roles", "inventories", "docs"} <= tops
    assert not tops & {"tests", "molecule", "demo", "Makefile", ".cache", ".venv", ".git", "pytest.ini"}
    assert "roles/build/files/tools.txt" in names and "inventories/demo" not in names
    assert not [name for name in names if name.endswith(".pyc")]


def test_it_works_from_any_folder(installed, tmp_path):
    done = play("default", "deploy", collections=installed, cwd=tmp_path).succeeded()
    assert set(done.recap) == {"build01", "web01", "web02"} and done.changed == 0


def test_its_documentation_is_there(installed, tmp_path):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "MOLECULE_"))}
    for kind, names in {"module": ["deploy", "build", "fetch", "lock", "rollback", "status", "plan"], "role": ["build", "fetch", "deploy"]}.items():
        done = subprocess.run(["ansible-doc", "--type", kind, "--json", *(f"nogcc.wheelhouse.{name}" for name in names)], cwd=tmp_path, text=True,
                              stdout=subprocess.PIPE, check=False, env={**kept, "ANSIBLE_COLLECTIONS_PATH": str(installed)})
        assert done.returncode == 0 and all(f"nogcc.wheelhouse.{name}" in done.stdout for name in names)
