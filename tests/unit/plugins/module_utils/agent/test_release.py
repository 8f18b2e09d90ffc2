# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import base64
import csv
import hashlib
import os
import subprocess
import sys

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent import environment
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.layout import Layout
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.stage import stage
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.manifest import manifest_id
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.transfer import place_of

SITE = environment.lib_folder() + "/site-packages"


def release_of(store, root, *entries):
    """Stage a release of these wheels; return its path and what stage said."""
    manifest = store.manifest(*entries)
    done = stage(root, "shop", manifest, stream=store.tar(manifest))
    return Layout(root).release("shop", manifest_id(manifest)), done


def rich_wheel(store, **options):
    """A wheel with all that a wheel can have."""
    data = "Rich_Shop-1.0.data/"
    return store.wheel(
        "Rich_Shop",
        files={
            "rich_shop/__init__.py": "def main():\n    print('rich')\n",
            "rich_shop/caf\u00e9/__init__.py": "",
            "rich_shop/empty.py": "",
            "rich_shop/data,with comma.txt": "x",
            "single.py": "x = 1\n",
        },
        extra=[
            (data + "purelib/pure.py", b"pure = 1\n"),
            (data + "platlib/plat/__init__.py", b""),
            (data + "scripts/rich-run", b"#!python\nprint('run')\n"),
            (data + "scripts/rich.sh", b"#!/bin/sh\necho sh\n"),
            (data + "headers/rich.h", b"#define RICH\n"),
            (data + "data/share/rich/page.html", b"<p>"),
            (data + "data/etc/rich.conf", b""),
            ("Rich_Shop-1.0.dist-info/entry_points.txt", b"[console_scripts]\nrich = rich_shop:main\n"),
            ("Rich_Shop-1.0.dist-info/licenses/LICENSE", b"free"),
        ],
        executable=[data + "scripts/rich-run", data + "scripts/rich.sh", data + "data/share/rich/page.html"],
        **options,
    )


def tree(folder):
    """Return ``{path: (sha256, executable)}`` of the files that installing put there."""
    found = {}
    for parent, _folders, files in os.walk(folder):
        for name in files:
            path = os.path.join(parent, name)
            with open(path, "rb") as stream:
                found[os.path.relpath(path, folder)] = hashlib.sha256(stream.read()).hexdigest(), bool(os.stat(path).st_mode & 0o111)
    return found


def records(folder, dist_info):
    with open(os.path.join(folder, SITE, dist_info, "RECORD"), encoding="utf-8", newline="") as stream:
        return {row[0]: row[1:] for row in csv.reader(stream)}


def test_the_same_tree_as_pip_makes(store, root, tmp_path):
    pytest.importorskip("pip")
    entry = rich_wheel(store, bytecode=False)
    ours, _done = release_of(store, root, entry)
    theirs = str(tmp_path / "venv")
    wheel = os.path.join(store.root, place_of("wheels", entry["sha256"], entry["filename"]))
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", theirs], check=True)
    pip = [sys.executable, "-m", "pip", "--python", os.path.join(theirs, "bin", "python"), "install", "--no-compile"]
    pip += ["--no-deps", "--no-index", "--quiet", "--disable-pip-version-check", wheel]
    ran = subprocess.run(pip, stderr=subprocess.PIPE, check=False)
    if b"no such option" in ran.stderr:
        pytest.skip("a pip without --python")
    assert ran.returncode == 0, ran.stderr
    found, expected = tree(ours), tree(theirs)
    dist_info = SITE + "/Rich_Shop-1.0.dist-info/"
    assert expected.keys() - found.keys() <= {dist_info + "REQUESTED", dist_info + "direct_url.json", ".gitignore"}
    assert {path for path in found.keys() - expected.keys() if not path.startswith("bin/python")} == {"manifest.json"}
    differ = {path for path in found.keys() & expected.keys() if found[path] != expected[path]}
    paths = {"bin/rich", "bin/rich-run", dist_info + "RECORD", dist_info + "INSTALLER", "pyvenv.cfg"}  # they name the venv or the installer
    assert differ - paths <= {path for path in found if path.startswith("bin/") and path.split("/")[1].lower().startswith("activate")}
    assert paths <= differ
    our_rows, their_rows = records(ours, "Rich_Shop-1.0.dist-info"), records(theirs, "Rich_Shop-1.0.dist-info")
    for name in ("REQUESTED", "direct_url.json", "INSTALLER"):
        their_rows.pop("Rich_Shop-1.0.dist-info/" + name, None)
    our_rows.pop("Rich_Shop-1.0.dist-info/INSTALLER")
    scripts = {"../../../bin/rich", "../../../bin/rich-run"}
    assert our_rows.keys() == their_rows.keys()
    assert {path for path in our_rows if our_rows[path] != their_rows[path]} == scripts


