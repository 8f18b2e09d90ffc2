# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import base64
import hashlib
import os
import zipfile

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent import bytecode, unpack
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.seal import seal_of_tree
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.manifest import places
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.keeper.seals import seals
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.module_utils.agent.wheel_factory import Store

EXTRA = [("shop-1.0.data/scripts/tool", b"#!python\n"), ("shop-1.0.data/data/share/x", b"x"), ("shop-1.0.data/purelib/more.py", b""),
         ("shop-1.0.dist-info/entry_points.txt", b"[console_scripts]\nshop = shop:main\n"), ("shop-1.0.dist-info/INSTALLER", b"pip\n")]


def sealed_there(folder, root, manifest):
    """Return the seals that a host makes of what it unpacked."""
    found = {}
    for entry in manifest["wheels"]:
        for place in places({"wheels": [entry]}):
            tree = str(folder / place.replace("/", "-"))
            os.mkdir(tree)
            (unpack if place.startswith("wheels/") else bytecode).unpack(str(root / place), tree, entry)
            found[place.split("/")[1].partition(".")[0]] = seal_of_tree(place, tree)
    return found


def test_the_seal_is_that_of_the_host(tmp_path):
    """Made of RECORD and of the bytecode here, and of what was unpacked there: the same."""
    store = Store(tmp_path)
    manifest = store.manifest(store.wheel(extra=EXTRA), store.wheel("lib", files={"lib/caf\u00e9.py": "x = 1\n"}))
    found = seals(str(tmp_path), list(places(manifest)))["seals"]
    assert len(found) == 4 and found == sealed_there(tmp_path, tmp_path, manifest)


@pytest.mark.parametrize("algorithm", ["sha384", "sha512"])
def test_a_record_with_other_hashes(tmp_path, algorithm):
    def row(path, data):
        return "{0},{1}={2},\n".format(path, algorithm, base64.urlsafe_b64encode(hashlib.new(algorithm, data).digest()).rstrip(b"=").decode())
    store = Store(tmp_path)
    members = {"shop-1.0.dist-info/METADATA": b"Metadata-Version: 2.1\nName: shop\nVersion: 1.0\n", "shop.py": b"x = 1\n",
               "shop-1.0.dist-info/WHEEL": b"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"}
    listed = "".join(row(*member) for member in members.items()) + "shop-1.0.dist-info/RECORD,,\n"
    manifest = store.manifest(store.wheel(files={"shop.py": "x = 1\n"}, record=listed))
    found = seals(str(tmp_path), list(places(manifest)))["seals"]
    assert len(found) == 2 and found == sealed_there(tmp_path, tmp_path, manifest)


def test_what_the_wheelhouse_has_not_or_not_whole_is_not_sealed(tmp_path):
    store = Store(tmp_path)
    manifest = store.manifest(store.wheel(), store.wheel("lib"))
    first, code_of_first, second, code_of_second = (tmp_path / place for place in places(manifest))
    first.unlink()
    code_of_first.unlink()
    for path in (second, code_of_second):
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr("lib/more.py", "")
    assert seals(str(tmp_path), list(places(manifest))) == {"seals": {}}
    assert second.exists() and code_of_second.exists()  # looking changes nothing


def test_what_no_host_would_take_is_not_sealed(tmp_path):
    """And nothing of what is beside it is lost."""
    store = Store(tmp_path)
    manifest = store.manifest(store.wheel(), store.wheel("lib", record="lib/nothing.py,sha512=AA,\nlib-1.0.dist-info/RECORD,,\n", bytecode=False))
    for number, members in enumerate([None, {}, {"odd.py": ""}]):
        path = tmp_path / f"odd-{number}.whl"
        path.write_bytes(b"PK")
        if members is not None:
            with zipfile.ZipFile(path, "w") as archive:
                for name, text in members.items():
                    archive.writestr(name, text)
        manifest["wheels"].append(store.add(str(path), bytecode=False))
    good = manifest["wheels"][0]
    assert set(seals(str(tmp_path), list(places(manifest)))["seals"]) == {good["sha256"], good["bytecode"]["sha256"]}
