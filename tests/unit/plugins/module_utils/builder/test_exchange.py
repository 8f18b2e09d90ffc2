# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import hashlib
import os
import tarfile

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder import exchange
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.exchange import unpack_done


def keep(root, data=b"wheel", kind="wheels"):
    """Put a file into the store; return its place."""
    sha256 = hashlib.sha256(data).hexdigest()
    place = f"{kind}/{sha256}/app-1.0-py3-none-any.whl" if kind == "wheels" else f"bytecode/{sha256}.zip"
    path = os.path.join(root, place)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as stream:
        stream.write(data)
    return place


def test_what_is_held(root):
    place = keep(root)
    assert exchange.held(root, [place, "wheels/" + "0" * 64 + "/x.whl"]) == {"held": [place]}


def test_what_is_packed_can_be_read_and_goes_away(root):
    places = [keep(root), keep(root, b"bytecode", "bytecode")]
    found = exchange.pack(root, places)
    assert found["size"] == os.stat(found["path"]).st_size and os.stat(found["path"]).st_mode & 0o777 == 0o600
    with tarfile.open(found["path"]) as archive:
        assert sorted(archive.getnames()) == sorted(places)
    unpack_done(root, found["path"])
    assert os.listdir(os.path.join(root, "outgoing")) == []


def test_a_damaged_file_is_not_sent_but_removed(root):
    place = keep(root)
    with open(os.path.join(root, place), "wb") as stream:
        stream.write(b"whee")
    for words in ("damaged", "no longer has"):
        with pytest.raises(WheelhouseError, match=words):
            exchange.pack(root, [place])


@pytest.mark.parametrize("place", ["wheels/../../etc/passwd", "/etc/passwd", "jobs/x/log", "wheels", "wheels/a/b/c"])
def test_places_outside_of_the_store(root, place):
    with pytest.raises(WheelhouseError, match="not a place"):
        exchange.pack(root, [place])
    with pytest.raises(WheelhouseError, match="not a place"):
        exchange.held(root, [place])


def test_nothing_was_built_yet(root):
    inputs = {"app": "shop", "lock": "0" * 64, "project": None, "platform": {}, "options": {}}
    assert exchange.find(root, inputs) == {"manifest": None, "memos": {}, "reason": "the build host has no finished build of this lock"}


def inputs_of(made):
    return {key: made["manifest"][key] for key in ("app", "lock", "project", "platform", "options")}


def test_what_was_built_with_other_build_requirements_stays(builds, root):
    """The build requirement ``tool`` is an sdist: its own build lock counts, too."""
    builds.index.add_sdist("tool", build_requires=["screw"])
    builds.index.add_wheel("screw")
    made = builds.run(builds.index.add_sdist("app", build_requires=["tool"]), builds.index.add_sdist("plain"))
    assert [lock["name"] for lock in builds.locks if lock["files"]] == ["tool", "app"]
    for locks in ([], builds.locks, [dict(lock, platform="cp27-glibc-vax-minix-3", files=[]) for lock in builds.locks]):
        assert exchange.find(root, inputs_of(made), locks)["manifest"] == made["manifest"]
    for name in ("tool", "app"):
        changed = [dict(lock, files=[dict(file, sha256="0" * 64) for file in lock["files"]]) if lock["name"] == name else lock for lock in builds.locks]
        absent = [lock for lock in builds.locks if lock["name"] != name]
        for locks in (changed, absent):
            found = exchange.find(root, inputs_of(made), locks)
            assert found["manifest"] is None and "built {0} with other build requirements".format(name) in found["reason"]


def test_what_was_not_verified_stays(builds, root):
    package = builds.index.add_sdist("steady")
    made = builds.run(package, verify=True)
    found = exchange.find(root, inputs_of(made))
    assert found["manifest"] is None and not found["memos"] and "was not verified (build_verify)" in found["reason"]
    assert exchange.accept(root, inputs_of(made)) == {"changed": True} and exchange.accept(root, inputs_of(made)) == {"changed": False}
    assert exchange.find(root, inputs_of(made))["manifest"] == made["manifest"]
    builds.run(package, verify=True)
    assert exchange.find(root, inputs_of(made))["manifest"] is None, "each build that asks for it is verified"
    builds.run(package)
    assert exchange.find(root, inputs_of(made))["manifest"] == made["manifest"], "who does not ask for it has it"
