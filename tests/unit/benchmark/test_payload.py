# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lists of packages, and the files of a release."""
import pytest

from tests.benchmark import build, payload
from tests.benchmark.fleet import DATA


def test_pins():
    text = "# made by\na==1.0 \\\n    --hash=sha256:00\n    # via b==2\nzope-event==6.2\nc_d==3 ; python_version > '3'\n-r other\n"
    assert payload.pins(text) == {"a": "1.0", "zope-event": "6.2", "c_d": "3"}


def test_another_version_of_one_package():
    text = "a==1.0\nidna==3.20 --hash=sha256:00\nidna-more==1\n"
    assert payload.with_version(text, "idna", "3.19") == "a==1.0\nidna==3.19\nidna-more==1\n"
    with pytest.raises(ValueError, match="b is not in the list"):
        payload.with_version(text, "b", "1")


def test_the_lists_that_are_measured():
    packages = payload.pins((DATA / "webapp.txt").read_text())
    assert len(packages) == 66 and payload.CHANGED[0] in packages and packages[payload.CHANGED[0]] != payload.CHANGED[1]
    sdists = (DATA / "sdists.txt").read_text()
    assert len(payload.pins(sdists)) == 12 and sdists.count("--hash=sha256:") == 12
    assert payload.pins(sdists)[build.BEFORE[0]] != build.BEFORE[1]
    assert not any("://" in path.read_text() for path in DATA.iterdir())


def test_the_files_of_a_release(tmp_path, monkeypatch):
    monkeypatch.setattr(payload, "WHEELHOUSE", tmp_path / "wheelhouse")
    place = tmp_path / "wheelhouse/wheels/aa/x-1-py3-none-any.whl"
    place.parent.mkdir(parents=True)
    place.write_bytes(b"wheel")
    release = payload.Release({"wheels": [
        {"name": "x", "version": "1", "filename": "x-1-py3-none-any.whl", "sha256": "aa", "bytecode": {"sha256": "bb", "size": 1}}]})
    assert release.places() == ["wheels/aa/x-1-py3-none-any.whl", "bytecode/bb.zip"]
    (tmp_path / "out/wheels").mkdir(parents=True)
    (tmp_path / "out/wheels/of-yesterday.whl").write_bytes(b"")
    folder = release.lay_out(tmp_path / "out")
    assert [path.name for path in (folder / "wheels").iterdir()] == ["x-1-py3-none-any.whl"]
    assert (folder / "requirements.txt").read_text() == "x==1\n"
