# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import os

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder import hiding


@pytest.fixture
def homes(tmp_path):
    """A folder of homes: ``me`` with credentials and a build root, ``other``."""
    for path in ("me/.netrc", "me/.config/pip/pip.conf", "me/.cache/python/bin/python", "me/build/work/x", "me/notes", "other/.netrc"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    return str(tmp_path)


@pytest.mark.parametrize("needed, hidden", [
    (["/elsewhere"], ["."]),
    (["me/build/work"], ["me/.cache", "me/.config", "me/.netrc", "other"]),
    (["me/build/work", "me/.cache/python"], ["me/.config", "me/.netrc", "other"]),
    (["other"], ["me", "other/.netrc"]),
    (["."], ["me", "other"]),
])
def test_a_home_loses_what_is_not_needed(homes, needed, hidden):
    needed = [os.path.normpath(os.path.join(homes, path)) for path in needed]
    found = hiding._hide(homes, needed, 2)
    assert sorted(found) == sorted(os.path.normpath(os.path.join(homes, path)) for path in hidden)


def test_what_is_hidden_from_every_build():
    found = hiding.places(["/var/lib/wheelhouse-build/work/x", "/usr/bin/python3"])
    assert {"/home", "/root", "/run", "/tmp", "/var/tmp"} <= set(found) and all(os.path.exists(place) for place in found)
    assert "/run" not in hiding.places(["/var/lib/x"], network=True)
    assert "/tmp" not in hiding.places(["/tmp/wheelhouse-build/work"])


def test_a_link_is_needed_where_it_lies_and_where_it_leads(tmp_path, monkeypatch):
    (tmp_path / "home" / ".venv").mkdir(parents=True)
    (tmp_path / "home" / ".python").mkdir()
    (tmp_path / "home" / ".python" / "python").touch()
    (tmp_path / "home" / ".venv" / "python").symlink_to("../.python/python")
    (tmp_path / "home" / ".ssh").mkdir()
    monkeypatch.setattr(hiding, "_home", lambda: str(tmp_path / "home"))
    found = hiding.places([str(tmp_path / "home" / ".venv" / "python")])
    assert [os.path.basename(place) for place in found if place.startswith(str(tmp_path))] == [".ssh"]
