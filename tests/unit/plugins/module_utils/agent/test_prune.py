# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import json
import os
import shutil
import signal
import time

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent import discard, prune as module
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.activate import activate, rollback
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.layout import Layout
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.stage import stage
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.manifest import manifest_id, places


def wait_until_empty(folder):
    deadline = time.monotonic() + 30
    while os.listdir(folder):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_the_newest_by_activation_are_kept(staged, root):
    one, two, three, four = (staged(version) for version in ("1", "2", "3", "4"))
    for release in (one, two, three):
        activate(root, "shop", release, keep=3)
    activate(root, "shop", one, keep=3)
    done = activate(root, "shop", four, keep=2)
    assert sorted(done["pruned"]["releases"]) == sorted([two, three])
    assert (done["pruned"]["wheels"], done["pruned"]["bytecode"]) == (2, 2)
    assert Layout(root).release_ids("shop") == sorted([one, four])
    assert len(Layout(root).held("wheels")) == 2
    wait_until_empty(Layout(root).discarded)
    assert rollback(root, "shop")["to"] == one


def test_the_active_and_the_previous_one_are_always_kept(staged, root):
    one, two = staged("1"), staged("2")
    for release in (one, two):
        activate(root, "shop", release, keep=1)
    assert Layout(root).release_ids("shop") == sorted([one, two])
    for keep in (0, -5):
        assert activate(root, "shop", two, keep=keep)["pruned"]["releases"] == []


def test_failed_releases_do_not_count(staged, root):
    good, bad, better = staged("1"), staged("2"), staged("3")
    activate(root, "shop", good)
    try:
        activate(root, "shop", bad, health="false", health_seconds=0.1)
    except WheelhouseError:
        pass
    assert bad in Layout(root).release_ids("shop")
    done = activate(root, "shop", better, keep=2)
    assert done["pruned"]["releases"] == [bad]
    assert Layout(root).release_ids("shop") == sorted([good, better])


def test_what_was_never_active_goes_after_a_while(staged, root):
    waiting, forgotten, one = staged("1"), staged("2"), staged("3")
    old = time.time() - module.GRACE - 10
    os.utime(Layout(root).release("shop", forgotten), (old, old))
    assert activate(root, "shop", one)["pruned"]["releases"] == [forgotten]
    assert Layout(root).release_ids("shop") == sorted([waiting, one])


def test_what_other_apps_need_is_kept(store, staged, root):
    entry = store.wheel("lib", files={"lib.py": ""})
    other = store.manifest(entry, app="other")
    stage(root, "other", other, stream=store.tar(other))
    one = staged("1")
    unused = store.manifest(store.wheel("unused", files={"unused.py": ""}))
    stage(root, "shop", unused, stream=store.tar(unused))
    shutil.rmtree(Layout(root).release("shop", manifest_id(unused)))
    done = activate(root, "shop", one)
    assert done["pruned"] == {"releases": [], "wheels": 1, "bytecode": 1}
    assert entry["sha256"] in Layout(root).held("wheels")
    activate(root, "other", manifest_id(other))
    assert Layout(root).current_release("other") == manifest_id(other)


def test_what_a_remover_left_is_removed_by_the_next(staged, root):
    one, two = staged("1"), staged("2")
    os.makedirs(os.path.join(Layout(root).discarded, "tmpleft0123", "discarded", "lib"))
    for release in (one, two):
        activate(root, "shop", release)
    wait_until_empty(Layout(root).discarded)
    assert Layout(root).current_release("shop") == two


def test_what_can_not_be_ours_stays(staged, root):
    one, two, three = staged("1"), staged("2"), staged("3")
    shutil.rmtree(Layout(root).release("shop", three))
    kept = [os.path.join(root, path) for path in ("wheels/mine-1.0-py3-none-any.whl", "bytecode/mine", "discarded/letters")]
    for path in kept:
        os.makedirs(path)
    assert activate(root, "shop", one)["pruned"] == {"releases": [], "wheels": 1, "bytecode": 1}
    while set(os.listdir(Layout(root).discarded)) - {"letters"}:
        time.sleep(0.02)
    assert activate(root, "shop", two)["pruned"] == {"releases": [], "wheels": 0, "bytecode": 0} and all(map(os.path.isdir, kept))


def test_the_remover_does_not_hold_the_lock(staged, root, monkeypatch):
    monkeypatch.setattr(discard, "_remove_all", lambda layout: (os.closerange(3, 1000), time.sleep(3)))
    one, two = staged("1"), staged("2")
    os.makedirs(os.path.join(Layout(root).discarded, "left"))
    before = time.monotonic()
    for release in (one, two):
        activate(root, "shop", release)
    assert time.monotonic() - before < 3


