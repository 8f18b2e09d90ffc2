# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.kept_files import compiled_files, requirement_files, stored_files
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.plugin_utils.stored_wheels import entry, manifest


@pytest.fixture
def release(tmp_path):
    return manifest(entry(tmp_path / "wheelhouse", "a", "1.0"), entry(tmp_path / "wheelhouse", "b", "2.0"))


def test_stored_files_are_wheels_bytecode_and_sdists(release):
    assert sorted(place.split("/")[0] for place in stored_files(release)) == ["bytecode"] * 2 + ["sources"] * 2 + ["wheels"] * 2


def test_a_published_wheel_is_its_own_source(release):
    wheel = release["wheels"][0]
    wheel["source"] = {"filename": wheel["filename"], "sha256": wheel["sha256"], "size": wheel["size"], "url": "https://example.org/"}
    assert not any("/a-1.0.tar.gz" in place for place in stored_files(release))


def test_the_projects_own_wheel_has_no_file_to_keep(release):
    release["wheels"][0]["source"] = {"filename": None, "project": "0" * 64}
    assert len(stored_files(release)) == 5


def test_what_a_build_took_and_made():
    memo = {"filename": "a-1.0-py3-none-any.whl", "sha256": "1" * 64, "size": 7,
            "requirements": [{"filename": "setuptools-80.0-py3-none-any.whl", "sha256": "2" * 64, "size": 8}]}
    assert compiled_files({"key": memo}) == {f"wheels/{'1' * 64}/a-1.0-py3-none-any.whl": ("1" * 64, 7)}
    assert requirement_files({"key": memo}) == {f"sources/{'2' * 64}/setuptools-80.0-py3-none-any.whl": ("2" * 64, 8)}
