# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import os
import socket
import struct
import time

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder import download
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder.choose import Artifact
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common import get, pace
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import Blocked, WheelhouseError
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.module_utils.builder.package_factory import send


@pytest.fixture
def fetch(store, index):
    """A function that adds a file to the index and downloads it, with the answers that are given first."""
    def run(*answers, data=b"x" * 3000, size=True, environment=None, served=None):
        table = index.add("app-1.0.tar.gz", data)
        index.answers["/files/app-1.0.tar.gz"] = list(answers)
        if served is not None:
            index.files["app-1.0.tar.gz"] = served
        sha256 = table["hashes"]["sha256"]
        run.artifact = Artifact("app", "1.0", "sdist", "app-1.0.tar.gz", table["url"], sha256, len(data) if size else None)
        downloader = download.Downloader(store, environment or {}, pause=0.01)
        return downloader.fetch_all([run.artifact], lambda text: None)
    return run


def stored(store, artifact):
    with open(store.path_of("sources", artifact.sha256, artifact.filename), "rb") as stream:
        return stream.read()


def status(code, **headers):
    return lambda handler: send(handler, code, b"sorry", **headers)


def half(handler):
    send(handler, 200, b"x" * 1000, length=3000)


def reset(handler):
    """Send a third, then break the connection without a word (RST)."""
    send(handler, 200, b"x" * 1000, length=3000)
    handler.wfile.flush()
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()


def part(data, of=3000, **headers):
    """Answer a Range with ``data``, which are the last bytes unless ``headers`` say otherwise."""
    return lambda handler: send(handler, 206, data, **{"Content_Range": f"bytes {of - len(data)}-{of - 1}/{of}", **headers})


def drip(handler, head=False):
    """Send a byte every now and then, in the head of the answer or after it."""
    try:
        if not head:
            handler.send_response(200)
            handler.send_header("Content-Length", "3000")
            handler.end_headers()
        for _number in range(100):
            handler.wfile.write(b"H" if head else b"x")
            time.sleep(0.05)
    except OSError:
        pass  # the other side has had enough


def dripping_head(handler):
    drip(handler, head=True)


def chunked(handler, count=10 ** 9, end=b""):
    """Send pieces without end, or ``count`` of them and a wrong end."""
    handler.protocol_version = "HTTP/1.1"
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    try:
        for _number in range(count):
            handler.wfile.write(b"3e8\r\n" + b"x" * 1000 + b"\r\n")
        handler.wfile.write(end)
    except OSError:
        pass  # the other side has had enough


def endless(handler):
    handler.send_response(200)
    handler.end_headers()
    try:
        while True:
            handler.wfile.write(b"x" * 65536)
    except OSError:
        pass  # the other side has had enough


@pytest.mark.parametrize("answers", [
    (), (status(500),), (status(503, Retry_After="0"), status(429)), (half, half), (half, status(502), half),
    (lambda handler: None,),  # hangs up without a word
    (reset,), (reset, reset, status(500), reset),
    (half, part(b"x" * 2000)),
    (half, part(b"y" * 2000)),                                        # it changed meanwhile, and again
    (half, lambda handler: send(handler, 200, b"y" * 2000)),
    (half, part(b"x" * 1000)),                                        # another part than was asked for
    (half, part(b"x" * 2000, Content_Range="nonsense")),
    (half, status(416)),
    (lambda handler: send(handler, 200, b"x" * 3000, length=4000),),  # all is there, though more was promised
    (lambda handler: chunked(handler, 2, b"nonsense\r\n"),),
    (lambda handler: chunked(handler, 1),),
    (lambda handler: chunked(handler, 3, b"0\r\n\r\n"),),
    (lambda handler: send(handler, 200, b"x" * 1000, length="many"),),
    (lambda handler: handler.wfile.write(b"nonsense\r\n\r\n"),),
    (lambda handler: send(handler, 302, b"", Location="http://[nonsense"),),
])
def test_what_passes_is_tried_again(fetch, store, answers):
    assert fetch(*answers) == 1
    assert stored(store, fetch.artifact) == b"x" * 3000
    assert os.listdir(store.path("incoming")) == []
    assert fetch() == 0


def test_a_lock_without_sizes(fetch, store):
    assert fetch(half, size=False) == 1
    assert stored(store, fetch.artifact) == b"x" * 3000


def test_what_an_earlier_run_left_is_used_or_thrown_away(fetch, store, index):
    for left in (b"x" * 1000, b"other", b"x" * 3000, b"x" * 5000):
        table = index.add("app-1.0.tar.gz", b"x" * 3000)
        os.makedirs(store.path("incoming"), exist_ok=True)
        with open(store.path("incoming", table["hashes"]["sha256"] + ".part"), "wb") as stream:
            stream.write(left)
        assert fetch() == 1
        assert stored(store, fetch.artifact) == b"x" * 3000
        os.unlink(store.path_of("sources", fetch.artifact.sha256, fetch.artifact.filename))


