# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Relays add the password that who uses them does not have; test_private_index.py has a package search for it."""
import json
import os
import socket
import socketserver
import subprocess
import threading
import urllib.error
import urllib.request

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder.relay import Relays
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder.uv import Uv
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.module_utils.builder.git_server import GitServer
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.module_utils.builder.package_factory import send


@pytest.fixture
def private(index):
    """What build_environment says for an index that wants a password."""
    index.login = "user:p@ss"
    return {"UV_DEFAULT_INDEX": index.url.replace("://", "://user:p%40ss@") + "/simple", "UV_INDEX": "other=http://127.0.0.1:9/simple"}


def get(url, method="GET", **headers):
    request = urllib.request.Request(url, method=method, headers=headers)
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as answer:
        return answer.status, dict(answer.headers), answer.read()


def test_without_credentials_nothing_stands_between():
    plain = {"UV_DEFAULT_INDEX": "https://index.example/simple", "HTTPS_PROXY": "http://proxy.example:3128"}
    with Relays(plain) as relays:
        assert relays.environment["UV_DEFAULT_INDEX"] == plain["UV_DEFAULT_INDEX"] and relays.environment["HTTPS_PROXY"] == plain["HTTPS_PROXY"]
        assert "127.0.0.1" not in json.dumps(relays.environment) and relays.inside("https://index.example/x") == "https://index.example/x"


def test_pages_lead_back_to_the_relay(index, private):
    json_page = b'{"files": [{"url": "%s"}]}' % (index.url + "/files/app.whl").replace("/", "\\/").encode()
    page = f'<a href="{index.url}/files/app.whl">x</a><a href="/files/b.whl">y</a><a href="{index.url}0/files/c.whl">z</a>'.encode()
    for kind, data in (("text/html", page), ("application/vnd.pypi.simple.v1+json", json_page), ("application/octet-stream", page)):
        index.answers.setdefault("/simple/app/", []).append(lambda handler, kind=kind, data=data: send(handler, 200, data, kind, ETag='"1"'))
    with Relays(private) as relays:
        top = relays.environment["UV_DEFAULT_INDEX"]
        assert top.startswith("http://127.0.0.1:") and not top.startswith(index.url) and relays.environment["UV_INDEX"] == private["UV_INDEX"]
        assert "127.0.0.1" in relays.environment["NO_PROXY"]
        assert relays.inside(f"a @ git+{index.url}/a@main") == f"a @ git+{index.url}/a@main" and index.url not in relays.inside(f"a @ {index.url}/a.whl")
        address = top.removesuffix("/simple")
        status, headers, body = get(top + "/app/")
        assert (status, headers["ETag"]) == (200, '"1"') and relays.outside(body.decode()) == page.decode()
        assert body.decode().count(address) == 1, "another port is another server"
        assert json.loads(get(top + "/app/")[2])["files"][0]["url"] == address + "/files/app.whl"
        assert get(top + "/app/")[2] == page, "files are not touched"
    with pytest.raises(urllib.error.URLError):
        get(top + "/app/")


def test_parts_heads_errors_and_redirections(index, private):
    index.add("app.whl", b"0123456789")
    index.answers["/files/app.whl"] = [lambda handler: send(handler, 206, b"789", Content_Range="bytes 7-9/10"),
                                       lambda handler: send(handler, 302, b"", Location="/files/app.whl?again"),
                                       lambda handler: send(handler, 302, b"", Location="http://127.0.0.1:9/elsewhere")]
    with Relays(private) as relays:
        address = relays.environment["UV_DEFAULT_INDEX"].removesuffix("/simple")
        assert get(address + "/files/app.whl", Range="bytes=7-")[::2] == (206, b"789") and index.requests[-1][1]["Range"] == "bytes=7-"
        index.answers["/files/app.whl?again"] = [lambda handler: send(handler, 200, b"0123456789")]
        assert get(address + "/files/app.whl")[2] == b"0123456789", "the password goes along to the same server"
        with pytest.raises(urllib.error.URLError, match="refused"):
            get(address + "/files/app.whl")
        assert get(address + "/files/app.whl", "HEAD")[0] == 200
        for path, code in (("/files/none", 404), ("/simple/none/", 404)):
            with pytest.raises(urllib.error.HTTPError) as caught:
                get(address + path)
            assert caught.value.code == code
        index.server.shutdown()
        index.server.server_close()
        with pytest.raises(urllib.error.HTTPError) as caught:
            get(address + "/files/app.whl")
        assert caught.value.code == 502


