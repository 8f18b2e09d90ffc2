# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import copy
import hashlib
import json

import pytest
from hypothesis import given, strategies as st

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common import manifest as module
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError

WHEEL = {
    "name": "my-shop",
    "version": "1.0+local.1",
    "filename": "my_shop-1.0+local.1-py3-none-any.whl",
    "sha256": "a" * 64,
    "size": 10,
    "source": {"filename": "my_shop-1.0.tar.gz", "sha256": "b" * 64, "url": "", "size": 1},
    "bytecode": {"sha256": "c" * 64, "size": 3},
    "needs": {"libc_version": "2.34", "libraries": ["libz.so.1"], "packages": ["zlib1g"]},
}
MANIFEST = {"schema": 1, "app": "shop", "lock": "0" * 64, "project": None, "platform": {"python": "3.11"}, "wheels": [WHEEL],
            "options": {"no_binary": [], "only_binary": []}}


def test_the_id_is_of_the_canonical_json():
    text = json.dumps(MANIFEST, sort_keys=True, separators=(",", ":"))
    assert module.manifest_id(MANIFEST) == hashlib.sha256(text.encode()).hexdigest()[:16]
    assert module.check_release(module.manifest_id(MANIFEST))
    assert module.manifest_id(json.loads(json.dumps(MANIFEST, indent=2))) == module.manifest_id(MANIFEST)
    assert module.manifest_id(dict(MANIFEST, app="shoq")) != module.manifest_id(MANIFEST)


@pytest.mark.parametrize("written, name", [("My.Shop", "my-shop"), ("my__shop", "my-shop"), ("a-_.b", "a-b"), ("x", "x")])
def test_normalised_names(written, name):
    assert module.normalise(written) == name


@pytest.mark.parametrize("app", ["shop", "Shop2", "a", "web.example.org", "a_b-c", "9", "a" * 100])
def test_names_for_apps(app):
    assert module.check_app(app) == app


@pytest.mark.parametrize("app", ["", " ", "a b", "..", "a..b", "a/b", "/a", "-a", ".a", "a\n", "a" * 101, None, 1])
def test_no_names_for_apps(app):
    with pytest.raises(WheelhouseError, match="not a name for an app"):
        module.check_app(app)


@given(st.text())
def test_a_name_for_an_app_stays_in_its_folder(text):
    try:
        module.check_app(text)
    except WheelhouseError:
        return
    assert text not in ("", ".", "..") and "/" not in text and text.isprintable() and " " not in text


def test_a_sound_manifest():
    assert module.validate(MANIFEST) is MANIFEST
    assert module.validate(dict(MANIFEST, wheels=[], project="1" * 64))
    assert module.validate(dict(MANIFEST, wheels=[dict(WHEEL, bytecode=None, needs={})]))


@pytest.mark.parametrize("text", [
    "zlib1g", "libpq5 (>= 9.1~)", "libssl3 (>= 1:3.0.0-2+b1)", "libgl1 | libgl1-mesa-glx (>= 7)", "libc6:amd64 (>= 2.36)", "libstdc++6", "g++",
    "libz.so.1()(64bit)", "libpq.so.5(RHPG_9.6)(64bit)", "libstdc++.so.6(GLIBCXX_3.4.21)(64bit)", "libpq.so.5", "libpq.so.5(RHPG_9.6)", "x"])
def test_packages_as_distributions_write_them(text):
    needs = {"libraries": ["libz.so.1"], "packages": [text], "providers": {"libz.so.1": [text]}}
    assert module.validate(dict(MANIFEST, wheels=[dict(WHEEL, needs=needs)]))


def test_places():
    assert module.places(MANIFEST) == {
        "wheels/{0}/{1}".format("a" * 64, WHEEL["filename"]): ("a" * 64, 10), "bytecode/{0}.zip".format("c" * 64): ("c" * 64, 3)}


