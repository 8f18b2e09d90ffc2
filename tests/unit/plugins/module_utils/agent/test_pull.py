# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import os
import types
import urllib.parse

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent import pull
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.layout import Layout
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.stage import stage
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common import get
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import Blocked, WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.manifest import places
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.module_utils.common.web_server import WebServer, part_of, status


@pytest.fixture(name="web")
def fixture_web(store):
    web = WebServer(store.root)
    yield web
    web.close()


@pytest.fixture(autouse=True)
def hurry(monkeypatch):
    monkeypatch.setattr(pull.pull, "__defaults__", pull.pull.__defaults__[:-1] + (0.01,))


@pytest.fixture(name="manifest")
def fixture_manifest(store):
    return store.manifest(store.wheel(project=True), store.wheel("lib", "1.0+local.1", files={"lib.py": ""}, bytecode=False))


def source(web, **environment):
    return {"url": web.url + "/", "environment": environment}


def asked(web):
    return sorted(urllib.parse.unquote(path).lstrip("/") for path, _headers in web.requests)


def content(store, place):
    with open(os.path.join(store.root, place), "rb") as stream:
        return stream.read()


def test_a_host_gets_what_it_lacks(store, root, web, manifest):
    done = stage(root, "shop", manifest, stream=source(web))
    assert done["changed"] and done["unpacked"] == 2
    assert asked(web) == sorted(places(manifest))
    assert os.listdir(Layout(root).incoming) == [] and os.listdir(Layout(root).tmp) == []


def test_it_asks_for_nothing_that_it_has(store, root, web, manifest):
    stage(root, "shop", manifest, stream=source(web))
    web.requests.clear()
    more = store.wheel("more", files={"more.py": ""})
    stage(root, "shop", store.manifest(*manifest["wheels"], more), stream=source(web))
    assert asked(web) == sorted(places({"wheels": [more]}))


def test_the_next_run_goes_on(store, root, web, manifest):
    wheel = next(place for place in places(manifest) if "/shop-" in place)
    data = content(store, wheel)
    web.answers["/" + wheel] = [part_of(data, 100)] + [status(500)] * get.ATTEMPTS
    with pytest.raises(WheelhouseError, match="HTTP 500") as caught:
        stage(root, "shop", manifest, stream=source(web))
    assert "run again" in caught.value.hint and not os.path.exists(Layout(root).apps)
    web.answers.clear()
    web.requests.clear()
    assert stage(root, "shop", manifest, stream=source(web))["changed"]
    assert [(asked(web), headers["Range"]) for _path, headers in web.requests] == [([wheel], "bytes=100-")]


def test_all_that_is_wrong_is_told_at_once(store, root, web, manifest):
    wrong, absent, good = sorted(places(manifest))
    with open(os.path.join(store.root, wrong), "ab") as stream:
        stream.write(b"more")
    os.unlink(os.path.join(store.root, absent))
    with pytest.raises(Blocked) as caught:
        stage(root, "shop", manifest, stream=source(web))
    assert "could be had from " + web.url in caught.value.message
    assert ["HTTP 404" in reason["message"] or "not what its name says" in reason["message"] for reason in caught.value.reasons] == [True, True]
    assert all(reason["hint"] for reason in caught.value.reasons)
    assert not os.path.exists(Layout(root).apps) and os.listdir(Layout(root).incoming) == []
    assert good.split("/")[1] in Layout(root).held("wheels"), "what was whole is kept"


def test_a_server_that_is_down_is_one_problem(store, root, web, manifest):
    web.close()
    with pytest.raises(WheelhouseError, match="does not answer") as caught:
        stage(root, "shop", manifest, stream=source(web))
    assert not isinstance(caught.value, Blocked) and "deploy_environment" in caught.value.hint


def test_a_server_that_asks_all_for_patience_is_waited_for_once(store, root, web, monkeypatch):
    waits = []
    monkeypatch.setattr(get, "time", types.SimpleNamespace(sleep=waits.append))
    monkeypatch.setattr(pull, "CONNECTIONS", 2)
    manifest = store.manifest(*(store.wheel("lib{0}".format(number), files={"lib{0}.py".format(number): ""}, bytecode=False) for number in range(9)))
    for place in places(manifest):
        web.answers["/" + place] = [status(503, Retry_After="86400")] * get.ATTEMPTS
    with pytest.raises(Blocked) as caught:
        stage(root, "shop", manifest, stream=source(web))
    assert ["HTTP 503" in reason["message"] for reason in caught.value.reasons] == [True] * 9, "all are named at once"
    assert len(waits) <= 2 * (get.ATTEMPTS - 1) and set(waits) == {60} and len(web.requests) <= 2 * get.ATTEMPTS + 7


def test_what_is_no_wheel_is_refused_as_ever(store, root, web):
    entry = store.wheel(record="nothing,of,it\n")
    with pytest.raises(WheelhouseError) as caught:
        stage(root, "shop", store.manifest(entry), stream=source(web))
    assert "shop" in str(caught.value) and not Layout(root).held("wheels")


def test_a_host_that_is_not_fit_asks_for_nothing(store, root, web, manifest):
    with pytest.raises(WheelhouseError):
        stage(root, "shop", dict(manifest, platform=dict(manifest["platform"], python="2.7")), stream=source(web))
    assert not web.requests and not os.path.exists(root)


def test_a_proxy(store, root, web, manifest):
    """What stands for the proxy here is the web server itself: it sees the whole URL."""
    with pytest.raises(WheelhouseError, match="HTTP 404"):
        stage(root, "shop", manifest, stream={"url": "http://wheels.example/top", "environment": {"HTTP_PROXY": web.url}})
    assert all(path.startswith("http://wheels.example/top/") for path, _headers in web.requests)


@pytest.mark.parametrize("url, environment", [
    ("http://deploy:s3/cret@127.0.0.1:9/", {}), ("http://deploy:34/cret@127.0.0.1:9/", {}), ("http://127.0.0.1:s3cret/", {}),
    ("http://127.0.0.1:9", {"http_proxy": "http:/deploy:s3cret@127.0.0.1:9"}), ("http://127.0.0.1:9", {"HTTP_PROXY": "deploy:s3/cret@127.0.0.1:9"}),
    ("http://127.0.0.1:9", {"all_proxy": "http://deploy:s3/cret@127.0.0.1:9"}),
])
def test_what_could_be_misread_is_refused_and_not_repeated(store, root, manifest, url, environment):
    with pytest.raises(WheelhouseError) as caught:
        stage(root, "shop", manifest, stream={"url": url, "environment": environment})
    assert "not %-escaped" in caught.value.message and next(iter(environment), "deploy_wheelhouse_url") in caught.value.message
    assert not [part for part in ("deploy:", "s3", "34", "cret") if part in str(caught.value)]


def test_a_bundle_that_can_not_be_read(root, web, manifest):
    with pytest.raises(WheelhouseError, match="CA bundle /nowhere") as caught:
        stage(root, "shop", manifest, stream=source(web, PIP_CERT="/nowhere"))
    assert "deploy_environment" in caught.value.hint and not web.requests


def test_a_full_disk_keeps_no_part(store, root, web, manifest, monkeypatch):
    def full(self, url, part, sha256, size):
        with open(part, "wb"):
            pass
        raise OSError(28, "No space left on device")
    monkeypatch.setattr(get.Getter, "get", full)
    with pytest.raises(WheelhouseError, match="No space left") as caught:
        stage(root, "shop", manifest, stream=source(web))
    assert "free some space" in caught.value.hint and os.listdir(Layout(root).incoming) == []
