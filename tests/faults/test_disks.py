# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""File systems that are full, read-only, divided, or that take no more links: not calls that are made to fail, but mounts."""
import contextlib
import errno
import os
import random
import re
import tempfile

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent import disk
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.activate import rollback
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common import steps
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import Blocked, WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.manifest import manifest_id
from ansible_collections.nogcc.wheelhouse.tests.faults.host import Faults, Host, spread
from ansible_collections.nogcc.wheelhouse.tests.faults.killing import LONG
from ansible_collections.nogcc.wheelhouse.tests.faults.mounting import LARGE, Mount, ROOT_ONLY, read_only

STRIDE = 1 if LONG else 5  # of the blocks, and of the inodes, at which a disk is full
LINKS = 66000  # more than ext4 gives to one file


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A file system of a size of its own; what is measured beforehand does not see it coming."""
    monkeypatch.setattr(disk, "free", lambda _root: (1 << 40, None))
    mount = Mount(tmp_path / "small")
    yield mount
    mount.gone()


@ROOT_ONLY
@pytest.mark.parametrize("options", ["size=1536k", "size=64m,nr_inodes=60"])
def test_a_file_system_that_is_full(store, small, options, record_property):
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
    record_property("count", "faults")


def until_it_comes_through(host, faults, small, kind, work, numbers, target, stride=STRIDE, whole_releases=True):
    """Carry out ``work`` on the host as it was remembered, with so many blocks or inodes left, and more each time, until there are enough.

    Each time one of the releases ``numbers`` is active, and with more room ``work`` makes that of the number ``target`` the active one.
    """
    left, comes_through = random.randrange(stride), False
    while not comes_through:
        small.leave(kind, left)
        where = "{0} {1} left".format(left, kind)
        try:
            work()
            comes_through = True
            allowed = [target]
        except (WheelhouseError, OSError) as error:
            text = " ".join((str(error) + getattr(error, "hint", "")).split())
            assert re.search("No space left.*free some space", text), "{0}: {1}".format(where, text)
            allowed = numbers
        small.resize(LARGE)
        if comes_through:
            host.require(target)
        else:
            faults.look(where, allowed, work, target, whole_releases)
        host.restore()
        left += stride


@pytest.fixture
def host_in_it(store, small):
    return Host(store, os.path.join(small.path, "root"))


@ROOT_ONLY
@pytest.mark.parametrize("kind", ["blocks", "inodes"])
def test_a_file_system_that_is_full_at_each_write(host_in_it, small, kind, record_property):
    """An upgrade: the release before stays active, whatever was written."""
    host, faults = host_in_it, Faults(host_in_it)
    host.deploy(0)
    host.remember()
    until_it_comes_through(host, faults, small, kind, host.deploy, [0], 1)
    assert faults.tried >= 2
    record_property("count", ("full disks", faults.tried))
    faults.report(record_property)


@ROOT_ONLY
@pytest.mark.parametrize("operation", ["rollback", "prune", "repair"])
def test_a_file_system_that_is_full_in_other_work(host_in_it, small, operation, record_property):
    host, faults = host_in_it, Faults(host_in_it)
    for number in (0, 1, 2):
        host.deploy(number)
    work, target = {"rollback": (lambda: rollback(host.root, "shop", release=host.ids[1]), 1),
                    "prune": (lambda: host.activate(2, keep=1), 2),
                    "repair": (lambda: host.repair(2), 2)}[operation]
    if operation == "repair":
        host.damage(2)
    host.remember()
    stride = STRIDE if operation == "repair" else 1  # the others need little
    for kind in ("blocks", "inodes"):
        until_it_comes_through(host, faults, small, kind, work, [2, target], target, stride, whole_releases=operation != "repair")
    assert faults.tried >= 1
    record_property("count", ("full disks", faults.tried))
    faults.report(record_property)


@ROOT_ONLY
def test_a_file_system_that_is_read_only(host, record_property):
    """It is said before anything is tried."""
    with read_only(host.root):
        with pytest.raises(WheelhouseError, match="read-only"):
            host.deploy(1)
        with pytest.raises(WheelhouseError, match="(?i)read-only"):
            rollback(host.root, "shop", release=host.ids[0])
    host.require(0)
    host.deploy(1)
    host.require(1)
    record_property("count", ("faults", 2))


@ROOT_ONLY
@pytest.mark.parametrize("operation", ["deploy", "rollback"])
def test_a_file_system_that_becomes_read_only(host, faults, monkeypatch, operation, record_property):
    """At a step in the middle; later it can be written to again."""
    host.deploy(1)
    work, target = {"deploy": (lambda: host.deploy(2, keep=1), 2), "rollback": (lambda: rollback(host.root, "shop", release=host.ids[0]), 0)}[operation]
    host.remember()
    names = []
    monkeypatch.setattr(steps, "hook", names.append)
    work()
    for number in spread(names, len(names) if LONG else 5, always=["noted", "switched"]):
        host.restore()
        with monkeypatch.context() as patch, contextlib.ExitStack() as mounted:
            left = [number]

            def hook(_name):
                if left[0] == 0:
                    mounted.enter_context(read_only(host.root))
                left[0] -= 1
            patch.setattr(steps, "hook", hook)
            allowed = [target]
            try:
                work()
            except WheelhouseError as error:
                allowed = [1, target]
                assert re.search("(?i)read-only file system.*mount it read-write", " ".join((str(error) + error.hint).split())), error
            assert left[0] < 0
        faults.look("at {0}".format(names[number]), allowed, work, target)
    faults.report(record_property)


@ROOT_ONLY
@pytest.mark.parametrize("place", ["wheels", "bytecode", "tmp", "incoming", "discarded", "apps", "apps/shop", "apps/shop/releases"])
def test_a_file_system_within_the_deploy_root(host, place, record_property):
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
    record_property("count", "faults")


def test_a_file_that_has_all_the_links_it_may_have(store, record_property):
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
    record_property("count", "faults")
