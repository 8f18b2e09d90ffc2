# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import pytest

from tests.bed import machine
from tests.bed.definition import BedError

TARGETS = """\
Debian|Debian|http://mirror.example.org/debian/
Debian|Debian|http://mirror.example.org/debian/
Debian|Debian-Security|http://mirror.example.org/security/
Somebody|Tools|http://tools.example.org/
"""
CONFIGURATION = """\
Acquire::cdrom::mount "/media/cdrom/";
Acquire::http::Proxy "http://proxy.example.org:3128";
Acquire::https::Proxy::other.example.org "DIRECT";
Acquire::Check-Valid-Until "false";
APT::Architecture "amd64";
"""


def answer(monkeypatch, text):
    monkeypatch.setattr(machine, "_output", lambda *command: text)


@pytest.mark.parametrize("suite", ["bookworm", "trixie"])
def test_the_mirrors_are_the_machines_own(monkeypatch, suite):
    answer(monkeypatch, TARGETS)
    assert machine.apt_sources(suite) == [
        f"deb http://mirror.example.org/debian/ {suite} main",
        f"deb http://mirror.example.org/debian/ {suite}-updates main",
        f"deb http://mirror.example.org/security/ {suite}-security main",
    ]


def test_a_machine_without_a_mirror_is_told(monkeypatch):
    answer(monkeypatch, "Somebody|Tools|http://tools.example.org/\n")
    with pytest.raises(BedError, match="apt-get update"):
        machine.apt_sources("bookworm")


def test_proxies_and_leniency_are_taken_over(monkeypatch):
    for variable in ("http_proxy", "https_proxy"):
        monkeypatch.delenv(variable, raising=False)
    answer(monkeypatch, CONFIGURATION)
    assert machine.apt_options() == CONFIGURATION.splitlines()[1:4]


def test_a_proxy_of_the_environment_is_taken_over(monkeypatch):
    monkeypatch.setenv("http_proxy", "http://proxy.example.org:8080")
    monkeypatch.delenv("https_proxy", raising=False)
    answer(monkeypatch, "")
    assert machine.apt_options() == ['Acquire::http::Proxy "http://proxy.example.org:8080";']


def test_certificates_are_those_that_the_environment_names(monkeypatch, tmp_path):
    (tmp_path / "ca.pem").write_bytes(b"PEM")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    assert machine.certificates() == b"PEM"
