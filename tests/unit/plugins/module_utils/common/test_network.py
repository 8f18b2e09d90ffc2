# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.network import make_opener, spell_out

ALL_CA = dict.fromkeys(["SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO", "CARGO_HTTP_CAINFO"], "/ca")


@pytest.mark.parametrize("given, expected", [
    ({}, {}), ({"OTHER": 1}, {"OTHER": "1"}),
    ({"REQUESTS_CA_BUNDLE": "/ca"}, ALL_CA), ({"SSL_CERT_FILE": "/ca", "PIP_CERT": "/b"}, dict(ALL_CA, PIP_CERT="/b")),
    ({"https_proxy": "p"}, {"HTTPS_PROXY": "p", "https_proxy": "p"}), ({"HTTPS_PROXY": ""}, {"HTTPS_PROXY": ""}), ({"https_proxy": None}, {}),
])
def test_what_was_said_once_is_said_to_all(given, expected):
    assert spell_out(given) == expected
    assert spell_out(expected) == expected


@pytest.mark.parametrize("environment, url, proxy", [
    ({}, "http://a.example/", None),
    ({"http_proxy": "http://p:1"}, "http://a.example/", "http://p:1"), ({"http_proxy": "http://p:1"}, "https://a.example/", None),
    ({"all_proxy": "http://p:1"}, "https://a.example/", "http://p:1"), ({"all_proxy": "http://p:1", "https_proxy": "http://q:1"}, "https://a/", "http://q:1"),
    ({"http_proxy": "http://p:1", "no_proxy": ".example"}, "http://user:word@a.example/", None),
])
def test_proxies(environment, url, proxy, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://of-this-process:1")  # not what the user said of the host
    opener = make_opener(spell_out(environment))(url)
    used = [handler.proxies for handler in opener.handlers if hasattr(handler, "proxies")]
    assert (used[0].get(url.partition(":")[0]) if used else None) == proxy


def test_a_bundle_that_is_not_there():
    with pytest.raises(OSError):
        make_opener({"SSL_CERT_FILE": "/nowhere"})