def test_record_tells_the_truth(store, root):
    folder, _done = release_of(store, root, rich_wheel(store))
    site = os.path.join(folder, SITE)
    listed = set()
    for path, (hashed, size) in records(folder, "Rich_Shop-1.0.dist-info").items():
        full = os.path.normpath(os.path.join(site, path))
        listed.add(os.path.relpath(full, folder))
        if hashed:
            with open(full, "rb") as stream:
                data = stream.read()
            assert len(data) == int(size)
            algorithm, digest = hashed.split("=", 1)
            assert base64.urlsafe_b64encode(hashlib.new(algorithm, data).digest()).rstrip(b"=").decode() == digest
        else:
            assert path.endswith((".pyc", "RECORD")) and os.path.exists(full)
    own = {path for path in tree(folder) if path.startswith("bin/") and path not in listed} | {"pyvenv.cfg", "manifest.json"}
    assert set(tree(folder)) == listed | own
    assert {os.path.basename(path).lower().split(".")[0] for path in own if path.startswith("bin/")} <= {"activate", "python", "python3"}


def test_linked_and_read_only(store, root):
    folder, done = release_of(store, root, rich_wheel(store))
    assert done["copied"] == 0 and done["linked"] > 10
    links = {path: os.stat(os.path.join(folder, path)).st_nlink for path in tree(folder)}
    assert links[SITE + "/single.py"] == links["bin/rich.sh"] == 2 and links[SITE + "/__pycache__/single.{0}.pyc".format(sys.implementation.cache_tag)] == 2
    for path in (
        "bin/rich",
        "bin/rich-run",
        "pyvenv.cfg",
        SITE + "/Rich_Shop-1.0.dist-info/RECORD",
        SITE + "/Rich_Shop-1.0.dist-info/INSTALLER",
    ):
        assert links[path] == 1, path
    for parent, folders, files in os.walk(folder):
        for name in files:
            if not os.path.islink(os.path.join(parent, name)):
                assert os.stat(os.path.join(parent, name)).st_mode & 0o777 in (0o444, 0o555)
        assert os.stat(parent).st_mode & 0o777 == 0o755


def test_nothing_tells_of_the_folder_it_was_made_in(store, root):
    folder, _done = release_of(store, root, rich_wheel(store))
    for path in tree(folder):
        with open(os.path.join(folder, path), "rb") as stream:
            assert b"/tmp/tmp" not in stream.read().replace(str(root).encode(), b""), path
    ran = subprocess.run(
        ["/bin/sh", "-c", ". bin/activate && command -v rich && rich && rich-run && rich.sh"],
        cwd=folder,
        stdout=subprocess.PIPE,
        check=True,
    )
    assert ran.stdout.decode().split() == [os.path.join(folder, "bin", "rich"), "rich", "run", "sh"]


def test_a_command_replaces_the_script_file_of_its_name(store, root):
    entry = store.wheel(
        files={"shop.py": "def main():\n    print('made')\n"},
        extra=[
            ("shop-1.0.data/scripts/shop", b"#!python\nprint('packed')\n"),
            ("shop-1.0.dist-info/entry_points.txt", b"[console_scripts]\nshop = shop:main\n"),
        ],
    )
    folder, done = release_of(store, root, entry)
    assert subprocess.run([os.path.join(folder, "bin", "shop")], stdout=subprocess.PIPE, check=True).stdout == b"made\n"
    assert done["warnings"] == [] and list(records(folder, "shop-1.0.dist-info")).count("../../../bin/shop") == 1


def test_bytecode_is_used(store, root):
    folder, _done = release_of(store, root, store.wheel())
    ran = subprocess.run([os.path.join(folder, "bin", "python"), "-v", "-c", "import shop"], stderr=subprocess.PIPE, check=True)
    assert b"matches" in b"".join(line for line in ran.stderr.splitlines() if b"/shop/" in line)


def test_bytecode_without_a_source_is_refused(store, root):
    entry, other = store.wheel(), store.wheel("other", files={"other.py": ""})
    entry["bytecode"] = other["bytecode"]
    with pytest.raises(WheelhouseError, match="no source of it") as caught:
        release_of(store, root, entry)
    assert caught.value.package == "shop"
    assert Layout(root).release_ids("shop") == []


