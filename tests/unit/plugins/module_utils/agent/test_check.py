# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import collections
import os
import pwd

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent import check as module
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.check import check
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.layout import Layout
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.stage import stage
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common import platform
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.manifest import manifest_id, places


def messages(found):
    return [blocker["message"] for blocker in found["blockers"]]


def test_nothing_in_the_way_and_nothing_made(store, root):
    manifest = store.manifest(store.wheel())
    found = check(root, "shop", manifest)
    assert found == {
        "release": manifest_id(manifest),
        "staged": False,
        "missing": sorted(places(manifest)),
        "held": 0,
        "blockers": [],
        "system_packages": [],
    }
    assert not os.path.exists(os.path.dirname(root))


def test_what_is_held_is_not_missing(store, root):
    manifest = store.manifest(store.wheel())
    stage(root, "shop", manifest, stream=store.tar(manifest))
    assert check(root, "shop", manifest)["staged"]
    more = store.manifest(*manifest["wheels"], store.wheel("lib", files={"lib.py": ""}, bytecode=False))
    found = check(root, "shop", more)
    assert (found["staged"], len(found["missing"]), found["held"]) == (False, 1, 2)


def test_all_reasons_at_once(store, root, monkeypatch):
    entry = store.wheel(needs={"libc_version": "99.1", "libraries": ["libshop-none.so.7", "libc.so.6"], "packages": ["libshop7"]})
    manifest = store.manifest(entry, platform=dict(platform.describe(), machine="vax", abi="cp27mu"))
    monkeypatch.setattr(module.disk, "free", lambda path: (1 << 20, 7))
    os.makedirs(os.path.dirname(root))
    open(root, "w").close()
    found = check(root, "shop", manifest)
    assert [text for text in messages(found) if "vax" in text and "machine" in text]
    for part in ("abi is", "is not a folder", "1 MB free", "7 inodes", "libshop-none.so.7"):
        assert [text for text in messages(found) if part in text], part
    assert ["glibc 99.1" in text for text in messages(found)].count(True) == (platform.describe()["libc"] == "glibc")
    assert not [text for text in messages(found) if "libc.so.6" in text]
    library = [blocker for blocker in found["blockers"] if "libshop-none" in blocker["message"]][0]
    assert library["package"] == "shop" and "libshop7" in library["hint"]
    assert found["system_packages"] == ["libshop7"]
    assert all(blocker["hint"] for blocker in found["blockers"])


def test_which_package_for_which_library_and_wheel(store, root, monkeypatch):
    needs = {"libraries": ["libone-none.so.1", "libtwo-none.so.2"], "packages": ["libone1 (>= 1.2)", "libtwo2 (>= 2~)"],
             "providers": {"libone-none.so.1": ["libone1 (>= 1.2)"], "libtwo-none.so.2": ["libtwo2 (>= 2~)"]}}
    other = dict(needs, libraries=["libtwo-none.so.2"])
    manifest = store.manifest(store.wheel(needs=needs), store.wheel("other", needs=other))
    found = check(root, "shop", manifest)
    said = {blocker["message"]: blocker for blocker in found["blockers"]}
    one, two = (said["the shared library lib{0} is missing on this host".format(name)] for name in ("one-none.so.1", "two-none.so.2"))
    assert one["package"] == "shop" and "libone1 (>= 1.2)" in one["hint"] and "libtwo2" not in one["hint"]
    assert two["package"] == "shop, other" and "libtwo2 (>= 2~)" in two["hint"] and "deploy_system_packages: install" in two["hint"]
    assert found["system_packages"] == ["libone1", "libtwo2"]
    foreseen = check(root, "shop", manifest, installing=["libtwo2"])
    assert messages(foreseen) == [one["message"]] and foreseen["system_packages"] == ["libone1", "libtwo2"]


def test_a_package_that_is_too_old(store, root, monkeypatch):
    needs = {"libraries": ["libc.so.6"], "packages": ["libone1 (>= 1.2)", "libtwo2"], "providers": {}}
    manifest = store.manifest(store.wheel(needs=needs))
    monkeypatch.setattr(module.os_packages, "too_old", lambda texts: {text: "1.1-3" for text in texts if "libone1" in text})
    found = check(root, "shop", manifest)
    assert messages(found) == ["it needs the OS package libone1 (>= 1.2), and this host has 1.1-3"]
    assert found["blockers"][0]["package"] == "shop" and found["system_packages"] == ["libone1>=1.2"]
    assert messages(check(root, "shop", manifest, installing=["libone1>=1.2"])) == []


def test_what_only_its_plugins_want_is_no_blocker(store, root):
    needs = {"libraries": [], "optional": ["libnone-of-that-name.so.1"], "packages": [], "providers": {}}
    assert check(root, "shop", store.manifest(store.wheel(needs=needs)))["blockers"] == []


def test_tags_python_and_libc_all_at_once(store, root):
    entries = [dict(store.wheel(), requires_python=">=99"), dict(store.wheel("fine"), requires_python=">=3.6"),
               dict(store.wheel("other"), filename="other-1.0-cp27-cp27mu-win32.whl"),
               store.wheel("modern", needs={"libc_version": "99.1", "libraries": [], "packages": []})]
    found = check(root, "shop", store.manifest(*entries))
    said = {blocker["package"]: blocker["message"] for blocker in found["blockers"]}
    assert "requires Python >=99, and this host has 3." in said["shop"] and "for another Python" in said["other"]
    assert sorted(said) == sorted(["shop", "other"] + (["modern"] if platform.describe()["libc"] == "glibc" else []))


def test_a_read_only_file_system(store, root, monkeypatch):
    real = os.statvfs("/")
    fields = {name: getattr(real, name) for name in ("f_bavail", "f_frsize", "f_files", "f_favail")}
    fields["f_flag"] = real.f_flag | os.ST_RDONLY
    monkeypatch.setattr(os, "statvfs", lambda path: collections.namedtuple("statvfs", sorted(fields))(**fields))
    assert "read-only file system" in messages(check(root, "shop", store.manifest()))[0]


def test_no_right_to_write(store):
    manifest, us = store.manifest(), os.geteuid()
    os.seteuid(us or pwd.getpwnam("nobody").pw_uid)  # root may write everywhere
    try:
        found = check("/usr/wheelhouse", "shop", manifest)
    finally:
        os.seteuid(us)
    assert "/usr is not writable" in messages(found)[0]


def test_no_venv_module(store, root, monkeypatch):
    monkeypatch.setattr(module.environment, "VENV_ERROR", "No module named 'venv'")
    assert "cannot make a virtual environment" in messages(check(root, "shop", store.manifest()))[0]


def test_a_folder_where_the_link_belongs(store, root):
    os.makedirs(Layout(root).current("shop"))
    assert "not a symbolic link" in messages(check(root, "shop", store.manifest()))[0]


@pytest.mark.parametrize("change", [{"schema": 2}, {"app": "../etc"}, {"wheels": None}, {"platform": "here"}])
def test_a_damaged_manifest(store, root, change):
    with pytest.raises(WheelhouseError):
        check(root, "shop", store.manifest(**change))


def test_libraries_are_loaded_as_nobody(store, root, monkeypatch):
    """What a library does while it is loaded is whatever its author wrote."""
    asked = []
    monkeypatch.setattr(module.child, "try_out", lambda python, wanted, **options: asked.append((wanted, options)) or [])
    check(root, "shop", store.manifest(store.wheel(needs={"libraries": ["libx.so.1"], "packages": []})))
    assert asked == [({"libraries": ["libx.so.1"]}, {"unprivileged": True})]
