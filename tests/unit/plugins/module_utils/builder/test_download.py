# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import os

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder import download
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder.choose import Artifact
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


@pytest.mark.parametrize("answers", [
    (), (status(500),), (status(503, Retry_After="0"), status(429)), (half, half), (half, status(502), half),
    (lambda handler: None,),  # hangs up without a word
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


def test_a_disk_that_can_not_be_written(fetch, monkeypatch):
    def full(_handle):
        raise OSError(28, "No space left on device")
    monkeypatch.setattr(download.os, "fsync", full)
    with pytest.raises(Blocked, match="No space left"):
        fetch()
