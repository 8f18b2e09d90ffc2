# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import os
import re
import subprocess
import time

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common import signature as signatures
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.manifest import manifest_id
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils import signing
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.wheelhouse import Wheelhouse
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.plugin_utils.stored_wheels import PLATFORM, entry, manifest, path_in


@pytest.fixture(scope="module", name="keys")
def fixture_keys(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys")
    for name, phrase in (("plain", ""), ("other", ""), ("locked", "secret")):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", phrase, "-C", f"the {name} one", "-f", folder / name], check=True)
    return folder


@pytest.fixture(name="agent")
def fixture_agent(keys, monkeypatch, tmp_path):
    """An ssh-agent that has the key plain."""
    socket = tmp_path / "agent"
    ran = subprocess.run(["ssh-agent", "-a", socket], stdout=subprocess.PIPE, text=True, check=True)
    monkeypatch.setenv("SSH_AUTH_SOCK", str(socket))
    subprocess.run(["ssh-add", "-q", keys / "plain"], stdin=subprocess.DEVNULL, check=True)
    yield
    os.kill(int(re.search(r"SSH_AGENT_PID=(\d+)", ran.stdout)[1]), 15)


@pytest.fixture(name="house")
def fixture_house(tmp_path, monkeypatch):
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    return Wheelhouse(str(tmp_path / "wheelhouse"))


def release(house, version="1.0", **more):
    found = {**manifest(entry(house_path(house), "a", version)), **more}
    house.publish(found, found)
    return found


def house_path(house):
    import pathlib
    return pathlib.Path(house.where)


def path_of(house, found):
    return path_in(house, f"releases/shop/{manifest_id(found)}.json.sig")


def serial(house, found):
    with open(path_of(house, found), encoding="utf-8") as stream:
        return signatures.read(stream.read()).serial


def test_signed_once(house, keys):
    found = release(house)
    with pytest.raises(WheelhouseError, match=f"the release {manifest_id(found)} of shop is not signed"):
        signing.require_signature(house, found)
    assert signing.sign(house, [found], str(keys / "plain"), 0, dry=True) == [manifest_id(found)] and not os.path.exists(path_of(house, found))
    assert signing.sign(house, [found], str(keys / "plain"), 0) == [manifest_id(found)]
    assert signatures.read(signing.require_signature(house, found)).expires is None
    assert signing.sign(house, [found], str(keys / "plain"), 0) == []
    assert house.read_manifest("shop", manifest_id(found)) == found
    assert signing.sign(house, [], str(keys / "plain"), 0) == []


@pytest.mark.parametrize("days", [-1, 36501, 10 ** 12])
def test_days_that_no_signature_can_hold(house, keys, days):
    found = release(house)
    with pytest.raises(WheelhouseError, match=f"fetch_sign_days is {days}, ") as caught:
        signing.sign(house, [found], str(keys / "plain"), days)
    assert "at most 36500" in caught.value.hint and not os.path.exists(path_of(house, found))


def test_the_most_days_that_a_signature_can_hold(house, keys):
    found = release(house)
    signing.sign(house, [found], str(keys / "plain"), 36500)
    assert signatures.read(signing.require_signature(house, found)).expires == serial(house, found) + 36500 * signing.DAY
    assert signing.sign(house, [found], str(keys / "plain"), 36500) == []


def test_what_is_wanted_again_is_signed_again(house, keys):
    key = str(keys / "plain")
    old, new = release(house), release(house, "2.0")
    signing.sign(house, [old], key, 0)
    signing.sign(house, [new], key, 0)
    assert serial(house, new) > serial(house, old)
    assert signing.sign(house, [new], key, 0) == []
    assert signing.sign(house, [old], key, 0) == [manifest_id(old)]
    assert serial(house, old) > serial(house, new)
    other = release(house, "3.0", platform={**PLATFORM, "python": "3.13"})
    assert signing.sign(house, [other], key, 0) == [manifest_id(other)]
    assert signing.sign(house, [old, other], key, 0) == [] == signing.sign(house, [old], key, 0)


def test_another_libc_is_the_same_platform(house, keys):
    """As it is for the host, which must not take one that is wanted now for an old one."""
    key = str(keys / "plain")
    old, new = release(house), release(house, platform={**PLATFORM, "libc_version": "2.99"})
    signing.sign(house, [old], key, 0)
    signing.sign(house, [new], key, 0)
    assert serial(house, new) > serial(house, old)
    assert signing.sign(house, [old], key, 0) == [manifest_id(old)]
    assert signing.sign(house, [old, new], key, 0) == sorted([manifest_id(old), manifest_id(new)])
    assert serial(house, new) == serial(house, old)
    assert signing.sign(house, [old, new], key, 0) == signing.sign(house, [old], key, 0) == signing.sign(house, [new], key, 0) == []


def test_a_clock_that_went_back(house, keys, monkeypatch):
    old, new = release(house), release(house, "2.0")
    signing.sign(house, [old], str(keys / "plain"), 0)
    monkeypatch.setattr(time, "time", lambda: 5)
    signing.sign(house, [new], str(keys / "plain"), 0)
    assert serial(house, new) == serial(house, old) + 1


@pytest.mark.parametrize("damage", [b"", b"\xff\xfe", b"{}\nx", b"x" * 50000])
def test_a_damaged_signature_is_replaced(house, keys, damage):
    found = release(house)
    signing.sign(house, [found], str(keys / "plain"), 0)
    with open(path_of(house, found), "wb") as stream:
        stream.write(damage)
    with pytest.raises(WheelhouseError, match="is damaged"):
        signing.require_signature(house, found)
    assert signing.sign(house, [found], str(keys / "plain"), 0)
    signing.require_signature(house, found)


def test_another_key_another_time_another_statement(house, keys, monkeypatch):
    found = release(house)
    signing.sign(house, [found], str(keys / "plain"), 0)
    assert signing.sign(house, [found], str(keys / "other"), 0)
    assert signing.sign(house, [found], str(keys / "other"), 2)
    assert signing.sign(house, [found], str(keys / "other"), 2) == []
    signing.require_signature(house, found)
    late = time.time() + 3 * signing.DAY
    monkeypatch.setattr(time, "time", lambda: late)
    with pytest.raises(WheelhouseError, match="expired"):
        signing.require_signature(house, found)
    assert signing.sign(house, [found], str(keys / "other"), 2)
    with open(path_of(house, found), encoding="utf-8") as stream:
        text = stream.read()
    with open(path_of(house, found), "w", encoding="utf-8") as stream:
        stream.write(text.replace('"schema":1,"serial":', '"schema":1,"serial":9'))
    with pytest.raises(WheelhouseError, match="is wrong|is damaged"):
        signing.require_signature(house, found)
    assert signing.sign(house, [found], str(keys / "other"), 2)


def test_the_signature_of_another_manifest(house, keys):
    one, two = release(house), release(house, "2.0")
    signing.sign(house, [one], str(keys / "plain"), 0)
    os.rename(path_of(house, one), path_of(house, two))
    with pytest.raises(WheelhouseError, match="is not the one that was signed"):
        signing.require_signature(house, two)
    assert signing.sign(house, [two], str(keys / "plain"), 0)


def test_a_key_with_a_passphrase_fails_at_once(house, keys):
    found = release(house)
    started = time.monotonic()
    with pytest.raises(WheelhouseError, match="wants a passphrase, and nobody is asked") as caught:
        signing.sign(house, [found], str(keys / "locked"), 0)
    assert "ssh-add" in caught.value.hint and time.monotonic() - started < 10
    assert not os.path.exists(path_of(house, found))


@pytest.mark.parametrize("name", ["the plain one", "path", "fingerprint"])
def test_a_key_in_the_agent(house, keys, agent, monkeypatch, name, tmp_path):
    monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "agent"))
    public = tmp_path / "only.pub"
    public.write_text((keys / "plain.pub").read_text())
    shown = subprocess.run(["ssh-keygen", "-l", "-f", public], stdout=subprocess.PIPE, text=True, check=True).stdout
    key = {"path": str(public), "fingerprint": shown.split()[1]}.get(name, name)
    found = release(house)
    assert signing.sign(house, [found], key, 0) == [manifest_id(found)]
    assert signatures.read(signing.require_signature(house, found)).key == shown.split()[1]
    assert signing.sign(house, [found], key, 0) == []


@pytest.mark.parametrize("key", ["/nowhere/key", "no such comment"])
def test_no_such_key(house, key):
    with pytest.raises(WheelhouseError, match="neither a file nor a key in the ssh-agent"):
        signing.sign(house, [release(house)], key, 0)


def test_a_file_that_is_no_key(house, tmp_path):
    (tmp_path / "key").write_text("hello")
    with pytest.raises(WheelhouseError, match="is not an SSH key"):
        signing.sign(house, [release(house)], str(tmp_path / "key"), 0)


def test_a_key_that_others_may_read(house, keys, tmp_path):
    (tmp_path / "key").write_text((keys / "plain").read_text())
    (tmp_path / "key").chmod(0o644)
    with pytest.raises(WheelhouseError, match="failed") as caught:
        signing.sign(house, [release(house)], str(tmp_path / "key"), 0)
    assert "UNPROTECTED" in caught.value.log or "bad permissions" in caught.value.log
