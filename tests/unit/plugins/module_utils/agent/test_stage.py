# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import io
import json
import os
import subprocess
import sys

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent import disk, links, unpack
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.layout import Layout
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.receive import receive
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.stage import stage
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import Blocked, WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.manifest import manifest_id, places


def nothing_but_the_store(root):
    """Nothing of a release can be seen, and nothing is left of the work."""
    layout = Layout(root)
    assert layout.release_ids("shop") == []
    assert not os.path.exists(layout.tmp) or os.listdir(layout.tmp) == []
    return True


def test_a_release_appears(store, root):
    manifest = store.manifest(store.wheel(project=True), store.wheel("lib", files={"lib.py": ""}))
    done = stage(root, "shop", manifest, stream=store.tar(manifest))
    assert (done["changed"], done["release"], done["unpacked"], done["warnings"]) == (True, manifest_id(manifest), 2, [])
    folder = Layout(root).release("shop", manifest_id(manifest))
    with open(os.path.join(folder, "manifest.json"), "rb") as stream:
        assert manifest_id(json.loads(stream.read().decode())) == manifest_id(manifest)
    ran = subprocess.run(
        [os.path.join(folder, "bin", "python"), "-c", "import shop; print(shop.version)"], stdout=subprocess.PIPE, check=True
    )
    assert ran.stdout == b"1.0\n"
    assert not os.path.lexists(Layout(root).current("shop"))
    assert stage(root, "shop", manifest) == {"changed": False, "release": manifest_id(manifest)}


def test_only_what_is_missing_has_to_come(store, root):
    first, second = store.wheel(), store.wheel("lib", files={"lib.py": ""})
    manifest = store.manifest(first)
    stage(root, "shop", manifest, stream=store.tar(manifest))
    both = store.manifest(first, second)
    with pytest.raises(WheelhouseError, match="lacks lib and nobody sent it"):
        stage(root, "shop", both)
    done = stage(root, "shop", both, stream=store.tar(both, only=Layout(root).missing(both)))
    assert done["unpacked"] == 1
    changed = store.manifest(second)
    assert stage(root, "shop", changed)["unpacked"] == 0


def test_sending_too_much_does_no_harm(store, root):
    manifest = store.manifest(store.wheel())
    stage(root, "shop", manifest, stream=store.tar(manifest))
    both = store.manifest(*manifest["wheels"], store.wheel("lib", files={"lib.py": ""}))
    assert stage(root, "shop", both, stream=store.tar(both))["unpacked"] == 1


