# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import json
import shutil
import subprocess
import sys

import pytest
from hypothesis import given, strategies as st

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common import signature as module
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.manifest import manifest_id

MANIFEST = {"schema": 1, "app": "shop", "lock": "0" * 64, "project": None, "platform": {"python": "3.11"}, "wheels": [], "options": {}}


@pytest.fixture(scope="module", name="key")
def fixture_key(tmp_path_factory):
    path = tmp_path_factory.mktemp("keys") / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "alice", "-f", str(path)], check=True)
    return str(path)


def signed(key, statement, namespace=module.NAMESPACE):
    ran = subprocess.run(["ssh-keygen", "-Y", "sign", "-q", "-f", key, "-n", namespace], input=statement, stdout=subprocess.PIPE,
                         stderr=subprocess.DEVNULL, check=True)
    return (statement + ran.stdout).decode()


def test_what_is_signed_is_read(key):
    found = module.read(signed(key, module.state(MANIFEST, 7, None)))
    assert (found.app, found.release, found.serial, found.expires, found.namespace) == ("shop", manifest_id(MANIFEST), 7, None, module.NAMESPACE)
    shown = subprocess.run(["ssh-keygen", "-l", "-f", key], stdout=subprocess.PIPE, check=True).stdout.decode()
    assert found.key in shown
    with open(key + ".pub", encoding="utf-8") as stream:
        assert found.blob == stream.read().split()[1]
    module.check_statement(found, MANIFEST)
    module.check_signature(found)
    module.check_expiry(found)


def test_stock_tools_check_it_without_us(key, tmp_path):
    (tmp_path / "x.sig").write_text(signed(key, module.state(MANIFEST, 7, None)))
    with open(key + ".pub", encoding="utf-8") as stream:
        (tmp_path / "allowed").write_text("shop " + stream.read())
    subprocess.run("tail -n +2 x.sig > armor && head -n 1 x.sig | ssh-keygen -Y verify -f allowed -I shop -n nogcc.wheelhouse -s armor",
                   shell=True, cwd=str(tmp_path), check=True, stdout=subprocess.DEVNULL)


@pytest.mark.parametrize("change", [{"app": "blog"}, {"lock": "1" * 64}, {"wheels": [{}]}])
def test_another_manifest(key, change):
    found = module.read(signed(key, module.state(MANIFEST, 7, None)))
    with pytest.raises(WheelhouseError, match="is not the one that was signed|is a release of the app shop"):
        module.check_statement(found, dict(MANIFEST, **change))


def test_another_namespace(key):
    found = module.read(signed(key, module.state(MANIFEST, 7, None), "file"))
    with pytest.raises(WheelhouseError, match="signed for the namespace 'file'"):
        module.check_statement(found, MANIFEST)
    with pytest.raises(WheelhouseError, match="is wrong"):
        module.check_signature(found)


def test_another_statement(key):
    armor = signed(key, module.state(MANIFEST, 7, None)).split("\n", 1)[1]
    found = module.read(module.state(MANIFEST, 8, None).decode() + armor)
    module.check_statement(found, MANIFEST)
    with pytest.raises(WheelhouseError, match="is wrong"):
        module.check_signature(found)


def test_expiry(key):
    found = module.read(signed(key, module.state(MANIFEST, 7, 1000)))
    module.check_expiry(found, 999)
    with pytest.raises(WheelhouseError, match="expired at 1970-01-01 00:16:40 UTC"):
        module.check_expiry(found, 1001)


CHANGES = [("schema", 2), ("app", "../x"), ("release", "x"), ("manifest", "0"), ("serial", -1), ("serial", True), ("serial", "1"), ("serial", 1 << 60),
           ("expires", "never"), ("expires", 1.5), ("serial", None)]


@pytest.mark.parametrize("name, value", CHANGES)
def test_a_statement_of_another_form(key, name, value):
    statement = json.loads(module.state(MANIFEST, 7, None))
    text = signed(key, json.dumps(dict(statement, **{name: value}), sort_keys=True, separators=(",", ":")).encode() + b"\n")
    with pytest.raises(WheelhouseError):
        module.read(text)


@pytest.mark.parametrize("text", [None, "", "x", "{}\n", "x\n" * 20000, '{"a":NaN}\n', "[" * 9000 + "\n"])
def test_no_signature_at_all(text):
    with pytest.raises(WheelhouseError, match="is damaged"):
        module.read(text)


def test_a_damaged_armor(key):
    text = signed(key, module.state(MANIFEST, 7, None))
    for bad in (text[:-40], text.replace("U1NIU0lH", "U1NIU0lI"), text.replace("\nU1", "\n*1"), text + "more", text.replace("BEGIN", "BEGUN"),
                text.split("\n")[0] + "\n-----BEGIN SSH SIGNATURE-----\nU1NIU0lHAAAAAf////8=\n-----END SSH SIGNATURE-----\n"):
        with pytest.raises(WheelhouseError, match="is damaged"):
            module.read(bad)


@given(st.text(), st.binary(max_size=60))
def test_any_text_is_a_signature_or_an_error(text, data):
    import base64
    armor = "-----BEGIN SSH SIGNATURE-----\n{0}\n-----END SSH SIGNATURE-----\n".format(base64.b64encode(b"SSHSIG\0\0\0\1" + data).decode())
    for whole in (text, module.state(MANIFEST, 1, None).decode() + text, module.state(MANIFEST, 1, None).decode() + armor):
        try:
            module.read(whole)
        except WheelhouseError:
            pass


def test_a_host_without_ssh_keygen(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda *_arguments, **_more: None)
    with pytest.raises(WheelhouseError, match="there is no ssh-keygen here") as caught:
        module.ssh_keygen(["-Y", "verify"])
    assert "openssh-client" in caught.value.hint


def fake(tmp_path, monkeypatch, text):
    (tmp_path / "ssh-keygen").write_text("#!{0}\n{1}\n".format(sys.executable, text))
    (tmp_path / "ssh-keygen").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))


def test_an_old_ssh_keygen(tmp_path, monkeypatch):
    fake(tmp_path, monkeypatch, "import sys\nsys.stderr.write('unknown option -- Y')\nsys.exit(1)")
    with pytest.raises(WheelhouseError, match="older than OpenSSH 8.1"):
        module.ssh_keygen(["-Y", "verify"])


def test_an_ssh_keygen_that_waits(tmp_path, monkeypatch):
    fake(tmp_path, monkeypatch, "import time\ntime.sleep(60)")
    monkeypatch.setattr(module, "LIMIT", 0.2)
    with pytest.raises(WheelhouseError, match="gave no answer in 0.2 s"):
        module.ssh_keygen(["-Y", "sign"])
