# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import os
import zipfile

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent import audit, unpack
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.manifest import manifest_id
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils import auditing
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.wheelhouse import Wheelhouse
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.module_utils.agent.wheel_factory import Store

EXTRA = [("shop-1.0.data/scripts/tool", b"#!python\n"), ("shop-1.0.data/data/share/x", b"x"), ("shop-1.0.data/purelib/more.py", b""),
         ("shop-1.0.dist-info/entry_points.txt", b"[console_scripts]\nshop = shop:main\n"), ("shop-1.0.dist-info/INSTALLER", b"pip\n")]


def test_the_seal_is_that_of_the_host(tmp_path):
    """Made of RECORD here, and of what was unpacked there: the same."""
    store = Store(tmp_path)
    manifest = store.manifest(store.wheel(extra=EXTRA), store.wheel("lib", files={"lib/caf\u00e9.py": "x = 1\n"}))
    found = auditing.seals(Wheelhouse(str(tmp_path)), [manifest])
    assert len(found) == 2
    for number, entry in enumerate(manifest["wheels"]):
        tree = str(tmp_path / f"tree{number}")
        os.mkdir(tree)
        unpack.unpack(str(tmp_path / "wheels" / entry["sha256"] / entry["filename"]), tree, entry)
        assert audit.seal(unpack.read_index(tree)["files"]) == found[entry["sha256"]]


def test_what_the_wheelhouse_has_not_or_not_whole_is_not_sealed(tmp_path):
    store = Store(tmp_path)
    manifest = store.manifest(store.wheel(), store.wheel("lib"))
    first, second = (tmp_path / "wheels" / entry["sha256"] / entry["filename"] for entry in manifest["wheels"])
    first.unlink()
    with zipfile.ZipFile(second, "a") as archive:
        archive.writestr("lib/more.py", "")
    assert auditing.seals(Wheelhouse(str(tmp_path)), [manifest]) == {}
    assert second.exists()  # looking changes nothing


def test_only_manifests_that_are_there(tmp_path):
    store = Store(tmp_path)
    manifest = store.manifest(store.wheel())
    wheelhouse = Wheelhouse(str(tmp_path))
    wheelhouse.publish(manifest, manifest)
    (tmp_path / "releases/shop" / f"{'1' * 16}.json").write_text("{")
    said = []
    assert auditing.known_manifests(wheelhouse, "shop", [manifest_id(manifest), "0" * 16, "1" * 16], said.append) == [manifest]
    assert len(said) == 1 and f"{'1' * 16}.json is damaged" in said[0]


def test_what_is_told():
    findings = [{"what": "changed", "path": f"/opt/{number:03}", "why": "its bytes are others"} for number in range(auditing.SHOWN + 2)]
    text = auditing.told("shop", {"findings": findings[::-1], "repairable": 202})
    assert text.splitlines()[:2] == ["shop is not what its manifest says, in 202 places:", "- changed: /opt/000: its bytes are others"]
    assert "- and 2 more" in text and text.endswith("deploy_repair=true puts 202 of them right")
    assert "deploy_repair" not in auditing.told("shop", {"findings": findings[:1], "repairable": 0})
    assert auditing.told("shop", {"findings": findings[:1], "repairable": 0}).startswith("shop is not what its manifest says, in 1 place:")


def test_the_history():
    entries = [{"time": "2026-01-01T00:00:00Z", "user": "ann", "host": "desk", "action": "deploy", "from": None, "to": "a", "outcome": "ok"}, {"to": "b"}]
    assert auditing.history_lines(entries) == ["? ?@? ? none -> b: ?", "2026-01-01T00:00:00Z ann@desk deploy none -> a: ok"]