def test_what_arrived_before_the_stream_broke_off_is_kept(store, root):
    manifest = store.manifest(*(store.wheel(name, files={name + ".py": "x = 1\n" * 5000}) for name in ("one", "two", "three")))
    whole = store.tar(manifest).getvalue()
    with pytest.raises(WheelhouseError, match="broke off|ended without"):
        stage(root, "shop", manifest, stream=io.BytesIO(whole[:len(whole) // 2]))
    assert nothing_but_the_store(root)
    left = Layout(root).missing(manifest)
    assert 0 < len(left) < 6
    stage(root, "shop", manifest, stream=store.tar(manifest, only=left))


@pytest.mark.parametrize("damage", ["altered wheel", "unknown member", "lying wheel", "empty"])
def test_what_is_not_as_promised_is_refused(store, root, damage):
    good = store.wheel("lib", files={"lib.py": ""})
    entry = store.wheel()
    manifest = store.manifest(good, entry)
    path = os.path.join(store.root, "wheels", entry["sha256"], entry["filename"])
    stream = store.tar(manifest)
    if damage == "altered wheel":
        with open(path, "r+b") as wheel:
            wheel.seek(60)
            wheel.write(b"\0\0\0")
        stream = store.tar(manifest)
    elif damage == "unknown member":
        stream = store.tar(store.manifest(store.wheel("other", files={"other.py": ""})))
    elif damage == "lying wheel":  # its bytes are as promised, and it is not what the manifest says
        entry["version"] = "2.0"
    else:
        stream = io.BytesIO()
    with pytest.raises(WheelhouseError):
        stage(root, "shop", manifest, stream=stream)
    assert nothing_but_the_store(root)
    assert entry["sha256"] not in Layout(root).held("wheels")


def test_all_damaged_wheels_are_named_at_once(store, root):
    entries = [store.wheel(name, files={name + ".py": ""}) for name in ("one", "two")]
    manifest = store.manifest(*(dict(entry, version="9") for entry in entries))
    with pytest.raises(Blocked) as caught:
        stage(root, "shop", manifest, stream=store.tar(manifest))
    assert sorted(reason["package"] for reason in caught.value.reasons) == ["one", "two"]


def test_blocked_before_anything_is_made(store, root):
    manifest = store.manifest(store.wheel(), platform=dict(store.manifest()["platform"], python="2.7", os="plan9-4"))
    with pytest.raises(Blocked) as caught:
        stage(root, "shop", manifest, stream=store.tar(manifest))
    assert len(caught.value.reasons) == 2
    assert not os.path.exists(root)


@pytest.mark.parametrize(
    "text, reason",
    [
        ("raise ValueError('no settings')", "ValueError: no settings"),
        ("import nothing_of_the_kind", "nothing_of_the_kind"),
        ("import sys; sys.exit(3)", "SystemExit: 3"),
        ("import os; os._exit(3)", "trying to import shop: exit status 3"),
        ("import os; os.kill(os.getpid(), 11)", "trying to import shop: signal 11"),
        ("print('noise', flush=True); def", "SyntaxError"),
    ],
)
def test_a_release_that_does_not_import_is_never_seen(store, root, text, reason):
    manifest = store.manifest(store.wheel(files={"shop/__init__.py": text + "\n"}, project=True, bytecode=False))
    with pytest.raises(WheelhouseError, match=reason):
        stage(root, "shop", manifest, stream=store.tar(manifest))
    assert nothing_but_the_store(root)
    assert stage(root, "shop", manifest, smoke_imports=[])["changed"]


def test_modules_to_import_can_be_named(store, root):
    manifest = store.manifest(store.wheel())
    with pytest.raises(Blocked) as caught:
        stage(root, "shop", manifest, stream=store.tar(manifest), smoke_imports=["shop", "shop.none", "json", "other"])
    assert ["shop.none" in reason["message"] or "other" in reason["message"] for reason in caught.value.reasons] == [True, True]


def test_leftovers_of_a_run_that_was_cut_off(store, root):
    manifest = store.manifest(store.wheel())
    layout = Layout(root)
    for path in ("tmp/tmpcut_0123/release/lib", "tmp/tmpcut_0123/unpacked/wheels/" + "0" * 64):
        os.makedirs(os.path.join(root, path))
    os.makedirs(layout.releases("shop"))
    assert stage(root, "shop", manifest, stream=store.tar(manifest))["changed"]
    assert os.listdir(layout.tmp) == []


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_full_disk_says_so_and_leaves_nothing(store, root, monkeypatch, number):
    def full(*_arguments, **_more):
        raise OSError(28, "No space left on device")
    monkeypatch.setattr(*[(unpack, "write"), (links.os, "link"), (disk, "sync")][number], full)
    manifest = store.manifest(store.wheel())
    with pytest.raises(WheelhouseError, match="No space left") as caught:
        stage(root, "shop", manifest, stream=store.tar(manifest))
    assert "free some space" in str(caught.value)
    assert nothing_but_the_store(root)
    monkeypatch.undo()
    assert stage(root, "shop", manifest, stream=store.tar(manifest))["changed"]


def test_an_uploaded_file(store, root):
    import getpass
    manifest = store.manifest(store.wheel())
    found = receive(root, "shop", manifest, getpass.getuser())
    assert sorted(found["missing"]) == sorted(places(manifest))
    assert os.stat(found["incoming"]).st_mode & 0o777 == 0o700
    path = os.path.join(found["incoming"], "files.tar")
    with open(path, "wb") as stream:
        stream.write(store.tar(manifest).getvalue())
    assert stage(root, "shop", manifest, stream=path)["changed"]
    assert os.listdir(Layout(root).incoming) == []
    assert receive(root, "shop", manifest, getpass.getuser())["incoming"] is None


def test_an_upload_that_is_gone(store, root):
    manifest = store.manifest(store.wheel())
    found = receive(root, "shop", manifest)
    with pytest.raises(WheelhouseError, match="the upload .* is gone") as caught:
        stage(root, "shop", manifest, stream=os.path.join(found["incoming"], "files.tar"))
    assert "run again" in caught.value.hint
    assert nothing_but_the_store(root)


def test_an_upload_is_no_link(store, root, tmp_path):
    manifest = store.manifest(store.wheel())
    os.symlink("/etc/shadow", str(tmp_path / "upload"))
    with pytest.raises(OSError):
        stage(root, "shop", manifest, stream=str(tmp_path / "upload"))
    assert os.path.exists("/etc/passwd")


def test_another_apps_manifest_is_refused(store, root):
    with pytest.raises(WheelhouseError, match="for the app shop"):
        stage(root, "other", store.manifest(store.wheel()))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become nobody")
def test_modules_are_not_imported_as_root(store):
    import shutil
    import tempfile
    open_to_all = tempfile.mkdtemp()
    try:
        os.chmod(open_to_all, 0o755)
        text = "import os, tempfile\nassert os.geteuid() != 0, 'root'\nassert os.getgroups() == []\ntempfile.mkstemp()\n"
        text += "open(os.path.expanduser('~/x'), 'w')\n"
        manifest = store.manifest(store.wheel(files={"shop.py": text}, project=True))
        if not os.stat(os.path.dirname(os.path.realpath(sys.executable))).st_mode & 1 or os.path.realpath(sys.executable).startswith(
            "/root"
        ):
            pytest.skip("nobody cannot run this interpreter")
        assert stage(os.path.join(open_to_all, "root"), "shop", manifest, stream=store.tar(manifest))["changed"]
    finally:
        shutil.rmtree(open_to_all)