FLAWS = [
    ("schema", 2),
    ("schema", None),
    ("app", "../x"),
    ("platform", None),
    ("wheels", {}),
    ("wheels", ["x"]),
    ("wheels", [WHEEL, WHEEL]),
    ("wheel name", "My_Shop"),
    ("wheel name", None),
    ("wheel name", ""),
    ("wheel name", "../x"),
    ("wheel version", ""),
    ("wheel version", "1/../2"),
    ("wheel version", 1),
    ("wheel filename", "../x.whl"),
    ("wheel filename", "x.zip"),
    ("wheel filename", "a b.whl"),
    ("wheel filename", ".whl"),
    ("wheel filename", "-x.whl"),
    ("wheel filename", "a\\b.whl"),
    ("wheel sha256", "a" * 63),
    ("wheel sha256", "A" * 64),
    ("wheel sha256", "../" + "a" * 61),
    ("wheel sha256", None),
    ("wheel size", -1),
    ("wheel size", "1"),
    ("wheel size", True),
    ("wheel size", None),
    ("wheel bytecode", "x"),
    ("wheel bytecode", {"sha256": "x", "size": 1}),
    ("wheel needs", {"libraries": "libz.so.1"}),
    ("wheel needs", {"libraries": ["/tmp/libz.so.1"]}),
    ("wheel needs", {"libraries": ["../libz.so.1"]}),
    ("wheel needs", {"packages": ["/tmp/zlib1g.deb"]}),
    ("wheel needs", {"packages": ["https://example.org/zlib.rpm"]}),
    ("wheel needs", {"packages": ["--allow-unauthenticated"]}),
    ("wheel needs", {"packages": ["zlib1g-"]}),
    ("wheel needs", {"packages": ["zlib1g bash"]}),
    ("wheel needs", {"packages": ["zlib1g | ./x.deb"]}),
    ("wheel needs", {"packages": [""]}),
    ("wheel needs", {"providers": {"libz.so.1": ["zlib1g", "./x.deb"]}}),
    ("wheel needs", ["libz.so.1"]),
    ("wheel needs", {"libraries": [1]}),
    ("wheel needs", {"packages": [None]}),
    ("wheel needs", {"libc_version": 2.36}),
    ("wheel needs", {"optional": "libz.so.1"}),
    ("wheel needs", {"providers": ["zlib1g"]}),
    ("wheel needs", {"providers": {"libz.so.1": "zlib1g"}}),
    ("wheel needs", {"providers": {"libz.so.1": [1]}}),
    ("wheel needs", {"libc_version": "9" * 5000}),
    ("wheel requires_python", 3.9),
    ("wheel requires_python", ">=3." + "9" * 5000),
    ("wheel size", 1 << 63),
    ("wheel source", "x.tar.gz"),
    ("wheel source", dict(WHEEL["source"], filename="../../x")),
    ("wheel source", dict(WHEEL["source"], filename="/etc/passwd")),
    ("wheel source", dict(WHEEL["source"], sha256="../x")),
    ("wheel source", {"filename": "x.tar.gz"}),
    ("wheel filename", "x" * 252 + ".whl"),
    ("schema", True),
    ("schema", 1.0),
    ("platform", {"python": 3.11}),
    ("lock", None),
    ("project", 1),
    ("options", None),
    ("options", ["no_binary"]),
    ("wheel source", None),
    ("lock", "\ud800"),
    ("lock", b"x"),
]


@pytest.mark.parametrize("member, value", FLAWS)
def test_a_flaw_is_found(member, value):
    manifest = copy.deepcopy(MANIFEST)
    if member.startswith("wheel "):
        manifest["wheels"][0][member.split()[1]] = value
    else:
        manifest[member] = value
    with pytest.raises(WheelhouseError):
        module.validate(manifest)


@pytest.mark.parametrize("member", ["schema", "app", "lock", "project", "platform", "options", "wheels",
                                    "wheel name", "wheel version", "wheel filename", "wheel sha256", "wheel size", "wheel source"])
def test_what_is_not_there_is_found(member):
    manifest = copy.deepcopy(MANIFEST)
    part = manifest["wheels"][0] if member.startswith("wheel ") else manifest
    del part[member.split()[-1]]
    with pytest.raises(WheelhouseError):
        module.validate(manifest)


@pytest.mark.parametrize("manifest", [None, [], "", 1, {}])
def test_no_manifest_at_all(manifest):
    with pytest.raises(WheelhouseError, match="manifest is damaged"):
        module.validate(manifest)
