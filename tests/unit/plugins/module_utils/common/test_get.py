# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import datetime
import hashlib
import ipaddress
import os
import socket
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common import get
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.network import make_opener
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.module_utils.common.web_server import WebServer, part_of, send, silence, status

DATA = bytes(range(256)) * 20
SHA256 = hashlib.sha256(DATA).hexdigest()


@pytest.fixture(name="web")
def fixture_web(tmp_path):
    (tmp_path / "served").mkdir()
    (tmp_path / "served" / "file").write_bytes(DATA)
    web = WebServer(tmp_path / "served")
    yield web
    web.close()


@pytest.fixture(name="part")
def fixture_part(tmp_path):
    return str(tmp_path / "file.part")


def getter(environment=None):
    return get.Getter(make_opener(environment or {}), "hint for {0}".format, pause=0.01)


def bring(web, part, *answers, url=None, data=DATA):
    """GET the file, with these answers first; return the ranges that were asked for."""
    web.answers["/file"] = list(answers)
    getter().get(url or web.url + "/file", part, hashlib.sha256(data).hexdigest(), len(data))
    with open(part, "rb") as stream:
        assert stream.read() == data
    return [headers.get("Range") for _path, headers in web.requests]


@pytest.mark.parametrize("answers, ranges", [
    ((), [None]),
    ((status(500), status(429, Retry_After="0")), [None] * 3),
    ((status(503, Retry_After="\u00b2"), status(503, Retry_After="9" * 5000)), [None] * 3),
    ((silence,), [None] * 2),
    ((part_of(DATA, 1000),), [None, "bytes=1000-"]),
    ((part_of(DATA, 0), part_of(DATA, 1)), [None, None, "bytes=1-"]),
    ((part_of(DATA, 1000), status(502), silence), [None] + ["bytes=1000-"] * 3),
])
def test_it_goes_on_where_it_broke_off(web, part, answers, ranges):
    assert bring(web, part, *answers) == ranges


@pytest.mark.parametrize("left, ranges", [
    (DATA[:3000], ["bytes=3000-"]), (DATA, []), (b"wrong", ["bytes=5-", None]), (DATA + b"more", [None]), (b"x" * len(DATA), [None]),
])
def test_what_an_earlier_run_left_is_used_or_thrown_away(web, part, left, ranges):
    with open(part, "wb") as stream:
        stream.write(left)
    assert bring(web, part) == ranges


def test_a_server_without_ranges_begins_anew(web, part):
    assert bring(web, part, part_of(DATA, 1000), lambda handler: send(handler, 200, DATA)) == [None, "bytes=1000-"]


def test_a_server_that_tells_no_length(web, part):
    def cut(handler):
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(DATA[:700])
    assert bring(web, part, cut) == [None, "bytes=700-"]


def test_an_empty_file(web, part, tmp_path):
    (tmp_path / "served" / "empty").write_bytes(b"")
    assert bring(web, part, url=web.url + "/empty", data=b"") == [None]


@pytest.mark.parametrize("answers, said, hint", [
    ([status(404)], "HTTP 404", "404"), ([status(403)], "HTTP 403", "403"),
    ([status(503)] * 9, "HTTP 503", "503"), ([part_of(DATA, 0)] * 9, "broke off", "None"),
    ([lambda handler: send(handler, 200, b"y" * len(DATA))], "is not what its name says", "200"),
    ([lambda handler: send(handler, 200, DATA + b"more")], "is not what its name says", "200"),
    ([lambda handler: send(handler, 200, b"<html>log in</html>")], "is not what its name says", "200"),
])
def test_what_does_not_pass_is_told(web, part, answers, said, hint):
    with pytest.raises(WheelhouseError) as caught:
        bring(web, part, *answers)
    assert said in caught.value.message and web.url + "/file" in caught.value.message and caught.value.hint == "hint for " + hint
    assert not os.path.exists(part) or said == "broke off"


