# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Releases that are signed where the wheelhouse is, and a host that takes no others; each test where the one before it left off."""
import json
import shutil
import subprocess

import pytest

from tests.testinfra.hosts import everything_in, on
from tests.testinfra.playing import SCRATCH, play, requirements

ROOT = "/opt/wheelhouse-test"
ALLOWED = "/etc/wheelhouse-test-signers"
FOLDER = SCRATCH / "deploy/sealed"
RELEASES = SCRATCH / "deploy/wheelhouse/releases/sealed"
WEB = on("web01")


def run(playbook="deploy", *options, key="ours", **variables):
    """Run a playbook for the app, signing with a key and with the host's list of keys."""
    signing = {"fetch_sign_key": str(FOLDER / key) if key else "", "deploy_allowed_signers": ALLOWED}
    return play("deploy", playbook, *([] if playbook == "fetch" else ["--limit", "build01,web01"]), *options, wheelhouse_app="sealed",
                wheelhouse_requirements=str(FOLDER / "requirements.in"), deploy_services=[], deploy_health="", **{**signing, **variables})


def current():
    return WEB.run(f"basename $(readlink {ROOT}/apps/sealed/current)").stdout.strip()


@pytest.fixture(scope="module", autouse=True)
def keys():
    """Two keys on the controller; the host knows one of them."""
    requirements("deploy", "sealed", "greeting==1.0")
    for name, phrase in (("ours", ""), ("theirs", ""), ("locked", "secret")):
        (FOLDER / name).unlink(missing_ok=True)
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", phrase, "-f", FOLDER / name], check=True)
    public = " ".join((FOLDER / "ours.pub").read_text(encoding="utf-8").split()[:2])
    WEB.check_output("printf %s > " + ALLOWED, f"sealed,other {public}\\n")
    WEB.check_output(f"chmod 644 {ALLOWED}")
    yield
    WEB.run(f"rm -rf {ALLOWED} {ROOT}/apps/sealed")


@pytest.fixture(name="untouched")
def fixture_untouched():
    before = everything_in(WEB, f"{ROOT}/apps/sealed")
    yield
    assert everything_in(WEB, f"{ROOT}/apps/sealed") == before


def test_nothing_unsigned_comes(untouched):
    run(key="").failed("of sealed is not signed", "fetch_sign_key")
    run("deploy", "--check", key="").failed("of sealed is not signed")


def test_a_key_with_a_passphrase_is_no_prompt(untouched):
    run("fetch", key="locked").failed("wants a passphrase, and nobody is asked for one", "ssh-add")


def test_an_unknown_key(untouched):
    run(key="theirs").failed("is signed by the unknown key SHA256:", ALLOWED)


def test_the_key_of_the_host():
    assert run().succeeded().recap["web01"]["changed"] == 1
    assert WEB.check_output(f"{ROOT}/apps/sealed/current/bin/greeting") == "greeting 1.0"
    assert WEB.check_output(f"ls {ROOT}/apps/sealed/signatures") == current()
    assert run().succeeded().changed == 0


def test_a_signature_that_was_altered(untouched):
    path = RELEASES / f"{current()}.json.sig"
    whole = path.read_text(encoding="utf-8")
    statement = json.loads(whole.split("\n", 1)[0])
    path.write_text(whole.replace(str(statement["serial"]), str(statement["serial"] + 1), 1), encoding="utf-8")
    run("deploy", "--tags", "deploy").failed("is wrong: the statement was altered, or the signature")
    path.write_text(whole, encoding="utf-8")


def test_an_older_release_must_be_asked_for():
    old = current()
    shutil.copy(FOLDER / "pylock.toml", FOLDER / "old.toml")
    requirements("deploy", "sealed", "greeting==2.0")
    run().succeeded()
    new = current()
    assert new != old
    requirements("deploy", "sealed", "greeting==1.0")
    shutil.copy(FOLDER / "old.toml", FOLDER / "pylock.toml")
    run("deploy", "--tags", "deploy").failed(f"the release {old} was signed at", f"before {new}, which this host accepted last", "wheelhouse_release=")
    assert current() == new
    run("deploy", "--tags", "deploy", wheelhouse_release=old).succeeded()
    assert current() == old
    run("rollback", wheelhouse_release=new).succeeded()
    assert current() == new
    run().succeeded()  # the whole road signs anew what is wanted now
    assert current() == old


def test_back_to_a_signed_release_only():
    kept = WEB.check_output(f"cat {ROOT}/apps/sealed/signatures/{current()}")
    before = current()
    run("rollback").succeeded()
    WEB.check_output(f"rm {ROOT}/apps/sealed/signatures/{before}")  # as if it had come before there were signatures
    run("rollback", wheelhouse_release=before).failed(f"{before} of sealed came to this host without a signature", f"wheelhouse_release={before}")
    assert current() != before and kept
    run("deploy", "--tags", "deploy", wheelhouse_release=before).succeeded()
    assert current() == before


def test_an_audit_looks_at_signatures():
    run("audit", deploy_audit_tools=False).succeeded()
    kept = f"{ROOT}/apps/sealed/signatures/{current()}"
    WEB.check_output(f"cp {kept} /root/kept && sed -i '1s/\"expires\":null/\"expires\":1/' {kept}")
    try:
        run("audit", deploy_audit_tools=False).failed("signature: ", current(), "the statement was altered, or the signature")
        WEB.check_output(f"rm {kept}")
        run("audit", deploy_audit_tools=False).failed("signature: ", current(), "came to this host without a signature")
        run("audit", deploy_audit_tools=False, deploy_allowed_signers="").succeeded()
    finally:
        WEB.check_output(f"cp /root/kept {kept}; rm /root/kept")
    run("audit", deploy_audit_tools=False).succeeded()


def test_a_list_of_keys_that_is_not_there(untouched):
    run("deploy", "--tags", "deploy", wheelhouse_release=next(path.stem for path in RELEASES.glob("*.json") if path.stem != current()),
        deploy_allowed_signers="/etc/nowhere").failed("the list of allowed signers cannot be read", "/etc/nowhere")