@pytest.mark.parametrize("answers, served, words", [
    ([status(404)], None, "HTTP 404"),
    ([status(401)], None, "HTTP 401"),
    ([status(500)] * 9, None, "HTTP 500"),
    ([], b"y" * 3000, "is not the file that was locked"),
    ([], b"x" * 4000, "is not the file that was locked"),
    ([], b"", "is not the file that was locked"),
    ([lambda handler: send(handler, 200, b"<html>log in</html>", "text/html")], None, "a web page"),
    ([half] * 2 + [status(500)] * 9, None, "HTTP 500"),
    ([reset] * 9, None, "127.0.0.1"),
    ([part(b"x" * 1000)] * 9, None, "is not the file that was locked"),
    ([endless], None, "is not the file that was locked"),
    ([chunked], None, "is not the file that was locked"),
    ([lambda handler: send(handler, 302, b"", Location="file:///etc/passwd")], None, "'file:///etc/passwd' is not allowed"),
    ([lambda handler: send(handler, 302, b"", Location="ftp://127.0.0.1/x")], None, "it redirects to ftp:"),
    ([lambda handler: send(handler, 302, b"", Location="/files/app-1.0.tar.gz")] * 99, None, "HTTP 302"),
    ([lambda handler: send(handler, 302, b"", Location="http://127.0.0.1:9/")] * 9, None, "refused"),
])
def test_what_does_not_pass_is_named(fetch, store, answers, served, words):
    with pytest.raises(Blocked) as caught:
        fetch(*answers, served=served)
    (reason,) = caught.value.reasons
    assert words in reason["message"] and reason["package"] == "app" and reason["hint"]
    assert not store.holds("sources", fetch.artifact.sha256, fetch.artifact.filename)


def test_a_host_that_nobody_listens_on(store):
    artifact = Artifact("app", "1.0", "sdist", "app-1.0.tar.gz", "http://user:secret@127.0.0.1:9/app-1.0.tar.gz", "0" * 64, 1)
    with pytest.raises(WheelhouseError) as caught:
        download.Downloader(store, {}, pause=0.01).fetch(artifact)
    assert "refused" in caught.value.message and "secret" not in str(caught.value)


def test_credentials_go_to_the_index_and_nowhere_else(fetch, index):
    secret = {"UV_DEFAULT_INDEX": index.url.replace("http://", "http://user:pass%3Aword@") + "/simple"}
    elsewhere = index.url.replace("127.0.0.1", "localhost") + "/files/app-1.0.tar.gz"
    fetch(lambda handler: send(handler, 302, b"", Location=elsewhere), environment=secret)
    first, second = index.requests
    assert first[1]["Authorization"] == "Basic dXNlcjpwYXNzOndvcmQ="
    assert "Authorization" not in second[1]


def test_a_proxy_is_used_except_where_it_should_not_be(fetch, index):
    proxied = {"HTTP_PROXY": "http://127.0.0.1:9"}
    with pytest.raises(Blocked, match="refused"):
        fetch(environment=proxied)
    assert fetch(environment=dict(proxied, NO_PROXY="127.0.0.1")) == 1


def test_a_ca_bundle_that_is_not_there(store):
    with pytest.raises(WheelhouseError, match="CA bundle /nowhere"):
        download.Downloader(store, {"PIP_CERT": "/nowhere"})


@pytest.mark.parametrize("answer", [drip, dripping_head])
def test_a_server_that_drips_does_not_hold_us(fetch, monkeypatch, answer):
    monkeypatch.setattr(pace, "WINDOW", 0.3)
    started = time.monotonic()
    with pytest.raises(Blocked, match="it sends less than 61440 bytes in 0.3 s"):
        fetch(*[answer] * 9)
    assert time.monotonic() - started < 5
    assert fetch() == 1


def test_what_dripped_in_is_kept(fetch, index, monkeypatch):
    monkeypatch.setattr(pace, "WINDOW", 0.3)
    assert fetch(drip) == 1
    assert index.requests[1][1]["Range"].startswith("bytes=") and index.requests[1][1]["Range"] != "bytes=0-"


def test_a_slow_server_is_waited_for_as_long_as_it_sends(fetch, monkeypatch):
    def slowly(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", "3000")
        handler.end_headers()
        for _number in range(12):
            handler.wfile.write(b"x" * 250)
            time.sleep(0.05)
    monkeypatch.setattr(pace, "WINDOW", 0.2)
    monkeypatch.setattr(pace, "LEAST", 500)
    assert fetch(slowly, status(404)) == 1


def test_a_body_without_end_and_without_a_size(fetch, store, monkeypatch):
    monkeypatch.setattr(get, "MAX_SIZE", 1 << 20)
    with pytest.raises(Blocked, match="is not the file that was locked"):
        fetch(endless, size=False)
    assert os.listdir(store.path("incoming")) == []


def test_attempts_have_an_end(fetch, index):
    with pytest.raises(Blocked):
        fetch(*[status(500)] * 99)
    assert len(index.requests) == get.ATTEMPTS


def test_a_disk_that_fills_up_in_the_middle_is_given_back(fetch, store, index):
    table = index.add("app-1.0.tar.gz", b"x" * 3000)
    os.makedirs(store.path("incoming"))
    os.symlink("/dev/full", store.path("incoming", table["hashes"]["sha256"] + ".part"))
    with pytest.raises(Blocked, match="No space left") as caught:
        fetch()
    assert "make room" in caught.value.reasons[0]["hint"] and os.listdir(store.path("incoming")) == []
    assert fetch() == 1


def test_a_disk_that_can_not_be_written(fetch, monkeypatch):
    def full(_handle):
        raise OSError(28, "No space left on device")
    monkeypatch.setattr(download.os, "fsync", full)
    with pytest.raises(Blocked, match="No space left"):
        fetch()
