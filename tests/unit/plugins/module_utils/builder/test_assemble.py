# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import json
import os

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder import assemble
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder.choose import Artifact
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder.wheel_facts import facts_of
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import Blocked, WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.manifest import manifest_id
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.module_utils.builder.package_factory import wheel_of


def row(store, name, number, **options):
    """Put a wheel into the store; return its row."""
    data, sha256, filename = wheel_of(name, **options), f"{number:064x}", f"{name}-1.0-py3-none-any.whl"
    path = store.path_of("wheels", sha256, filename)
    os.makedirs(os.path.dirname(path))
    with open(path, "wb") as stream:
        stream.write(data)
    artifact = Artifact(name, "1.0", "wheel", filename, "https://user:secret@index.example/" + filename, sha256, len(data))
    return artifact, {"filename": filename, "sha256": sha256, "size": len(data)}


REQUEST = {"app": "shop", "lock": "0" * 64, "project": None, "no_binary": ["b", "a"], "only_binary": []}
PLATFORM = {"python": "3.11"}


def write(store, rows):
    facts = assemble.read_all_facts(store, rows)
    manifest = assemble.make_manifest(store, REQUEST, PLATFORM, rows, facts, assemble.make_all_bytecode(store, rows, lambda text: None))
    return manifest, assemble.write_manifest(store, manifest, [])


def test_wheels_are_in_order_and_secrets_are_not_there(store):
    manifest, (release, new) = write(store, [row(store, "b", 1), row(store, "a", 2)])
    assert [wheel["name"] for wheel in manifest["wheels"]] == ["a", "b"]
    assert manifest["options"] == {"no_binary": ["a", "b"], "only_binary": []}
    assert new and os.path.exists(store.path("releases", "shop", release + ".json"))
    assert "secret" not in repr(manifest)


def test_it_is_found_by_what_it_was_made_from_while_it_is_whole(store):
    rows = [row(store, "b", 1), row(store, "a", 2)]
    manifest, (release, _new) = write(store, rows)
    assert write(store, rows)[1] == (release, False)
    inputs = {key: manifest[key] for key in ("app", "lock", "project", "platform", "options")}
    assert assemble.find_build(store, inputs)[0] == manifest
    assert assemble.find_build(store, dict(inputs, lock="1" * 64))[0] is None
    path = store.path("releases", manifest["app"], manifest_id(manifest) + ".json")
    with open(path, "w", encoding="utf-8") as stream:
        json.dump(dict(manifest, schema=0), stream)
    assert assemble.find_build(store, inputs)[0] is None
    with open(path, "w", encoding="utf-8") as stream:
        json.dump(manifest, stream)
    assert assemble.find_build(store, inputs)[0] == manifest
    os.truncate(store.path_of("wheels", rows[0][1]["sha256"], rows[0][1]["filename"]), 3)
    assert assemble.find_build(store, inputs)[0] is None


def test_two_wheels_of_one_name(store):
    with pytest.raises(WheelhouseError, match="called a"):
        assemble.read_all_facts(store, [row(store, "a", 1), row(store, "a", 2)])


def test_all_wheels_that_lie_are_named(store):
    with pytest.raises(Blocked) as caught:
        assemble.read_all_facts(store, [row(store, "a", 1, stated="x"), row(store, "b", 2, stated="y"), row(store, "c", 3)])
    assert [reason["package"] for reason in caught.value.reasons] == ["a", "b"]


def test_a_package_without_python_files_has_no_bytecode(store):
    manifest, _written = write(store, [row(store, "a", 1, files={"a.so": b"x"})])
    assert manifest["wheels"][0]["bytecode"] is None


def test_what_the_host_must_have(store, monkeypatch):
    rows = [row(store, "a", 1, files={"plugin.so": b""}), row(store, "b", 2)]
    for number, (_artifact, wheel) in enumerate(rows):
        facts = facts_of(store, wheel["sha256"], wheel["filename"])
        wanted = {"libraries": ["liba.so.1", "libb.so.1"], "optional": ["libc.so.1", "libd.so.1"]} if not number else {"carries": ["libb.so.1", "libd.so.1"]}
        store.remember("facts", wheel["sha256"], dict(facts, libc_version="2.4", requires_python=">=3.9", **wanted))
    monkeypatch.setattr(assemble.OsPackages, "providers", lambda self, store, wheel, facts: {
        soname: ["liba1 (>= 2)"] for soname in facts["libraries"]})
    first = write(store, rows)[0]["wheels"][0]
    assert first["requires_python"] == ">=3.9"
    assert first["needs"] == {"libc_version": "2.4", "libraries": ["liba.so.1"], "optional": ["libc.so.1"], "packages": ["liba1 (>= 2)"],
                              "providers": {"liba.so.1": ["liba1 (>= 2)"]}}


def test_libraries_by_a_path_are_told():
    said = []
    assemble.tell_of_paths([{"name": "a", "paths": ["/opt/x/libx.so"]}, {"name": "b", "paths": []}], said.append)
    assert len(said) == 1 and said[0].startswith("a loads the shared library /opt/x/libx.so by a path")


def test_an_option_that_is_off_leaves_no_trace(store):
    rows = [row(store, "a", 1)]
    plain = write(store, rows)
    REQUEST_ON = dict(REQUEST, bundle_libraries=True)
    facts = assemble.read_all_facts(store, rows)
    manifest = assemble.make_manifest(store, REQUEST_ON, PLATFORM, rows, facts, [None])
    assert manifest["options"] == {"no_binary": ["a", "b"], "only_binary": [], "bundle_libraries": True}
    assert "bundle_libraries" not in plain[0]["options"]
