# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Indexes that ask who one is: the password does its work, and stays in no file, no text and no command line."""
import base64
import json
import os
import pathlib
import threading
import time

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder import resolve
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder.choose import Artifact
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder.download import Downloader
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.lockfile import parse_lock
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.module_utils.builder.package_factory import Index, send

PASSWORD, ESCAPED = "p@ss/w%rd:", "p%40ss%2Fw%25rd%3A"
SECRETS = [PASSWORD, ESCAPED, "0ther-secret"]


@pytest.fixture
def extra():
    """A second index, with a login of its own."""
    made = Index()
    made.login = "token:0ther-secret"
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def environment(index, extra):
    index.login = f"user:{PASSWORD}"
    return {"UV_DEFAULT_INDEX": index.url.replace("://", f"://user:{ESCAPED}@") + "/simple", "UV_HTTP_RETRIES": "0",
            "UV_INDEX": "company=" + extra.url.replace("://", "://token:0ther-secret@") + "/simple"}


class CommandLines(threading.Thread):
    """Remembers the command lines of every process of this machine while it runs."""

    def __enter__(self):
        self.seen, self.going = set(), True
        self.start()
        return self

    def run(self):
        while self.going:
            for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    self.seen.add(path.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
                except OSError:
                    continue
            time.sleep(0.01)

    def __exit__(self, *_error):
        self.going = False
        self.join()


def secrets_below(folder):
    found = []
    for above, _folders, names in os.walk(folder):
        for name in names:
            data = pathlib.Path(above, name).read_bytes()
            found += [os.path.join(above, name) for secret in SECRETS if secret.encode() in data]
    return found


def test_from_lock_to_manifest(builds, index, extra, environment, root):
    index.add_sdist("app", requires=["lib"], build_requires=["tool"])
    extra.add_wheel("lib")
    extra.add_wheel("tool")
    with CommandLines() as commands:
        text = resolve.lock(root, {"a.in": "app\n"}, "a.in", environment=environment)["lock"]
        assert not [secret for secret in SECRETS if secret in text]
        assert index.url in text and extra.url in text
        made = builds.run(*parse_lock(text, "pylock.toml").packages, environment=environment)
    assert made["built"] == ["app"] and [wheel["name"] for wheel in made["manifest"]["wheels"]] == ["app", "lib"]
    assert [file["name"] for file in builds.locks[0]["files"]] == ["tool"]
    said = "\n".join([json.dumps(made), json.dumps(builds.locks), *builds.said, *commands.seen])
    assert " pip compile " in said, "the command lines were seen"
    assert not [secret for secret in SECRETS if secret in said]
    assert secrets_below(root) == []


@pytest.mark.parametrize("login", ["user:wrong-p%40ss", "wrong-token"])
def test_a_wrong_password_is_not_said(builds, index, root, login):
    index.login = f"user:{PASSWORD}"
    index.add_sdist("app")
    wrong = {"UV_DEFAULT_INDEX": index.url.replace("://", f"://{login}@") + "/simple", "UV_HTTP_RETRIES": "0"}
    with pytest.raises(WheelhouseError) as caught:
        resolve.lock(root, {"a.in": "app\n"}, "a.in", environment=wrong)
    assert "wrong" not in str(caught.value) and "UV_DEFAULT_INDEX" in str(caught.value)
    url = index.url.replace("://", f"://{login}@") + "/files/app-1.0.tar.gz"
    with pytest.raises(WheelhouseError) as caught:
        Downloader(builds.store, wrong, pause=0.01).fetch(Artifact("app", "1.0", "sdist", "app-1.0.tar.gz", url, "0" * 64, 1))
    assert "wrong" not in str(caught.value) and "HTTP 401" in str(caught.value)


SEARCH = """
    import pathlib, re
    wanted = re.compile(rb"{secrets}")
    places = [pathlib.Path(top) for top in (os.environ["HOME"], os.environ.get("UV_CACHE_DIR", "."), {root!r})]
    texts = [repr(os.environ).encode(), *(path.read_bytes() for path in pathlib.Path("/proc").glob("[0-9]*/cmdline") if os.access(path, os.R_OK))]
    for path in [*pathlib.Path("/proc").glob("[0-9]*/environ"), *(path for top in places for path in top.rglob("*"))]:
        try:
            texts.append(path.read_bytes() if str(path).startswith("/proc") or path.is_file() and path.stat().st_size < 1 << 20 else b"")
        except OSError:
            pass
    raise SystemExit("searched, and found %s in %d texts" % (sorted({{found for text in texts for found in wanted.findall(text)}}), len(texts)))
"""


def spy(index, root, name="spy"):
    """Add an sdist that tells what it needs only when its code is run, which looks for the secrets wherever it may."""
    secrets = [*SECRETS, "proxy-secret", "git-secret", base64.b64encode(f"user:{PASSWORD}".encode()).decode()]
    hidden = "|".join("".join(f"[{letter}]" for letter in secret) for secret in secrets)  # so that it does not find itself
    search = SEARCH.format(secrets=hidden, root=root)
    return index.add_sdist(name, extra=search, files={"PKG-INFO": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", "pyproject.toml":
                           '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'})


@pytest.fixture
def proxy(index, extra):
    """What stands for a proxy that wants a password: it answers for the indexes, whose passwords have to arrive as well."""
    made = Index()

    def answer(handler):
        behind = next(one for one in (index, extra) if handler.path.startswith(one.url))
        handler.path = handler.path.removeprefix(behind.url)
        if behind.lets_in(handler):
            behind.answer(handler)
        else:
            send(handler, 401, b"")

    made.lets_in = lambda handler: handler.headers.get("Proxy-Authorization") == "Basic " + base64.b64encode(b"me:proxy-secret").decode()
    made.answer = answer
    yield made
    made.server.shutdown()
    made.server.server_close()


def test_code_of_an_sdist_finds_no_password(index, environment, root, proxy, sandbox):  # pylint: disable=unused-argument
    """Its environment, every process that it can see and every file that it can read are looked through while uv runs it."""
    spy(index, root)
    more = {"HTTP_PROXY": proxy.url.replace("://", "://me:proxy-secret@"), "NO_PROXY": "localhost", "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "http.https://git.example/.extraHeader", "GIT_CONFIG_VALUE_0": "Authorization: Basic git-secret"}
    for with_proxy in ({}, more):
        with pytest.raises(WheelhouseError) as caught:
            resolve.lock(root, {"a.in": "spy\n"}, "a.in", environment={**environment, **with_proxy})
        assert "searched, and found [] in" in str(caught.value)
    assert any(path.endswith("/simple/spy/") for path, _headers in proxy.requests)


def test_code_of_a_build_requirement_finds_none_either(builds, index, environment, root):
    spy(index, root)
    index.add_sdist("app", build_requires=["spy"])
    text = resolve.lock(root, {"a.in": "app\n"}, "a.in", environment=environment)["lock"]
    assert "searched, and found [] in" in str(builds.fail(*parse_lock(text, "pylock.toml").packages, environment=environment))
