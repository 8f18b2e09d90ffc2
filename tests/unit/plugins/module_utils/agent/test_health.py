# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import base64
import contextlib
import errno
import http.server
import os
import socket
import subprocess
import threading
import time

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent import health
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(health, "PAUSES", (0.01, 0.02))


@pytest.fixture
def server():
    """A web server that answers with the statuses that its list says, the last one again and again."""
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            found.logins.append(self.headers["Authorization"])
            status = found.statuses.pop(0) if len(found.statuses) > 1 else found.statuses[0]
            self.send_response(status)
            self.send_header("Location", "http://127.0.0.1:1/")
            self.end_headers()
            self.wfile.write(b"body of the answer")

        def log_message(self, *arguments):
            pass
    found = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    found.logins = []
    thread = threading.Thread(target=found.serve_forever)
    thread.start()
    found.url = "http://127.0.0.1:{0}/".format(found.server_address[1])
    yield found
    found.shutdown()
    thread.join()
    found.server_close()


@pytest.mark.parametrize("statuses", [[200], [204], [302], [399], [500, 503, 200]])
def test_well(server, statuses):
    server.statuses = statuses
    health.wait_until_well(server.url, 2)


@pytest.mark.parametrize("scheme", ["HTTP", "Http"])
def test_a_scheme_in_capitals_is_one(server, scheme):
    server.statuses = [200]
    health.wait_until_well(scheme + server.url[len("http"):], 2)


@pytest.mark.parametrize("status", [400, 404, 500, 503])
def test_unwell(server, status):
    server.statuses = [status]
    with pytest.raises(WheelhouseError, match="status {0}".format(status)) as caught:
        health.wait_until_well(server.url, 0.2)
    assert caught.value.log == "body of the answer"


@pytest.fixture
def raw_server():
    """Give a function that starts a server which sends these pieces of bytes to each client, with a pause after each, and returns its URL."""
    listeners = []

    def serve(pieces, pause=0.0):
        def answer():
            while True:
                try:
                    client = listener.accept()[0]
                except OSError:
                    return
                threading.Thread(target=send, args=(client,), daemon=True).start()

        def send(client):
            with contextlib.suppress(OSError), client:
                client.recv(10000)
                for piece in pieces:
                    client.sendall(piece)
                    time.sleep(pause)
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)
        threading.Thread(target=answer, daemon=True).start()
        return "http://127.0.0.1:{0}/".format(listener.getsockname()[1])
    yield serve
    for listener in listeners:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


BUSY = b"HTTP/1.1 503 Busy\r\n"


def test_an_answer_that_breaks_off(raw_server):
    """A worker that is killed while it writes its page of an error."""
    url = raw_server([BUSY + b"Transfer-Encoding: chunked\r\n\r\nff\r\nhalf a ch"])
    with pytest.raises(WheelhouseError, match=r"answers with status 503 \(([2-9]|\d\d+) attempts"):
        health.wait_until_well(url, 0.5)


@pytest.mark.parametrize("first", [BUSY + b"Content-Type: text/event-stream\r\n\r\n", BUSY], ids=["body", "headers"])
def test_an_answer_that_never_ends(raw_server, first):
    url = raw_server([first] + [b"x: y\r\n"] * 10000, pause=0.01)
    before = time.monotonic()
    with pytest.raises(WheelhouseError, match="status 503|does not answer in time"):
        health.wait_until_well(url, 0.5)
    assert time.monotonic() - before < 60, "the server goes on for longer"


@pytest.mark.parametrize("url", ["http://user:s3cret@127.0.0.1:1/well", "http://user:s3/cret@127.0.0.1:1/well", "http://user:s3#cret@127.0.0.1:1/well",
                                 "http://user:s3?cret@127.0.0.1:1/well", "http://user:s3@cret@127.0.0.1:1/well", "http://127.0.0.1:1/well?key=s3cret"])
