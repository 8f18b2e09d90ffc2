# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
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


@pytest.mark.parametrize("name, value", [
    ("https_proxy", "http:/u:s3/cret@proxy:3128"), ("ALL_PROXY", "u:s3/cret@proxy:3128"), ("HTTP_PROXY", "http://u:34/cret@proxy:3128"),
    ("UV_DEFAULT_INDEX", "https://u:34/cret@a.example/simple"),
    ("UV_DEFAULT_INDEX", "https://u:s3/cret@a.example/simple"), ("PIP_INDEX_URL", "https://u:s3#cret@a.example/simple"),
    ("UV_INDEX", "https://a.example/simple us=https://u:s3?cret@b.example/simple"), ("UV_INDEX", "https://u:s3 cret@a.example/simple"),
    ("UV_FIND_LINKS", "https://a.example:80,https://u:s3/cret@b.example"),
    ("GIT_CONFIG_KEY_0", "url.https://u:s3/cret@a.example/.insteadOf"), ("GIT_CONFIG_VALUE_0", "https://u:s3/cret@a.example/"),
])
def test_what_could_be_misread_is_refused_and_not_repeated(name, value):
    with pytest.raises(WheelhouseError, match=name + " has a port that is no number, or credentials that are not %-escaped") as caught:
        spell_out({name: value})
    assert not [part for part in ("s3", "34", "cret") if part in str(caught.value)]


@pytest.mark.parametrize("name, value", [
    ("https_proxy", "http://u:s3%2Fcret@proxy:3128/"), ("NO_PROXY", "a.example:80,.b.example,127.0.0.0/8"), ("UV_FIND_LINKS", "https://a.example:80,https://b"),
    ("UV_INDEX", "views=https://u:p@a.example/feed@Local/simple/ https://b.example:8443/?c=d"), ("GIT_CONFIG_KEY_0", "url.https://a.example:8443.insteadOf"),
    ("GOPROXY", "http://a.example:3000,direct"), ("X", "https://a.example:80;https://b.example:80"), ("X", '{"u":"https://h.example:8443"}'),
    ("GIT_CONFIG_VALUE_0", "Authorization: Basic a@b:c/d"), ("GIT_CONFIG_KEY_0", "http.https://*.example/.extraHeader"),
])
def test_what_is_said_of_the_network_is_taken(name, value):
    assert spell_out({name: value})[name] == value


def test_a_bundle_that_is_not_there():
    with pytest.raises(OSError):
        make_opener({"SSL_CERT_FILE": "/nowhere"})
