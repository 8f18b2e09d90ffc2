# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is removed while it is looked at is missing; test_audit.py has all that else can be wrong."""
import os

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent import compare as module
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.compare import compare
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.expect import Item


@pytest.fixture(name="folder")
def fixture_folder(tmp_path):
    (tmp_path / "kept").write_bytes(b"kept")
    (tmp_path / "gone").write_bytes(b"gone")
    (tmp_path / "link").symlink_to("gone")
    tmp_path.chmod(0o755)
    return tmp_path


def findings(folder, items):
    found, right = compare(os.fsencode(str(folder)), items, os.geteuid())
    assert len(right) == 1, "the other file was read"
    return [(finding.what, os.path.basename(finding.path)) for finding in found]


@pytest.mark.parametrize("step", ["_listed", "_rights", "_kind", "_bytes"])
def test_a_file_that_is_removed_meanwhile(folder, monkeypatch, step):
    """It goes after it was listed, or just before that step of looking at it."""
    def remove():
        if (folder / "gone").exists():
            (folder / "link").unlink()
            (folder / "gone").unlink()

    def remove_before(*arguments):
        remove()
        return real(*arguments)

    def list_folder(path):
        names = sorted(listdir(path))
        if step == "_listed":
            remove()
        return names
    listdir = os.listdir
    monkeypatch.setattr(os, "listdir", list_folder)
    if step != "_listed":
        real = getattr(module, step)
        monkeypatch.setattr(module, step, remove_before)
    items = {b"kept": Item(data=b"kept"), b"gone": Item(data=b"gone"), b"link": Item(target="gone")}
    assert findings(folder, items) == [("missing", b"gone"), ("missing", b"link")]