@pytest.mark.parametrize("form", ["header", "address"])
def test_git(tmp_path, form):
    server = GitServer(tmp_path)
    server.commit("app", {"a.txt": "a\n"})
    server.authorization = "Basic dXNlcjpnaXQtc2VjcmV0"
    key = (f"http.{server.url}/.extraHeader", f"Authorization: {server.authorization}") if form == "header" else (
        "url." + server.url.replace("://", "://user:git-secret@") + "/.insteadOf", server.url + "/")
    said = {"GIT_CONFIG_COUNT": "2", "GIT_CONFIG_KEY_0": "core.abbrev", "GIT_CONFIG_VALUE_0": "12", "GIT_CONFIG_KEY_1": key[0], "GIT_CONFIG_VALUE_1": key[1]}
    with Relays(said) as relays:
        environment = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull, "GIT_TERMINAL_PROMPT": "0", **relays.environment}
        assert "secret" not in json.dumps(environment) and "dXNlcjp" not in json.dumps(environment)
        subprocess.run(["git", "clone", "--quiet", server.url + "/app/.git", tmp_path / "clone"], env=environment, check=True)
    server.server.shutdown()
    server.server.server_close()
    assert (tmp_path / "clone/a.txt").read_text() == "a\n"


@pytest.mark.parametrize("said, words", [
    ({"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "http.extraHeader", "GIT_CONFIG_VALUE_0": "Authorization: x"}, "for which server"),
    ({"HTTPS_PROXY": "socks5://me:secret@127.0.0.1:9"}, "socks5://127.0.0.1:9 wants credentials"),
])
def test_what_no_relay_can_keep(said, words):
    with pytest.raises(WheelhouseError, match=words) as caught:
        with Relays(said):
            pass
    assert caught.value.hint and "secret" not in str(caught.value)


@pytest.fixture
def upstream():
    """A proxy that answers with what it was told, and then says whatever it hears."""
    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            head = b"".join(iter(self.rfile.readline, b"\r\n"))
            self.wfile.write(b"HTTP/1.1 200 fine\r\n\r\n" + head)
            if head.startswith(b"CONNECT"):
                for piece in iter(lambda: self.rfile.read1(100), b""):
                    self.wfile.write(piece.upper())

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("line", ["CONNECT index.example:443", "GET http://index.example/x"])
def test_a_proxy_is_told_its_password(upstream, line):
    with Relays({"HTTPS_PROXY": f"http://me:p%40ss@{upstream}/", "http_proxy": "http://127.0.0.1:9"}) as relays:
        assert "p%40ss" not in json.dumps(relays.environment) and relays.environment["http_proxy"] == "http://127.0.0.1:9"
        port = int(relays.environment["HTTPS_PROXY"].rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=10) as stream:
            stream.sendall(f"{line} HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\nProxy-Authorization: mine\r\n\r\n".encode())
            if line.startswith("CONNECT"):
                stream.sendall(b"hello")
                stream.shutdown(socket.SHUT_WR)
            said = b"".join(iter(lambda: stream.recv(100), b""))
    assert b"Proxy-Authorization: Basic bWU6cEBzcw==" in said and b"mine" not in said and b"keep-alive" not in said
    assert said.endswith(b"HELLO") is line.startswith("CONNECT")


def test_a_proxy_that_is_not_there():
    with Relays({"HTTPS_PROXY": "http://me:secret@127.0.0.1:9"}) as relays:
        port = int(relays.environment["HTTPS_PROXY"].rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=10) as stream:
            stream.sendall(b"CONNECT index.example:443 HTTP/1.1\r\n\r\n")
            assert stream.recv(100).startswith(b"HTTP/1.1 502")
        assert relays.outside(f"http://127.0.0.1:{port}") == "http://127.0.0.1:9"


def test_who_runs_no_code_needs_no_relay(tmp_path, private):
    assert Uv(str(tmp_path), private).environment["UV_DEFAULT_INDEX"] == private["UV_DEFAULT_INDEX"]