def test_when_a_release_cannot_be_read_no_wheel_goes(staged, root):
    one = staged("1")
    os.makedirs(os.path.join(root, "apps", "strange", "releases", "0" * 16))
    os.makedirs(os.path.join(root, "wheels", "0" * 64))
    assert activate(root, "shop", one)["pruned"]["wheels"] == 0
    os.rmdir(os.path.join(root, "apps", "strange", "releases", "0" * 16))
    assert activate(root, "shop", one)["pruned"]["wheels"] == 1


@pytest.mark.parametrize("stray", ["apps/backup of monday", "apps/.snapshots", "apps/shop/releases/" + "f" * 16])
def test_what_is_nobodys_is_in_nobodys_way(staged, root, stray):
    one, two, three = staged("1"), staged("2"), staged("3")
    if stray.endswith("f"):
        os.symlink("nowhere", os.path.join(root, stray))
    else:
        os.makedirs(os.path.join(root, stray, "releases"))
    for release in (one, two, three):
        done = activate(root, "shop", release, keep=1)
    assert done["pruned"]["releases"] == [one] and done["pruned"]["wheels"] == (not stray.endswith("f")) and os.path.lexists(os.path.join(root, stray))


def test_what_somebody_else_put_among_the_releases_is_in_nobodys_way(staged, root):
    one, two = staged("1"), staged("2")
    os.makedirs(os.path.join(Layout(root).releases("shop"), "backup of monday"))
    for release in (one, two):
        assert activate(root, "shop", release, keep=1)["changed"]
    assert Layout(root).release_ids("shop") == sorted([one, two])
    assert os.path.isdir(os.path.join(Layout(root).releases("shop"), "backup of monday"))


def test_times_of_files_say_nothing(staged, root):
    """The oldest by the order of activation has the newest files, and so on: releases, their links, and the wheels."""
    releases = [staged(version) for version in ("1", "2", "3", "4")]
    for release in releases:
        activate(root, "shop", release, keep=4)
    for age, release in enumerate(releases):
        with open(os.path.join(Layout(root).release("shop", release), "manifest.json"), "rb") as stream:
            trees = [Layout(root).unpacked(place) for place in places(json.loads(stream.read().decode()))]
        for path in trees + [Layout(root).release("shop", release)]:
            for folder, folders, files in os.walk(path, topdown=False):
                for name in [os.path.join(folder, name) for name in folders + files] + [folder]:
                    os.utime(name, (time.time() - age * 86400,) * 2, follow_symlinks=False)
    assert activate(root, "shop", releases[3], keep=3)["pruned"]["releases"] == [releases[0]]
    assert [rollback(root, "shop")["to"] for _unused in range(2)] == [releases[2], releases[1]]
    assert Layout(root).current_release("shop") == releases[1]
    with pytest.raises(WheelhouseError, match="no earlier release"):
        rollback(root, "shop")


def test_what_another_process_is_about_to_activate_stays(store, staged, root):
    """Until that process ends, however it ends."""
    one, two, three = (staged(version) for version in ("1", "2", "3"))
    for release in (one, two, three):
        activate(root, "shop", release)
    manifest = store.manifest(store.wheel(version="1"))
    assert manifest_id(manifest) == one
    told, tell = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            stage(root, "shop", manifest)
            os.write(tell, b"!")
            time.sleep(60)
        finally:
            os._exit(1)
    os.read(told, 1)
    assert activate(root, "shop", three, keep=1)["pruned"]["releases"] == []
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    assert activate(root, "shop", three, keep=1)["pruned"]["releases"] == [one]


@pytest.mark.parametrize("where", ["", "apps/shop", "wheels"])
def test_nothing_goes_where_others_may_write(staged, root, where):
    one, two, three = (staged(version) for version in ("1", "2", "3"))
    for release in (one, two, three):
        activate(root, "shop", release)
    path = os.path.join(root, where)
    for mode, left in ((0o777, [one, two, three]), (0o755, [one])):
        os.chmod(path, mode)
        rollback(root, "shop", keep=1)
        if mode == 0o755:
            wait_until_empty(Layout(root).discarded)
        assert set(Layout(root).release_ids("shop")) >= set(left) and (mode == 0o777 or two not in Layout(root).release_ids("shop"))


def test_the_releases_of_another_app_stay(store, root):
    """Whoever may write to an app's folder lets its releases lead to those of another."""
    for app in ("blog", "shop"):
        manifest = store.manifest(store.wheel(), app=app)
        stage(root, app, manifest, stream=store.tar(manifest))
        activate(root, app, manifest_id(manifest))
    layout = Layout(root)
    active = layout.current_release("blog")
    shutil.rmtree(layout.releases("shop"))
    os.symlink(layout.releases("blog"), layout.releases("shop"))
    for options in ({}, {"keep": 1}):
        with pytest.raises(WheelhouseError, match="releases is a symbolic link"):
            activate(root, "shop", active, **options)
    assert module.prune(layout, "shop", 1)["releases"] == [] and os.path.isdir(layout.current("blog"))