def test_what_may_be_secret_is_not_shown(url):
    with pytest.raises(WheelhouseError) as caught:
        health.wait_until_well(url, 0.05)
    assert not [part for part in ("s3", "cret", "user") if part in str(caught.value)] and "127.0.0.1:1/well" in str(caught.value)


def test_a_command_is_in_no_list_of_processes(tmp_path):
    command = "PASSWORD=s3cret; cat /proc/$$/cmdline > {0}; env >> {0}".format(tmp_path / "seen")
    health.wait_until_well(command, 5)
    assert "s3cret" not in (tmp_path / "seen").read_text()


def test_no_proxy_is_asked(server, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1/")
    server.statuses = [200]
    health.wait_until_well(server.url, 2)


def test_nobody_answers():
    with pytest.raises(WheelhouseError, match="does not answer"):
        health.wait_until_well("http://127.0.0.1:1/", 0.1)


@pytest.mark.parametrize("url", ["http://", "http://[", "http://127.0.0.1:x/", "https://127.0.0.1:1/"])
def test_a_url_that_leads_nowhere(url):
    with pytest.raises(WheelhouseError, match="does not answer"):
        health.wait_until_well(url, 0.05)


def test_a_command_that_needs_time(tmp_path):
    command = "test -e {0}/ready || {{ mkdir {0}/ready; exit 1; }}".format(tmp_path)
    health.wait_until_well(command, 2)


def test_a_command_that_fails():
    with pytest.raises(WheelhouseError, match="status 7") as caught:
        health.wait_until_well("seq 100; exit 7", 0.1)
    assert caught.value.log.splitlines()[-1] == "100" and len(caught.value.log.splitlines()) == 20


def test_a_command_without_end(tmp_path):
    before = time.monotonic()
    with pytest.raises(WheelhouseError, match="did not end"):
        health.wait_until_well("echo $$ > {0}/pid; sleep 60".format(tmp_path), 0.3)
    assert time.monotonic() - before < 5
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_what_a_command_leaves_running_is_not_waited_for():
    before = time.monotonic()
    health.wait_until_well("echo well; setsid sleep 60 & true", 5)
    with pytest.raises(WheelhouseError, match="the health command did not end") as caught:
        health.wait_until_well("echo waiting; setsid sleep 61 & sleep 60", 0.3)
    assert caught.value.log == "waiting" and time.monotonic() - before < 10
    subprocess.run(["pkill", "-f", "sleep 6[01]"], check=False)


def test_a_command_that_can_not_be_started(monkeypatch):
    monkeypatch.setattr(subprocess, "Popen", no_memory)
    with pytest.raises(WheelhouseError, match="can't be started: Cannot allocate memory"):
        health.wait_until_well("true", 0.1)


def no_memory(*_all, **_more):
    raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))


def test_user_and_password_are_sent_as_such(server):
    server.statuses = [200]
    health.wait_until_well(server.url.replace("//", "//ann:a%20b@"), 2)
    assert server.logins == ["Basic " + base64.b64encode(b"ann:a b").decode()]


@pytest.mark.parametrize("state, said", [
    ({"ActiveState": "active", "SubState": "running"}, None),
    ({"ActiveState": "active", "SubState": "auto-restart"}, "is active .auto-restart"),
    ({"ActiveState": "activating", "SubState": "start"}, "is activating .start"),
    ({"ActiveState": "failed", "SubState": "failed"}, "is failed .failed"),
    ({"ActiveState": "inactive", "LoadState": "not-found"}, "is not known to systemd"),
])
def test_the_state_of_a_unit(systemd, state, said):
    systemd.be(**state)
    if said is None:
        return health.wait_until_well("shop.service", 0.1)
    with pytest.raises(WheelhouseError, match="shop.service " + said) as caught:
        health.wait_until_well("shop.service", 0.1)
    assert caught.value.log == "the journal of shop.service"


def test_a_command_that_looks_like_a_unit_is_one_only_with_its_ending():
    assert health.UNIT.fullmatch("shop@1.service") and not health.UNIT.fullmatch("true") and not health.UNIT.fullmatch("is shop.service")
