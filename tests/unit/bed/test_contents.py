# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import dataclasses
import io
import tarfile

import pytest

from tests.bed import access, contents, definition, machine

BED = definition.load()


@pytest.fixture(autouse=True)
def keys(monkeypatch):
    monkeypatch.setattr(access, "host_key", lambda host: (b"private of " + host.name.encode(), b"public"))
    monkeypatch.setattr(access, "login_key", lambda: b"login")
    monkeypatch.setattr(machine, "apt_sources", lambda suite: [f"deb mirror {suite} main"])
    monkeypatch.setattr(machine, "apt_options", lambda: [])
    monkeypatch.setattr(machine, "certificates", lambda: b"PEM")


def members(host):
    with tarfile.open(fileobj=io.BytesIO(contents.tar(host))) as archive:
        return {member.name: (member, archive.extractfile(member).read() if member.isfile() else b"") for member in archive}


def test_keys_are_private():
    found = members(BED.hosts["web01"])
    member, content = found["etc/ssh/ssh_host_ed25519_key"]
    assert (member.mode, member.uid, content) == (0o600, 0, b"private of web01")
    member, content = found["home/deploy/.ssh/authorized_keys"]
    assert (member.mode, member.uid, content) == (0o600, contents.DEPLOY, b"login")


def test_only_hosts_with_a_way_out_get_a_mirror_and_certificates():
    taken_over = {"etc/apt/sources.list", "etc/apt/apt.conf.d/50machine", "etc/ssl/certs/ca-certificates.crt"}
    assert taken_over <= set(members(BED.hosts["build01"]))
    assert not taken_over & set(members(BED.hosts["web01"]))


def test_files_are_laid_over_the_root():
    found = members(BED.hosts["web01"])
    assert b"gunicorn" in found["etc/systemd/system/shop.service"][1]
    member, _content = found["etc/systemd/system/multi-user.target.wants/shop.service"]
    assert member.issym() and member.linkname == "../shop.service"


def test_the_same_files_make_the_same_tar(tmp_path):
    host = BED.hosts["web01"]
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/motd").write_text("hello\n")
    host = dataclasses.replace(host, files=str(tmp_path))
    first = contents.tar(host)
    (tmp_path / "etc/motd").touch()
    assert contents.tar(host) == first


def test_nothing_follows_the_end_mark():
    data = contents.tar(BED.hosts["web01"])
    assert data.endswith(bytes(1024)) and any(data[-1536:-1024])
