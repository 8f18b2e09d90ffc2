# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import os
import shutil
import subprocess
import time

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent import signed
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.activate import activate, rollback
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.audit import audit
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.layout import Layout
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.repair import repair
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.stage import stage
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.status import status
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common import signature as signatures
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.manifest import manifest_id

NOW = int(time.time())


@pytest.fixture(scope="module", name="keys")
def fixture_keys(tmp_path_factory):
    """A folder with the keys ours and theirs."""
    folder = tmp_path_factory.mktemp("keys")
    for name in ("ours", "theirs"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
    return folder


def public(keys, name="ours"):
    return " ".join((keys / (name + ".pub")).read_text().split()[:2])


@pytest.fixture(name="allowed")
def fixture_allowed(keys, tmp_path):
    """The path of the host's list of keys."""
    path = tmp_path / "allowed_signers"
    path.write_text("# who may\nshop {0}\n".format(public(keys)))
    path.chmod(0o644)
    return str(path)


@pytest.fixture(name="sign")
def fixture_sign(keys):
    def call(manifest, serial=NOW, expires=None, key="ours", namespace=signatures.NAMESPACE):
        statement = signatures.state(manifest, serial, expires)
        ran = subprocess.run(["ssh-keygen", "-Y", "sign", "-q", "-f", str(keys / key), "-n", namespace], input=statement, stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL, check=True)
        return (statement + ran.stdout).decode()
    return call


@pytest.fixture(name="manifest")
def fixture_manifest(store):
    return store.manifest(store.wheel())


def test_a_signed_release_may_come(root, manifest, allowed, sign):
    found = signed.verify(root, "shop", manifest, sign(manifest), allowed)
    assert found["serial"] == NOW and found["key"].startswith("SHA256:")
    assert not os.path.exists(root)


REFUSED = [
    ("nothing", lambda sign, manifest: None, "is not signed"),
    ("no signature", lambda sign, manifest: "", "is not signed"),
    ("another thing", lambda sign, manifest: "hello", "signature is damaged"),
    ("an altered statement", lambda sign, manifest: sign(manifest, NOW - 9).replace(str(NOW - 9), str(NOW)), "was altered"),
    ("an altered signature", lambda sign, manifest: sign(manifest)[:-60] + "A" * 8 + sign(manifest)[-52:], "was altered|is damaged"),
    ("an altered manifest", lambda sign, manifest: sign(dict(manifest, lock="1" * 64)), "is not the one that was signed"),
    ("another app's", lambda sign, manifest: sign(dict(manifest, app="blog")), "release of the app blog, not of shop"),
    ("an unknown key", lambda sign, manifest: sign(manifest, key="theirs"), "signed by the unknown key SHA256:"),
    ("another namespace", lambda sign, manifest: sign(manifest, namespace="git"), "for the namespace 'git', not for nogcc.wheelhouse"),
    ("an expired one", lambda sign, manifest: sign(manifest, NOW - 99, NOW - 9), "expired at 20"),
]


@pytest.mark.parametrize("make, says", [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_it_is_refused(root, manifest, allowed, sign, record_property, make, says):
    signature = make(sign, manifest)
    record_property("count", "hostile inputs")
    with pytest.raises(WheelhouseError, match=says) as caught:
        signed.verify(root, "shop", manifest, signature, allowed)
    assert caught.value.hint or "app" in says
    assert not os.path.exists(root)
    record_property("count", "hostile inputs refused")


@pytest.mark.parametrize("line, says", [
    ("blog {0}", "may not sign releases of shop"),
    ('shop namespaces="git" {0}', "may not sign releases of shop"),
    ('shop valid-before="20200101" {0}', "may not sign releases of shop"),
    ("#shop {0}", "unknown key"),
    ("", "unknown key"),
    ("shop {0}", None),
    ("blog,shop {0}", None),
    ("* {0}", None),
    ('shop namespaces="nogcc.wheelhouse" {0}', None),
])
def test_the_list_of_keys_decides(root, manifest, keys, allowed, sign, line, says):
    with open(allowed, "w", encoding="utf-8") as stream:
        stream.write(line.format(public(keys)) + "\n")
    if says is None:
        assert signed.verify(root, "shop", manifest, sign(manifest), allowed)
    else:
        with pytest.raises(WheelhouseError, match=says):
            signed.verify(root, "shop", manifest, sign(manifest), allowed)


def test_the_list_of_keys_must_be_safe(root, manifest, allowed, sign, tmp_path):
    for path, says in [("allowed_signers", "not an absolute path"), (str(tmp_path / "none"), "cannot be read"), (str(tmp_path), "is not a file")]:
        with pytest.raises(WheelhouseError, match=says):
            signed.verify(root, "shop", manifest, sign(manifest), path)
    os.chmod(allowed, 0o666)
    with pytest.raises(WheelhouseError, match="can be written by others: {0} has the permissions 0666".format(allowed)):
        signed.verify(root, "shop", manifest, sign(manifest), allowed)


def test_the_folder_of_the_list_of_keys_must_be_safe(root, manifest, allowed, sign, tmp_path):
    tmp_path.chmod(0o775)
    with pytest.raises(WheelhouseError, match="can be written by others: {0} has the permissions 0775".format(tmp_path)):
        signed.verify(root, "shop", manifest, sign(manifest), allowed)
    assert "{0} has the permissions 0775; chown root".format(tmp_path) in drift(root, allowed)[0][1]
    tmp_path.chmod(0o755)
    assert signed.verify(root, "shop", manifest, sign(manifest), allowed)


@pytest.fixture(name="deploy")
def fixture_deploy(store, root, allowed, sign):
    """Return a function that stages and activates a version, signed at a time; it returns the release's id."""
    def call(version, serial, asked=False, **more):
        manifest = store.manifest(store.wheel(version=version))
        signature = sign(manifest, serial, **more)
        signed.verify(root, "shop", manifest, signature, allowed, asked)
        release = stage(root, "shop", manifest, stream=store.tar(manifest))["release"]
        activate(root, "shop", release, keep=9, allowed_signers=allowed, signature=signature, asked=asked)
        return release
    return call


def test_an_older_release_must_be_asked_for(root, deploy):
    old, new = deploy("1.0", NOW - 20), deploy("2.0", NOW - 10)
    with pytest.raises(WheelhouseError, match="{0} was signed at .*, before {1}, which this host accepted last".format(old, new)) as caught:
        deploy("1.0", NOW - 20)
    assert "wheelhouse_release=" + old in caught.value.hint
    assert Layout(root).current_release("shop") == new
    assert deploy("1.0", NOW - 20, asked=True) == Layout(root).current_release("shop") == old
    with pytest.raises(WheelhouseError, match="which this host accepted last"):  # what was asked for once does not change what is known
        deploy("3.0", NOW - 15)
    assert deploy("1.0", NOW, asked=False) == old  # signed anew
    assert sorted(status(root, "shop")["signed"]) == sorted([old, new])


def test_another_platform_begins_anew(root, store, deploy, sign, allowed):
    deploy("1.0", NOW)
    other = store.manifest(store.wheel(), platform=dict(store.manifest()["platform"], python="3.99"))
    assert signed.verify(root, "shop", other, sign(other, NOW - 99), allowed)


def test_another_libc_is_the_same_platform(root, store, deploy, sign, allowed):
    new = deploy("1.0", NOW)
    other = store.manifest(store.wheel(), platform=dict(store.manifest()["platform"], libc_version="2.1"))
    with pytest.raises(WheelhouseError, match="before {0}, which this host accepted last".format(new)):
        signed.verify(root, "shop", other, sign(other, NOW - 99), allowed)
    release = stage(root, "shop", other, stream=store.tar(other))["release"]
    activate(root, "shop", release, allowed_signers=allowed, signature=sign(other, NOW - 99), asked=True)
    with pytest.raises(WheelhouseError, match="before {0}, which this host accepted last".format(new)):  # it is remembered still
        deploy("2.0", NOW - 50)


@pytest.mark.parametrize("serial", [0, 1])
def test_the_first_serial_number(root, deploy, serial):
    assert deploy("1.0", serial) == Layout(root).current_release("shop")


def test_going_back(root, deploy, allowed, monkeypatch):
    old, new = deploy("1.0", NOW - 20, expires=NOW + 900), deploy("2.0", NOW - 10)
    monkeypatch.setattr(time, "time", lambda: NOW + 999)  # nobody is kept from going back because time has passed
    assert rollback(root, "shop", allowed_signers=allowed)["to"] == old
    assert rollback(root, "shop", release=new, allowed_signers=allowed)["to"] == new


def test_going_back_to_what_came_before_there_were_signatures(root, staged, deploy, allowed):
    old = staged("0.9")
    activate(root, "shop", old)
    new = deploy("1.0", NOW)
    with pytest.raises(WheelhouseError, match="{0} of shop came to this host without a signature".format(old)) as caught:
        rollback(root, "shop", allowed_signers=allowed)
    assert "wheelhouse_release=" + old in caught.value.hint and new in caught.value.hint
    assert Layout(root).current_release("shop") == new
    assert deploy("0.9", NOW - 5, asked=True) == old  # it is there already, and its signature comes now
    assert Layout(root).current_release("shop") == old


def test_going_back_after_a_key_was_taken_away(root, deploy, keys, allowed):
    deploy("1.0", NOW - 20)
    new = deploy("2.0", NOW - 10)
    with open(allowed, "w", encoding="utf-8") as stream:
        stream.write("shop {0}\n".format(public(keys, "theirs")))
    with pytest.raises(WheelhouseError, match="signed by the unknown key"):
        rollback(root, "shop", allowed_signers=allowed)
    assert Layout(root).current_release("shop") == new


def test_activating_what_was_staged_unsigned(root, staged, manifest, allowed, sign):
    release = staged()
    assert release == manifest_id(manifest)
    for signature in (None, sign(manifest, key="theirs")):
        with pytest.raises(WheelhouseError, match="is not signed|unknown key"):
            activate(root, "shop", release, allowed_signers=allowed, signature=signature)
    assert Layout(root).current_release("shop") is None and not os.path.exists(Layout(root).signatures("shop"))
    assert activate(root, "shop", release, allowed_signers=allowed, signature=sign(manifest))["changed"]


def test_an_altered_release_is_not_activated(root, staged, manifest, allowed, sign):
    release = staged()
    path = os.path.join(Layout(root).release("shop", release), "manifest.json")
    os.chmod(path, 0o644)
    with open(path, "r+", encoding="utf-8") as stream:
        text = stream.read().replace('"lock":"0', '"lock":"1')
        stream.seek(0)
        stream.write(text)
    with pytest.raises(WheelhouseError, match="was altered"):
        activate(root, "shop", release, allowed_signers=allowed, signature=sign(manifest))


def test_a_damaged_memory_is_told(root, deploy):
    deploy("1.0", NOW)
    for text in ("{}", '{"serial": 1, "release": "x", "platform": "linux"}'):
        with open(Layout(root).accepted("shop"), "w", encoding="utf-8") as stream:
            stream.write(text)
        with pytest.raises(WheelhouseError, match="accepted.json is damaged"):
            deploy("2.0", NOW + 1)


def test_signatures_go_with_their_releases(root, deploy, store, allowed):
    ids = [deploy("{0}.0".format(number), NOW + number) for number in range(1, 4)]
    activate(root, "shop", ids[0], keep=1, allowed_signers=allowed, asked=True,
             signature=open(os.path.join(Layout(root).signatures("shop"), ids[0]), encoding="utf-8").read())
    last = deploy("4.0", NOW + 9)
    assert sorted(os.listdir(Layout(root).signatures("shop"))) == sorted(set(Layout(root).release_ids("shop")) | {last})


def drift(root, allowed):
    """Return what an audit says of signatures: (path below the app's folder, why)."""
    app = Layout(root).app("shop")
    found = audit(root, "shop", look_for_tools=False, allowed_signers=allowed)["findings"]
    return [(os.path.relpath(finding["path"], app), finding["why"]) for finding in found if finding["what"] == "signature"]


def test_an_audit_finds_signed_releases_right(root, deploy, allowed):
    deploy("1.0", NOW - 20)
    deploy("2.0", NOW - 10, expires=NOW + 9999)
    assert drift(root, allowed) == []


def test_an_audit_names_what_nobody_signed(root, deploy, allowed):
    names = [deploy("1.0", NOW - 30), deploy("2.0", NOW - 20), deploy("3.0", NOW - 10)]
    layout = Layout(root)
    os.unlink(os.path.join(layout.signatures("shop"), names[0]))
    kept = os.path.join(layout.signatures("shop"), names[1])
    with open(kept, encoding="utf-8") as stream:
        text = stream.read()
    with open(kept, "w", encoding="utf-8") as stream:
        stream.write(text.replace(str(NOW - 20), str(NOW - 21), 1))
    manifest = os.path.join(layout.release("shop", names[2]), "manifest.json")
    with open(manifest, encoding="utf-8") as stream:
        text = stream.read()
    os.chmod(manifest, 0o644)
    with open(manifest, "w", encoding="utf-8") as stream:
        stream.write(text.replace('"lock":"0', '"lock":"1'))
    found = dict(drift(root, allowed))
    assert set(found) == {"releases/" + name for name in names}
    for name, why in zip(names, ["without a signature", "the statement was altered, or the signature", "was altered"]):
        assert why in found["releases/" + name] and found["releases/" + name].endswith("deploy it with wheelhouse_release=" + name), found
    assert "remove " + kept in found["releases/" + names[1]] and "remove" not in found["releases/" + names[0]]
    assert all(finding["what"] != "signature" for finding in audit(root, "shop", look_for_tools=False)["findings"])


def test_an_audit_looks_at_todays_list_of_keys(root, deploy, allowed, keys):
    name = deploy("1.0", NOW - 20)
    with open(allowed, "w", encoding="utf-8") as stream:
        stream.write("shop {0}\n".format(public(keys, "theirs")))
    ((path, why),) = drift(root, allowed)
    assert path == "releases/" + name and "signed by the unknown key" in why
    os.unlink(allowed)
    ((path, why),) = drift(root, allowed)
    assert "list of allowed signers cannot be read" in why


def test_an_audit_names_a_damaged_memory(root, deploy, allowed):
    deploy("1.0", NOW - 20)
    with open(Layout(root).accepted("shop"), "w", encoding="utf-8") as stream:
        stream.write("{")
    ((path, why),) = drift(root, allowed)
    assert path == "accepted.json" and "is damaged" in why and "remove it to accept any signed release once" in why


def test_a_signature_is_had_anew_as_an_audit_says(root, deploy, allowed):
    name = deploy("1.0", NOW - 20)
    kept = os.path.join(Layout(root).signatures("shop"), name)
    with open(kept, "w", encoding="utf-8") as stream:
        stream.write("hello")
    ((_path, why),) = drift(root, allowed)
    assert "the signature is damaged" in why and "remove " + kept in why
    os.unlink(kept)
    assert name not in status(root, "shop")["signed"]  # so it is deployed, though it is active
    deploy("1.0", NOW - 20, asked=True)
    assert drift(root, allowed) == []


@pytest.fixture(name="altered")
def fixture_altered(root, store, allowed, sign, manifest):
    """A host whose one release, signed and active, lacks a wheel; return a function that repairs it."""
    signature = sign(manifest, NOW - 99, NOW + 999)
    release = stage(root, "shop", manifest, stream=store.tar(manifest))["release"]
    activate(root, "shop", release, allowed_signers=allowed, signature=signature)
    shutil.rmtree(Layout(root).wheel(manifest["wheels"][0]["sha256"]))
    stream = store.tar(manifest, only=audit(root, "shop", [manifest], look_for_tools=False)["places"])

    def call(manifests=(manifest,), **options):
        return repair(root, "shop", manifests, stream=stream, allowed_signers=allowed, **options)
    call.release, call.stream = release, stream
    return call


def everything(root):
    """Return the permissions, the owner and the time of the last change of each file and folder."""
    paths = [root] + [os.path.join(folder, name) for folder, folders, files in os.walk(root) for name in folders + files]
    return {path: (at.st_mode, at.st_uid, at.st_mtime_ns) for path, at in ((path, os.lstat(path)) for path in paths)}


@pytest.mark.parametrize("make, says", [row[1:] for row in REFUSED if row[0] != "an expired one"],
                         ids=[row[0] for row in REFUSED if row[0] != "an expired one"])
def test_nothing_is_put_right_by_what_nobody_signed(root, altered, manifest, sign, make, says):
    for folder in ("", "wheels", "apps/shop"):
        os.chmod(os.path.join(root, folder), 0o777)
    os.chmod(os.path.join(root, "lock"), 0o666)
    before = everything(root)
    for signatures in ({altered.release: make(sign, manifest)}, None):
        with pytest.raises(WheelhouseError, match=says if signatures else "is not signed"):
            altered(signatures=signatures)
    assert altered.stream.tell() == 0  # nothing was received
    assert everything(root) == before
    assert altered(signatures={altered.release: sign(manifest)})["changed"]
    assert audit(root, "shop", [manifest], look_for_tools=False)["findings"] == []


def test_what_lies_there_is_put_right_though_its_signature_is_old(root, altered, manifest, sign, deploy, monkeypatch):
    deploy("2.0", NOW)
    monkeypatch.setattr(time, "time", lambda: NOW + 9999)
    assert altered(signatures={altered.release: sign(manifest, NOW - 99, NOW + 999)})["changed"]


def test_a_release_that_only_the_host_knows_is_put_right_by_the_signature_that_was_kept(root, altered, manifest):
    kept = os.path.join(Layout(root).signatures("shop"), altered.release)
    os.rename(kept, kept + ".away")
    os.chmod(root, 0o777)
    before = everything(root)
    with pytest.raises(WheelhouseError, match="is not signed"):
        altered(manifests=())
    assert everything(root) == before
    os.rename(kept + ".away", kept)
    assert altered(manifests=())["changed"]


def test_what_is_right_needs_no_signature_to_put_right_what_is_not(root, staged, deploy, allowed):
    staged("0.9")
    release = deploy("1.0", NOW)
    path = os.path.join(Layout(root).release("shop", release), "bin", "extra")
    open(path, "w", encoding="utf-8").close()
    assert repair(root, "shop", allowed_signers=allowed)["repaired"][0]["path"] == path


def test_what_is_no_signature_of_ours_is_not_removed(root, store, manifest, allowed, sign):
    stage(root, "shop", manifest, stream=store.tar(manifest))
    folder = Layout(root).signatures("shop")
    os.makedirs(folder)
    for name in ("notes", "0" * 16, "1" * 16 + ".bak"):
        open(os.path.join(folder, name), "w").close()
    activate(root, "shop", manifest_id(manifest), allowed_signers=allowed, signature=sign(manifest))
    assert sorted(os.listdir(folder)) == sorted([manifest_id(manifest), "notes", "1" * 16 + ".bak"])


def test_a_folder_of_signatures_that_leads_elsewhere(root, store, manifest, allowed, sign, tmp_path):
    stage(root, "shop", manifest, stream=store.tar(manifest))
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / ("0" * 16)).write_text("")
    os.symlink(str(tmp_path / "elsewhere"), Layout(root).signatures("shop"))
    with pytest.raises(WheelhouseError, match="signatures is a symbolic link"):
        activate(root, "shop", manifest_id(manifest), allowed_signers=allowed, signature=sign(manifest))
    assert os.listdir(str(tmp_path / "elsewhere")) == ["0" * 16] and Layout(root).current_release("shop") is None