def test_a_lying_file_is_not_read_to_its_end(web, part):
    def endless(handler):
        handler.send_response(200)
        handler.end_headers()
        for _turn in range(1000):
            handler.wfile.write(b"x" * (1 << 20))
        raise AssertionError("somebody took a gigabyte")
    with pytest.raises(WheelhouseError, match="not what its name says"):
        bring(web, part, endless)


def test_a_server_that_does_not_answer_is_tried_once_for_all(part):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = "http://user:secret@127.0.0.1:{0}".format(closed.getsockname()[1])
        one = getter()
        said = []
        for name in ("/one", "/two"):
            with pytest.raises(WheelhouseError, match="does not answer") as caught:
                one.get(url + name, part, SHA256, len(DATA))
            said.append(str(caught.value))
    assert said[0] == said[1] and "refused" in said[0] and "secret" not in said[0] and "/one" not in said[0]


def test_a_server_that_is_busy_still_gives_what_it_can(web, part):
    web.answers.update({"/one": [status(503)] * get.ATTEMPTS, "/two": [status(429)] * 2})
    one = getter()
    for name in ("/one", "/two"):
        with pytest.raises(WheelhouseError, match=name + " could not be had: HTTP"):
            one.get(web.url + name, part, SHA256, len(DATA))
    one.get(web.url + "/file", part, SHA256, len(DATA))
    assert [path for path, _headers in web.requests] == ["/one"] * get.ATTEMPTS + ["/two", "/file"]


def test_a_certificate_that_nobody_trusts_is_not_tried_again(part):
    class Opener:
        calls = 0

        def open(self, _request, timeout):
            self.calls += 1
            raise get.urllib.error.URLError(ssl.SSLError(1, "certificate verify failed"))
    opener = Opener()
    with pytest.raises(WheelhouseError, match="certificate verify failed"):
        get.Getter(lambda url: opener, str, pause=0.01).get("https://a.example/x", part, SHA256, 1)
    assert opener.calls == 1


@pytest.mark.parametrize("url, proxies", [("http://u:s3cret@127.0.0.1:x9/file", {}), ("http://a.example/file", {"http_proxy": "http:/u:s3cret@127.0.0.1:9"})])
def test_an_address_that_is_none_is_not_repeated(part, url, proxies):
    with pytest.raises(WheelhouseError, match="does not answer: its address, or that of its proxy, is none that can be asked") as caught:
        getter(proxies).get(url, part, SHA256, len(DATA))
    assert "s3cret" not in str(caught.value)


def test_a_disk_that_is_full_is_no_fault_of_the_network(web, tmp_path):
    with pytest.raises(FileNotFoundError):
        getter().get(web.url + "/file", str(tmp_path / "no" / "folder"), SHA256, len(DATA))
    assert len(web.requests) == 1


def test_credentials_go_to_the_server_and_no_further(web, part):
    elsewhere = web.url.replace("127.0.0.1", "localhost") + "/file"
    bring(web, part, lambda handler: send(handler, 302, Location=elsewhere), url=web.url.replace("//", "//user:pass%3Aword@") + "/file")
    first, second = [headers for _path, headers in web.requests]
    assert first["Authorization"] == "Basic dXNlcjpwYXNzOndvcmQ=" and "Authorization" not in second


@pytest.fixture(name="authority", scope="module")
def fixture_authority(tmp_path_factory):
    """A certificate for 127.0.0.1 that is its own authority: the path of its PEM file, which has the key too."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "tests")])
    now = datetime.datetime.now(datetime.timezone.utc)
    made = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
            .not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
            .sign(key, hashes.SHA256()))
    path = tmp_path_factory.mktemp("authority") / "authority.pem"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return str(path)


def test_a_bundle_of_ones_own_is_trusted_and_nothing_else(web, part, authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority)
    web.server.socket = context.wrap_socket(web.server.socket, server_side=True)
    url = web.url.replace("http:", "https:") + "/file"
    with pytest.raises(WheelhouseError, match="certificate"):
        getter().get(url, part, SHA256, len(DATA))
    getter({"SSL_CERT_FILE": authority}).get(url, part, SHA256, len(DATA))
    with open(part, "rb") as stream:
        assert stream.read() == DATA
