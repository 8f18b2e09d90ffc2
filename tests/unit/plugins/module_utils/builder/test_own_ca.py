# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A certificate that only a CA of one's own vouches for: named once, every tool that reaches out believes it."""
import os
import shutil
import ssl
import subprocess
import sys

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
    """Return the path of the certificate of a CA, beside which lies one that it made for 127.0.0.1, with its key."""
    if not shutil.which("openssl"):
        pytest.skip("no openssl to make a certificate with")
    path, server = os.path.join(root, "ca.pem"), os.path.join(root, "server.pem")

    def make(where, *more):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", where + ".key", "-out", where, *more],
                       check=True, capture_output=True)

    make(path, "-subj", "/CN=ours")
    make(server, "-subj", "/CN=server", "-CA", path, "-CAkey", path + ".key", "-addext", "subjectAltName=IP:127.0.0.1",
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
