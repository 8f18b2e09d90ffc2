# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A certificate that only a CA of one's own vouches for: named once, every tool that reaches out believes it."""
import os
import shutil
import socketserver
import ssl
import subprocess
import sys
import threading

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder import resolve
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder.choose import choose
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder.download import Downloader
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder.git import fetch_commits
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder.network import normalise_environment
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.lockfile import parse_lock
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.module_utils.builder.git_server import GitServer

SPELLINGS = ["SSL_CERT_FILE", "PIP_CERT", "GIT_SSL_CAINFO"]  # test_network.py has them all


@pytest.fixture
def bundle(root):
    """Return the path of the certificate of a CA, beside which lies one that it made for 127.0.0.1 and index.example, with its key."""
    if not shutil.which("openssl"):
        pytest.skip("no openssl to make a certificate with")
    path, server = os.path.join(root, "ca.pem"), os.path.join(root, "server.pem")

    def make(where, *more):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", where + ".key", "-out", where, *more],
                       check=True, capture_output=True)

    make(path, "-subj", "/CN=ours")
    make(server, "-subj", "/CN=server", "-CA", path, "-CAkey", path + ".key", "-addext", "subjectAltName=IP:127.0.0.1,DNS:index.example",
         "-addext", "basicConstraints=critical,CA:FALSE")
    os.chmod(path, 0o644)
    return path


def secured(made, bundle):
    """Have a server of the tests speak TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate = os.path.join(os.path.dirname(bundle), "server.pem")
    context.load_cert_chain(certificate, certificate + ".key")
    made.server.socket = context.wrap_socket(made.server.socket, server_side=True)
    made.url = made.url.replace("http:", "https:")
    return made


@pytest.fixture
def environment(index, bundle):
    secured(index, bundle)
    return dict(index.environment)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_uv_and_our_downloads(environment, index, bundle, root, store, sandbox, spelling):
    index.add_wheel("app")
    environment[spelling] = bundle
    text = resolve.lock(root, {"a.in": "app\n"}, "a.in", environment=environment)["lock"]
    assert Downloader(store, environment).fetch_all(choose(parse_lock(text, "pylock.toml").packages), lambda said: None) == 1


@pytest.fixture
def proxy(index, bundle):
    """Return the URL of a proxy that opens every TLS connection through it, and signs with a CA of its own for whatever host is meant."""
    certificate = os.path.join(os.path.dirname(bundle), "server.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate + ".key")

    class Handler(socketserver.StreamRequestHandler):
        """Answers CONNECT, and then in the place of the host that was asked for."""

        def handle(self):
            asked.append(self.rfile.readline().split()[:2])
            while self.rfile.readline() not in (b"\r\n", b""):
                pass
            self.wfile.write(b"HTTP/1.1 200 here you are\r\n\r\n")
            try:
                with context.wrap_socket(self.request, server_side=True) as opened:
                    index.server.RequestHandlerClass(opened, self.client_address, index.server)
            except OSError:
                pass  # the other side does not believe it

    asked = []
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}", asked
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_proxy_that_signs_for_the_outside(index, bundle, root, store, sandbox, proxy, spelling):
    url, asked = proxy
    index.url = "https://index.example"  # a name that nobody else can look up
    index.add_wheel("app")
    environment = {**index.environment, "https_proxy": url}
    with pytest.raises(WheelhouseError, match="(?i)certificate"):
        resolve.lock(root, {"a.in": "app\n"}, "a.in", environment=environment)
    environment[spelling] = bundle
    text = resolve.lock(root, {"a.in": "app\n"}, "a.in", environment=environment)["lock"]
    assert Downloader(store, environment).fetch_all(choose(parse_lock(text, "pylock.toml").packages), lambda said: None) == 1
    assert {tuple(words) for words in asked} == {(b"CONNECT", b"index.example:443")}


def test_pip(environment, index, bundle, tmp_path):
    index.add_wheel("app")
    full = {"PATH": os.environ["PATH"], **normalise_environment({**environment, "GIT_SSL_CAINFO": bundle})}
    subprocess.run([sys.executable, "-I", "-m", "pip", "download", "--quiet", "--no-deps", "--no-cache-dir", "--dest", str(tmp_path), "app"],
                   env=full, check=True, capture_output=True)
    assert os.listdir(tmp_path) == ["app-1.0-py3-none-any.whl"]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_git(bundle, store, sandbox, tmp_path_factory, spelling):
    server = secured(GitServer(tmp_path_factory.mktemp("repositories")), bundle)
    commit = server.commit("app", {"pyproject.toml": ""})
    artifacts = choose([{"name": "app", "version": "1.0", "vcs": {"type": "git", "url": server.url + "/app/.git", "commit-id": commit}}])
    try:
        with pytest.raises(WheelhouseError, match="(?i)certificate"):
            fetch_commits(store, {}, artifacts, lambda said: None)
        assert fetch_commits(store, {spelling: bundle}, artifacts, lambda said: None)[1] == 1
    finally:
        server.server.shutdown()
        server.server.server_close()


def test_without_it(environment, index, root, sandbox):
    index.add_wheel("app")
    with pytest.raises(WheelhouseError) as caught:
        resolve.lock(root, {"a.in": "app\n"}, "a.in", environment=environment)
    assert "SSL_CERT_FILE" in caught.value.hint
