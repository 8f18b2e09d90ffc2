# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import os
import zipfile

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent import audit, unpack
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.keeper.seals import seals
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.module_utils.agent.wheel_factory import Store

EXTRA = [("shop-1.0.data/scripts/tool", b"#!python\n"), ("shop-1.0.data/data/share/x", b"x"), ("shop-1.0.data/purelib/more.py", b""),
         ("shop-1.0.dist-info/entry_points.txt", b"[console_scripts]\nshop = shop:main\n"), ("shop-1.0.dist-info/INSTALLER", b"pip\n")]


def places_of(manifest):
    return [f"wheels/{wheel['sha256']}/{wheel['filename']}" for wheel in manifest["wheels"]]


def test_the_seal_is_that_of_the_host(tmp_path):
    """Made of RECORD here, and of what was unpacked there: the same."""
    store = Store(tmp_path)
    manifest = store.manifest(store.wheel(extra=EXTRA), store.wheel("lib", files={"lib/caf\u00e9.py": "x = 1\n"}))
    found = seals(str(tmp_path), places_of(manifest))["seals"]
    assert len(found) == 2
    for number, entry in enumerate(manifest["wheels"]):
        tree = str(tmp_path / f"tree{number}")
        os.mkdir(tree)
        unpack.unpack(str(tmp_path / "wheels" / entry["sha256"] / entry["filename"]), tree, entry)
        assert audit.seal(unpack.read_index(tree)["files"]) == found[entry["sha256"]]


def test_what_the_wheelhouse_has_not_or_not_whole_is_not_sealed(tmp_path):
    store = Store(tmp_path)
    manifest = store.manifest(store.wheel(), store.wheel("lib"))
    first, second = (tmp_path / place for place in places_of(manifest))
    first.unlink()
    with zipfile.ZipFile(second, "a") as archive:
        archive.writestr("lib/more.py", "")
    assert seals(str(tmp_path), places_of(manifest)) == {"seals": {}}
    assert second.exists()  # looking changes nothing
