# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.address import bare, check_address, check_addresses, shown, without_credentials
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError

# addresses, their credentials not %-escaped: what is shown, and whether it is known to be wrong where an index, and a proxy, is wanted
LOOSE = [
    ("https://deploy:s3#cret@host/", "https://host/", True, True),
    ("https://deploy:s3?cret@host/", "https://host/", True, True),
    ("https://deploy:s3/cret@host/", "https://host/", True, True),
    ("https://deploy:s3:c/r@et#@host/", "https://host/", True, True),
    ("https://s3#cret@host/", "https://host/", True, True),
    ("https://deploy:34#cret@host/", "https://host/", True, True),
    ("https://deploy:s3'cret@host/", "https://host/", True, True),
    ("https://deploy:s3 cret@host/", "https://host/", True, True),
    ("http:/deploy:s3cret@host:3128", "http:/host:3128", True, True),
    ("http:deploy:s3cret@host:3128", "host:3128", True, True),
    ("http:///deploy:s3cret@host:3128", "http:///host:3128", True, True),
    ("https://deploy:s3cret@host:80x/", "https://host:80x/", True, True),
    ("https://files.example.org/@team/p@1.0/x.whl", "https://files.example.org/@team/p@1.0/x.whl", False, False),  # a path
    ("deploy:s3/cret@host:3128", "host:3128", False, True),
]
# the same of those that could as well have an @ in their path, so that a text, as that of a tool, keeps them
UNCLEAR = [
    ("https://deploy:34/cret@host/", "https://host/", True, True),
    ("https://ann.deploy:34/cret@files.example.org/simple", "https://files.example.org/simple", True, True),
    ("https://deploy:p@s3/cret@files.example.org/simple", "https://files.example.org/simple", True, True),
    ("https://s3/cret@host/", "https://host/", True, True),
    ("https://files.example.org/deploy?s3@host/", "https://host/", True, True),
    ("http://corp.example.com/ann:s3cret@proxy.example.com:8080", "http://proxy.example.com:8080", True, True),
]
SOUND = [
    ("https://host/", "https://host/"), ("https://host:8443/a/", "https://host:8443/a/"), ("http://[::1]:80", "http://[::1]:80"),
    ("https://deploy:s3cret@host/", "https://host/"), ("https://deploy:s3%2Fcret@host:1/x", "https://host:1/x"), ("socks5://s3cret@host", "socks5://host"),
    ("https://deploy:s3@cret@host/", "https://host/"), ("https://deploy:s3cret@[::1]:80/", "https://[::1]:80/"), ("https://host/?x#y", "https://host/?x#y"),
    ("host:3128", "host:3128"), ("deploy:s3cret@host:3128", "host:3128"), ("", ""),
]


@pytest.mark.parametrize("address, expected", [row[:2] for row in LOOSE + UNCLEAR] + SOUND)
def test_nothing_secret_is_shown(address, expected):
    assert shown(address) == expected


@pytest.mark.parametrize("address", [row[0] for row in LOOSE if "://" in row[0] and row[2] and not set(row[0]) & set("' x")]
                         + [row[0] for row in SOUND if "://" in row[0]])
def test_nothing_secret_is_shown_within_a_text(address):
    assert without_credentials("({0}) and '{0}' failed".format(address)) == "({0}) and '{0}' failed".format(shown(address))


@pytest.mark.parametrize("text, expected", [
    ("https://user:pass@host/x", "https://host/x"), ("see http://token@h and ftp://a:b@c", "see http://h and ftp://c"),
    ("https://host/a@b", "https://host/a@b"), ("https://host:80/a@b?c@d", "https://host:80/a@b?c@d"), ("https://user:p@ss@host/x", "https://host/x"),
    ("'http://u:p@h'", "'http://h'"), ("http:/u:p@h", "http:/h"), ("https:u:p@h", "https:h"),
    ("me@example.org", "me@example.org"), ("http: me@example.org", "http: me@example.org"),
    ("file:///a@b", "file:///a@b"), ("https://[::1]:80/a@b", "https://[::1]:80/a@b"),
])
def test_credentials_are_taken_out(text, expected):
    assert without_credentials(text) == expected


@pytest.mark.parametrize("address, _shown, as_index, as_proxy", LOOSE + UNCLEAR)
def test_what_can_be_misread_is_refused_and_not_repeated(address, _shown, as_index, as_proxy):
    for check, refused in ((check_addresses, as_index), (check_address, as_proxy)):
        try:
            check("HTTPS_PROXY", address)
        except WheelhouseError as error:
            assert refused and error.message.startswith("HTTPS_PROXY has") and "%2F" in error.hint
            assert not [part for part in ("deploy", "s3", "34", "cret") if part in str(error)]
        else:
            assert not refused


@pytest.mark.parametrize("url", ["https://nexus.example.org:8081/repo/feed@Local/x.whl", "https://nexus/repo/feed@Local/x.whl",
                                 "https://nexus.example.org:8443/@scope/x.tar.gz", "https://files.example.org/x.whl?sig=a@b"])
def test_addresses_that_an_index_gave(url):
    """They are in locks, which nobody writes by hand."""
    check_addresses("its URL", url, given=True)
    with pytest.raises(WheelhouseError):
        check_addresses("its URL", "https://deploy:s3/cret@host/", given=True)


@pytest.mark.parametrize("address", [address for address, _shown in SOUND if address])
def test_what_can_be_used(address):
    check_address("x", address)
    check_addresses("x", "name={0} https://u:p@other.example/feed@Local/simple https://third.example:80,https://fourth.example".format(address))


def test_a_port_that_can_not_be():
    with pytest.raises(WheelhouseError, match="a port that is no number"):
        check_address("x", "http://host:99999/")


@pytest.mark.parametrize("url, expected", [("https://u:p@h:1/a@b?c@d", "https://h:1/a@b?c@d"), ("https://h/a@b", "https://h/a@b")])
def test_what_is_asked_for_keeps_its_path(url, expected):
    assert bare(url) == expected
