# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder.network import index_credentials, normalise_environment
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError

ALL_CA = dict.fromkeys(["SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO", "CARGO_HTTP_CAINFO"], "/ca")


@pytest.mark.parametrize("given, expected", [
    ({}, {}),
    ({"OTHER": 1}, {"OTHER": "1"}),
    ({"SSL_CERT_FILE": "/ca"}, ALL_CA), ({"PIP_CERT": "/ca"}, ALL_CA),
    ({"SSL_CERT_FILE": "/ca", "PIP_CERT": "/b"}, {**ALL_CA, "PIP_CERT": "/b"}),
    ({"PIP_INDEX_URL": "u"}, {"PIP_INDEX_URL": "u", "UV_DEFAULT_INDEX": "u"}),
    ({"UV_INDEX_URL": "u"}, {"PIP_INDEX_URL": "u", "UV_DEFAULT_INDEX": "u"}),
    ({"UV_DEFAULT_INDEX": "u", "PIP_INDEX_URL": "p"}, {"UV_DEFAULT_INDEX": "u", "PIP_INDEX_URL": "p"}),
    ({"PIP_EXTRA_INDEX_URL": "a b"}, {"PIP_EXTRA_INDEX_URL": "a b", "UV_INDEX": "a b"}),
    ({"UV_INDEX": "us=https://a https://b?c=d"},
     {"UV_INDEX": "us=https://a https://b?c=d", "PIP_EXTRA_INDEX_URL": "https://a https://b?c=d"}),
    ({"HTTPS_PROXY": "p"}, {"HTTPS_PROXY": "p", "https_proxy": "p"}), ({"no_proxy": "h"}, {"NO_PROXY": "h", "no_proxy": "h"}),
])
def test_what_was_said_once_is_said_to_all(given, expected):
    assert normalise_environment(given) == expected
    assert normalise_environment(expected) == expected


@pytest.mark.parametrize("name, value", [
    ("UV_DEFAULT_INDEX", "u:s3cret@a.example/simple"), ("PIP_INDEX_URL", "//u:s3cret@a.example/simple"),
    ("UV_INDEX", "https://a.example/simple us=u:s3cret@b.example/simple"),
])
def test_an_index_without_a_scheme_is_refused_and_not_repeated(name, value):
    with pytest.raises(WheelhouseError, match=name + " has credentials in what is no URL") as caught:
        normalise_environment({name: value})
    assert "s3cret" not in str(caught.value)


def test_credentials_of_the_indexes():
    found = index_credentials({"UV_DEFAULT_INDEX": "https://user:p%40ss@a.example/simple",
                               "UV_INDEX": "us=https://token@b.example:8443/ https://c.example/"})
    assert found == {"a.example": ("user", "p@ss"), "b.example:8443": ("token", "")}