def test_two_wheels_with_one_file(store, root):
    same = {"tests/__init__.py": ""}
    one = store.wheel("one", files=dict(same, **{"LICENSE": "1", "one.py": ""}))
    two = store.wheel("two", files=dict(same, **{"LICENSE": "2", "two.py": ""}))
    folder, done = release_of(store, root, one, two)
    assert done["warnings"] == ["{0}/LICENSE of two replaces that of one".format(SITE)]
    with open(os.path.join(folder, SITE, "LICENSE")) as stream:
        assert stream.read() == "2"


@pytest.mark.parametrize("path", ["tests/which.py", "which.py", "which.pth", "one-1.0.data/scripts/which", "one-1.0.data/data/share/which"])
def test_two_wheels_with_one_file_of_other_bytes(store, root, path):
    one = store.wheel("one", files={path: "which = 1\n", "one.py": ""})
    two = store.wheel("two", files={path.replace("one", "two"): "which = 2\n", "two.py": ""})
    with pytest.raises(WheelhouseError, match="which.*, and so has one, with other bytes") as caught:
        release_of(store, root, one, two)
    assert caught.value.package == "two" and Layout(root).release_ids("shop") == []


def test_a_held_wheel_under_another_version(store, root):
    entry = store.wheel()
    release_of(store, root, entry)
    manifest = store.manifest(dict(entry, version="2.0", filename="shop-2.0-py3-none-any.whl"))
    with pytest.raises(WheelhouseError, match="the wheel is shop 1.0, and the manifest calls it shop 2.0"):
        stage(root, "shop", manifest)


@pytest.mark.parametrize("path", ["pyvenv.cfg", "manifest.json", "bin/python", "bin/python3", "bin/activate", "lib64", "bin/python/x"])
def test_the_venv_itself_is_not_replaced(store, root, path):
    if path == "lib64" and sys.maxsize <= 2 ** 32:
        pytest.skip("only 64-bit interpreters have it")
    entry = store.wheel(extra=[("shop-1.0.data/data/" + path, b"x")])
    with pytest.raises(WheelhouseError) as caught:
        release_of(store, root, entry)
    assert caught.value.package == "shop"
    assert Layout(root).release_ids("shop") == []


@pytest.mark.parametrize("kind", ["wheels", "bytecode"])
def test_an_altered_copy_is_sent_anew(store, root, kind):
    manifest = store.manifest(rich_wheel(store), store.wheel("other"))
    stage(root, "shop", manifest, stream=store.tar(manifest))
    layout = Layout(root)
    subprocess.run(["chmod", "-R", "u+w", root], check=True)
    subprocess.run(["rm", "-r", layout.release("shop", manifest_id(manifest))], check=True)
    for name in layout.held(kind):
        copy = os.path.join(root, kind, name)
        subprocess.run(f"rm -r '{copy}' && mkdir '{copy}'", shell=True, check=True)
    with pytest.raises(WheelhouseError, match="was altered") as caught:
        stage(root, "shop", manifest)
    assert caught.value.package and "run again" in caught.value.hint
    assert len(layout.missing(manifest)) == 4
    assert stage(root, "shop", manifest, stream=store.tar(manifest))["changed"]


@pytest.mark.parametrize("kind", ["wheels", "bytecode"])
@pytest.mark.parametrize("plant", [lambda tree: os.chmod(tree, 0o777), lambda tree: os.chown(tree, 12345, -1),
                                   lambda tree: os.rename(tree, tree + ".moved") or os.symlink(tree + ".moved", tree)], ids=["open", "given away", "link"])
def test_a_copy_that_others_may_have_put_there_is_sent_anew(store, root, kind, plant):
    """Its files could be links to what only root may read."""
    if os.geteuid() != 0 and "chown" in plant.__code__.co_names:
        pytest.skip("only root can give files away")
    manifest = store.manifest(store.wheel(), store.wheel("other"))
    stage(root, "shop", manifest, stream=store.tar(manifest))
    layout = Layout(root)
    release = layout.release("shop", manifest_id(manifest))
    subprocess.run(["rm", "-r", release], check=True)
    plant(os.path.join(root, kind, layout.held(kind)[0]))
    with pytest.raises(WheelhouseError, match="was altered: .*(can be written by|belongs to the user|is a symbolic link)") as caught:
        stage(root, "shop", manifest)
    assert caught.value.package and "run again" in caught.value.hint and not os.path.exists(release)
    assert stage(root, "shop", manifest, stream=store.tar(manifest, only=layout.missing(manifest)))["changed"]
