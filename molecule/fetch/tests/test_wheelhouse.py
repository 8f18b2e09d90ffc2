# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The central wheelhouse, which the scenario has filled from the build host."""
import hashlib
import json
import os
import subprocess
import sys
import urllib.parse

import pytest

from tests.testinfra.playing import SCRATCH, files_below, play

testinfra_hosts = ["ssh://build01"]
WHEELHOUSE = SCRATCH / "fetch/wheelhouse"
FULL_NAMES = {"idna", "markupsafe", "mysqlclient"}


@pytest.fixture(scope="module")
def manifest():
    (path,) = WHEELHOUSE.glob("releases/assorted/*.json")
    return json.loads(path.read_text())


def test_every_file_is_what_its_name_says(manifest):
    for wheel in manifest["wheels"]:
        data = (WHEELHOUSE / "wheels" / wheel["sha256"] / wheel["filename"]).read_bytes()
        assert (hashlib.sha256(data).hexdigest(), len(data)) == (wheel["sha256"], wheel["size"])
        code = (WHEELHOUSE / f"bytecode/{wheel['bytecode']['sha256']}.zip").read_bytes()
        assert hashlib.sha256(code).hexdigest() == wheel["bytecode"]["sha256"]


def test_the_sdists_are_kept_too(manifest):
    (source,) = [wheel["source"] for wheel in manifest["wheels"] if wheel["name"] == "mysqlclient"]
    assert (WHEELHOUSE / "sources" / source["sha256"] / source["filename"]).exists()


def test_the_manifest_is_the_build_hosts(host, manifest):
    (path,) = WHEELHOUSE.glob("releases/assorted/*.json")
    assert host.file(f"/var/lib/wheelhouse-test/releases/assorted/{path.name}").content == path.read_bytes()


def test_nothing_unfinished_lies_about():
    assert not [path for path in WHEELHOUSE.rglob("*") if ".tmp" in path.name or path.name.endswith(".tar")]


@pytest.mark.parametrize("arguments", [
    ["--no-index", f"--find-links={WHEELHOUSE / 'index.html'}"],
    [f"--index-url={(WHEELHOUSE / 'simple').as_uri()}/"],
], ids=["find-links", "index-url"])
def test_plain_pip_can_use_it(tmp_path, arguments):
    command = [sys.executable, "-m", "pip", "--isolated", "--disable-pip-version-check", "install", "--quiet", "--no-deps", "--no-cache-dir", "--target",
               str(tmp_path), *arguments, "mysqlclient", "markupsafe", "idna"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, env={**kept, "PIP_CONFIG_FILE": os.devnull})
    assert done.returncode == 0, done.stdout
    assert {"MySQLdb", "markupsafe", "idna"} <= {path.name for path in tmp_path.iterdir()}


def test_the_json_pages_lead_to_the_same_files():
    projects = json.loads((WHEELHOUSE / "simple/index.json").read_text())["projects"]
    assert {project["name"] for project in projects} == FULL_NAMES
    for name in FULL_NAMES:
        page = WHEELHOUSE / "simple" / name / "index.json"
        for file in json.loads(page.read_text())["files"]:
            data = (page.parent / urllib.parse.unquote(file["url"])).read_bytes()
            assert (hashlib.sha256(data).hexdigest(), len(data)) == (file["hashes"]["sha256"], file["size"])


def test_a_second_run_changes_nothing():
    before = files_below(WHEELHOUSE)
    assert play("fetch", "fetch").succeeded().changed == 0
    assert files_below(WHEELHOUSE) == before


def test_only_what_lacks_comes_over(manifest):
    (wheel,) = [wheel for wheel in manifest["wheels"] if wheel["name"] == "idna"]
    before = files_below(WHEELHOUSE)
    path = WHEELHOUSE / "wheels" / wheel["sha256"] / wheel["filename"]
    path.unlink()
    done = play("fetch", "fetch").succeeded()
    assert done.changed == 1 and "fetching 1 files" in done.output
    touched = {name for name, state in files_below(WHEELHOUSE).items() if before.get(name) != state}
    assert touched <= {str(path), str(path.parent), str(WHEELHOUSE)}


def test_a_truncated_file_is_replaced(manifest):
    (wheel,) = [wheel for wheel in manifest["wheels"] if wheel["name"] == "markupsafe"]
    path = WHEELHOUSE / "wheels" / wheel["sha256"] / wheel["filename"]
    os.truncate(path, 100)
    assert play("fetch", "fetch").succeeded().changed == 1
    assert hashlib.sha256(path.read_bytes()).hexdigest() == wheel["sha256"]


def test_an_altered_file_never_leaves_and_is_replaced(manifest):
    (wheel,) = [wheel for wheel in manifest["wheels"] if wheel["name"] == "markupsafe"]
    path = WHEELHOUSE / "wheels" / wheel["sha256"] / wheel["filename"]
    data = bytearray(path.read_bytes())
    data[1000] ^= 1
    path.write_bytes(data)
    play("fetch", "deploy", "--limit", "build01,web01", deploy_root="/opt/wheelhouse-fetch", wheelhouse_app="assorted").failed(
        f"wheels/{wheel['sha256']}/{wheel['filename']} is not what its name says", "run the deploy or the fetch playbook again")
    assert play("fetch", "fetch").succeeded().changed == 1
    assert hashlib.sha256(path.read_bytes()).hexdigest() == wheel["sha256"]


def test_check_mode_only_foresees(tmp_path):
    done = play("fetch", "fetch", "--check", wheelhouse_dir=str(tmp_path / "new/wheelhouse")).succeeded()
    assert done.changed == 1 and list(tmp_path.iterdir()) == []


def test_a_wheelhouse_that_can_not_be_written(tmp_path):
    (tmp_path / "file").write_text("here")
    play("fetch", "fetch", wheelhouse_dir=str(tmp_path / "file/wheelhouse")).failed(f"{tmp_path}/file", "is not a folder", "set wheelhouse_dir")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_what_was_not_built_can_not_be_fetched(tmp_path):
    play("fetch", "fetch", wheelhouse_dir=str(tmp_path), wheelhouse_app="never-built").failed("nogcc.wheelhouse.build")
    assert list(tmp_path.iterdir()) == []
