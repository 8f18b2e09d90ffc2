# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""File systems that are full, read-only, divided, or that take no more links: not calls that are made to fail, but mounts."""
import errno
import os
import random
import re
import shutil
import subprocess
import tempfile

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent import disk
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.activate import rollback
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import Blocked, WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.manifest import manifest_id
from ansible_collections.nogcc.wheelhouse.tests.faults.host import Host
from ansible_collections.nogcc.wheelhouse.tests.faults.killing import LONG

STRIDE = 1 if LONG else 5  # of the blocks, and of the inodes, at which a disk is full
LINKS = 66000  # more than ext4 gives to one file
LARGE = "size=100m,nr_inodes=10000"
ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts")


class Mount:
    """A file system in memory."""

    def __init__(self, path):
        self.path = str(path)
        os.makedirs(self.path, exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", LARGE, "tmpfs", self.path], check=True)

    def resize(self, options):
        subprocess.run(["mount", "-o", "remount," + options, self.path], check=True)

    def leave(self, kind, number):
        """Leave so many blocks or inodes free."""
        at = os.statvfs(self.path)
        if kind == "blocks":
            self.resize("size={0}".format((at.f_blocks - at.f_bfree + number) * at.f_frsize))
        else:
            self.resize("nr_inodes={0}".format(at.f_files - at.f_ffree + number))

    def gone(self):
        subprocess.run(["umount", "-l", self.path], check=True)


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A file system of a size of its own; what is measured beforehand does not see it coming."""
    monkeypatch.setattr(disk, "free", lambda _root: (1 << 40, None))
    mount = Mount(tmp_path / "small")
    yield mount
    mount.gone()


@ROOT_ONLY
@pytest.mark.parametrize("options", ["size=1536k", "size=64m,nr_inodes=60"])
def test_a_file_system_that_is_full(store, small, options):
    host = Host(store, os.path.join(small.path, "root"))
    files = {"lib/m{0}.py".format(number): "x = {0!r}\n".format(os.urandom(30000).hex()) for number in range(30)}
    host.manifests = [store.manifest(store.wheel("lib", files=files))]
    host.ids = [manifest_id(host.manifests[0])]
    small.resize(options)
    with pytest.raises(WheelhouseError, match="(?s)No space left.*free some space"):
        host.deploy(0)
    assert not os.path.lexists(host.layout.current("shop")) and host.layout.release_ids("shop") == []
    assert host.layout.held("wheels") == [] and os.listdir(host.layout.tmp) == []
    small.resize(LARGE)
    host.deploy(0)
    assert host.layout.current_release("shop") == host.ids[0]


@ROOT_ONLY
@pytest.mark.parametrize("kind", ["blocks", "inodes"])
def test_a_file_system_that_is_full_at_each_write(store, small, tmp_path, record_property, kind):
    """An upgrade with so many blocks or inodes left, and more each time, until there are enough."""
    host = Host(store, os.path.join(small.path, "root"))
    host.deploy(0)
    before = str(tmp_path / "before")
    subprocess.run(["cp", "-a", host.root, before], check=True)
    left, full, comes_through = random.randrange(STRIDE), 0, False
    while not comes_through:
        small.leave(kind, left)
        try:
            host.deploy(1)
            comes_through = True
        except (WheelhouseError, OSError) as error:
            text = " ".join((str(error) + getattr(error, "hint", "")).split())
            assert re.search("No space left.*free some space", text), "{0} {1} left: {2}".format(left, kind, text)
            host.require(0, finished=False)
            full += 1
        small.resize(LARGE)
        host.deploy(1)
        host.require(1)
        shutil.rmtree(host.root)
        subprocess.run(["cp", "-a", before, host.root], check=True)
        left += STRIDE
    assert full >= 2
    record_property("count", ("full disks", full))


@ROOT_ONLY
def test_a_file_system_that_becomes_read_only(host):
    subprocess.run(["mount", "--bind", host.root, host.root], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", host.root], check=True)
        with pytest.raises(WheelhouseError, match="read-only"):
            host.deploy(1)
        with pytest.raises(WheelhouseError, match="(?i)read-only"):
            rollback(host.root, "shop", release=host.ids[0])
    finally:
        subprocess.run(["umount", "-l", host.root], check=True)
    host.require(0)
    host.deploy(1)
    host.require(1)


@ROOT_ONLY
@pytest.mark.parametrize("place", ["wheels", "bytecode", "tmp", "incoming", "discarded", "apps", "apps/shop", "apps/shop/releases"])
def test_a_file_system_within_the_deploy_root(host, place):
    """Nothing could be renamed to it or linked from it: refused before anything is done."""
    mount = Mount(os.path.join(host.root, place))
    try:
        with pytest.raises(Blocked) as caught:
            host.deploy(1)
        assert os.listdir(mount.path) == []
    finally:
        mount.gone()
    (reason,) = caught.value.reasons
    assert "{0} is on another file system than {1}".format(mount.path, host.root) in reason["message"] and "mount nothing below" in reason["hint"]
    host.require(0)
    host.deploy(1)
    host.require(1)


def test_a_file_that_has_all_the_links_it_may_have(store):
    """A file of the store that a hundred thousand releases use, so to say."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:  # /tmp may be in memory, where there is no such limit
        host = Host(store, os.path.join(folder, "root"))
        host.deploy(0)
        shared = os.path.join(host.layout.wheel(host.manifests[0]["wheels"][0]["sha256"]), "site", "lib", "__init__.py")
        others = os.path.join(folder, "others")
        os.mkdir(others)
        try:
            for number in range(LINKS):
                os.link(shared, os.path.join(others, str(number)))
        except OSError as error:
            assert error.errno == errno.EMLINK
        else:
            pytest.skip("the file system of /var/tmp gives one file any number of links")
        host.deploy(1)
        host.require(1)
        used = os.path.join(host.layout.release("shop", host.ids[1]), "lib", os.listdir(os.path.join(host.layout.current("shop"), "lib"))[0],
                            "site-packages", "lib", "__init__.py")
        assert os.stat(used).st_nlink == 1
