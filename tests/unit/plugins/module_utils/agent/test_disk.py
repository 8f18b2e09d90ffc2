# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import os
import types

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent import disk, links
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.activate import activate
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.layout import Layout
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.stage import stage
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.status import status
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import Blocked
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.manifest import manifest_id


def deployed_twice(store, root):
    """Deploy two releases and go back to the first; return its id."""
    releases = []
    for version in ("1.0", "2.0"):
        manifest = store.manifest(store.wheel(version=version, project=True))
        stage(root, "shop", manifest, stream=store.tar(manifest))
        releases.append(manifest_id(manifest))
        activate(root, "shop", releases[-1])
    activate(root, "shop", releases[0])
    found = status(root, "shop")
    assert found["current"] == releases[0] and found["releases"] == sorted(releases) and found["packages"] == {"shop": "1.0"}
    return releases[0]


@pytest.mark.parametrize("flag, word", [(os.ST_RDONLY, "read-only"), (os.ST_NOEXEC, "noexec")])
def test_a_mount_that_will_not_do_is_told_before_anything_is_made(store, root, monkeypatch, flag, word):
    real = os.statvfs

    def statvfs(path):
        found = real(path)
        return types.SimpleNamespace(f_flag=found.f_flag | flag, f_bavail=0, f_frsize=found.f_frsize, f_favail=0, f_files=1)
    monkeypatch.setattr(disk.os, "statvfs", statvfs)
    assert word in status(root, "shop")["root_reason"] and not status(root, "shop")["root_writable"]
    manifest = store.manifest(store.wheel())
    with pytest.raises(Blocked) as caught:
        stage(root, "shop", manifest, stream=store.tar(manifest))
    reasons = [reason["message"] for reason in caught.value.reasons]
    assert [word in reasons[0], "MB free" in reasons[1], "inodes free" in reasons[2]] == [True] * 3
    assert not os.path.exists(root)


@pytest.mark.parametrize("user, advice", [(0, "root_squash"), (12345, "become root")])
def test_who_may_not_write_is_told_what_would_help_him(root, monkeypatch, user, advice):
    monkeypatch.setattr(disk.os, "access", lambda *arguments, **more: False)
    monkeypatch.setattr(disk.os, "supports_effective_ids", {disk.os.access})
    monkeypatch.setattr(disk.os, "geteuid", lambda: user)
    reason, hint = disk.writable(root)
    assert "is not writable" in reason and advice in hint


def test_a_root_that_is_a_link(store, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "link").symlink_to("elsewhere")
    release = deployed_twice(store, str(tmp_path / "link"))
    assert os.path.isdir(Layout(str(tmp_path / "elsewhere")).release("shop", release))


@pytest.mark.skipif(not os.path.isdir("/dev/shm") or os.statvfs("/dev/shm").f_flag & os.ST_NOEXEC or os.stat("/dev/shm").st_dev == os.stat("/").st_dev,
                    reason="no other file system that anybody may use")
def test_another_file_system(store):
    import shutil
    import tempfile
    folder = tempfile.mkdtemp(dir="/dev/shm")
    try:
        deployed_twice(store, os.path.join(folder, "root"))
    finally:
        shutil.rmtree(folder)


def test_a_file_system_without_hard_links(store, root, monkeypatch):
    def link(source, path):
        raise PermissionError(1, "Operation not permitted")
    monkeypatch.setattr(links.os, "link", link)
    release = deployed_twice(store, root)
    folder = Layout(root).release("shop", release)
    modules = [os.path.join(parent, name) for parent, _folders, names in os.walk(folder) for name in names if name == "__init__.py"]
    assert modules and all(os.stat(path).st_nlink == 1 for path in modules)


@pytest.mark.parametrize("years", [-1, 1])
def test_a_clock_that_is_a_year_off(store, root, monkeypatch, years):
    """The clock of one host says nothing to another: no file's time is compared with what came from elsewhere."""
    import time
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + years * 365 * 86400)
    deployed_twice(store, root)
