# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import io
import shutil

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.manifest import manifest_id, places
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.transfer import unpack
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils import production_host, this_run
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.wheelhouse import Wheelhouse
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.plugin_utils.stored_wheels import entry, manifest

ARGS = {"app": "shop", "root": "/opt/wheelhouse", "python": "python3", "services": ["shop.service"], "health": "", "keep": 3}
STATUS = {"current": None, "wheels": [], "bytecode": []}


class Action:
    """Stands for the action plugin; remembers what was to be carried out."""

    def __init__(self):
        self.calls, self.streams, self.files, self.shown = [], [], [], []
        self.incoming = "/opt/wheelhouse/incoming/1"

    def call(self, part, python, *calls, stream=b""):
        self.calls.append([part, python, *calls])
        self.streams.append(stream)
        answers = {"status": STATUS, "receive": {"incoming": self.incoming}, "stage": {"unpacked": 2},
                   "activate": {"changed": True}, "verify": {}}
        return [dict(answers[call["op"]]) for call in calls]

    def send_file(self, local, remote):
        with open(local, "rb") as stream:
            self.files.append((remote, stream.read()))

    def login_user(self):
        return "deploy"

    def show(self, text):
        self.shown.append(text)


@pytest.fixture
def release(tmp_path):
    return manifest(entry(tmp_path, "a", "1.0"), entry(tmp_path, "b", "1.0"))


def deploy(tmp_path, release, held=(), web=None):
    action = Action()
    found = production_host.ProductionHost(action, ARGS).deploy(Wheelhouse(str(tmp_path)), release, manifest_id(release), set(held), None, web=web)
    return action, found


def test_status_is_asked_once():
    action = Action()
    host = production_host.ProductionHost(action, ARGS)
    known = host.status()
    assert host.status(known) is known and len(action.calls) == 1


@pytest.mark.parametrize("other", [
    {"app": "other"}, {"root": "/other"}, {"asked": {"run": "ansible-local-other", "works": 0, "at": 0}}, {"asked": None}], ids=str)
def test_the_status_of_another_app_or_run_is_not_taken(other):
    action = Action()
    host = production_host.ProductionHost(action, ARGS)
    host.status({**host.status(), **other})
    assert len(action.calls) == 2


@pytest.mark.parametrize("ops, works", [(["status"], 0), (["verify", "check"], 0), (["audit"], 0), (["verify", "receive"], 1), (["stage", "activate"], 1),
                                        (["rollback"], 1), (["confirm"], 1), (["install"], 1), (["repair"], 1)], ids=str)
def test_what_changes_a_host_is_work(ops, works):
    action = Action()
    action.call = lambda *_asked, stream: []
    before = this_run.now()["works"]
    production_host.ProductionHost(action, ARGS).call(*({"op": op} for op in ops))
    assert this_run.now()["works"] - before == works


def test_what_lacks_goes_in_one_execution(tmp_path, release):
    action, found = deploy(tmp_path, release)
    assert [call["op"] for call in action.calls[0][2:]] == ["stage", "activate"] and len(action.calls) == 1
    unpack(io.BytesIO(action.streams[0]), str(tmp_path / "there"), places(release))
    assert found == {"unpacked": 2, "changed": True, "bytes": sum(size for _sha256, size in places(release).values())}


def test_what_is_held_stays_here(tmp_path, release):
    held = next(iter(places(release).values()))[0]
    action, _found = deploy(tmp_path, release, [held])
    with pytest.raises(WheelhouseError):
        unpack(io.BytesIO(action.streams[0]), str(tmp_path / "there"), places(release))


def test_nothing_lacks(tmp_path, release):
    action, found = deploy(tmp_path, release, [sha256 for sha256, _size in places(release).values()])
    assert action.streams == [b""] and found["bytes"] == 0 and not action.shown


def test_much_goes_as_a_file_after_asking(tmp_path, release, monkeypatch):
    monkeypatch.setattr(production_host, "STREAM_LIMIT", 10)
    action, _found = deploy(tmp_path, release)
    assert [[call["op"] for call in calls[2:]] for calls in action.calls] == [["receive"], ["stage", "activate"]]
    ((remote, data),) = action.files
    assert remote == action.calls[1][2]["stream"] == "/opt/wheelhouse/incoming/1/files.tar"
    unpack(io.BytesIO(data), str(tmp_path / "there"), places(release))
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".tmp")]


def test_what_another_controller_brought_meanwhile_does_not_travel(tmp_path, release, monkeypatch):
    monkeypatch.setattr(production_host, "STREAM_LIMIT", 10)
    action = Action()
    action.incoming = None
    found = production_host.ProductionHost(action, ARGS).deploy(Wheelhouse(str(tmp_path)), release, manifest_id(release), set(), None)
    assert [[call["op"] for call in calls[2:]] for calls in action.calls] == [["receive"], ["stage", "activate"]]
    assert "stream" not in action.calls[1][2] and not action.files and not action.shown and found["bytes"] == 0


def test_a_host_that_pulls_is_told_from_where_in_one_execution(tmp_path, release, monkeypatch):
    monkeypatch.setattr(production_host, "STREAM_LIMIT", 10)
    shutil.rmtree(tmp_path / "wheels")  # the controller need not have the files
    web = {"url": "https://wheels.example.org/", "environment": {"https_proxy": "http://proxy.example.org:3128"}}
    action, found = deploy(tmp_path, release, web=web)
    assert [call["op"] for call in action.calls[0][2:]] == ["stage", "activate"] and len(action.calls) == 1
    assert action.calls[0][2]["stream"] == web and action.streams == [b""] and not action.files
    assert found["bytes"] == sum(size for _sha256, size in places(release).values())


def test_a_host_that_lacks_nothing_pulls_nothing(tmp_path, release):
    action, found = deploy(tmp_path, release, [sha256 for sha256, _size in places(release).values()], web={"url": "https://a.example/"})
    assert "stream" not in action.calls[0][2] and found["bytes"] == 0


@pytest.mark.parametrize("url", ["", "wheels.example.org", "file:///srv/wheelhouse", "https://", "https://user:secret@/x", "https://a.example/?x=1",
                                 "http://[::1", "https://user:secret@[a.example/", "https://user:secret@a.example:port/", "https://a.example:99999/"])
def test_a_url_to_pull_from_that_no_host_can_use(url):
    args = {"source": "pull", "wheelhouse_url": url, "environment": {}}
    with pytest.raises(WheelhouseError, match="not the URL of a web server") as caught:
        production_host.web_server(args)
    assert "deploy_wheelhouse_url" in caught.value.hint and "secret" not in str(caught.value)
    assert production_host.web_server({**args, "source": "push"}) is None


@pytest.mark.parametrize("sign", ["#", "?", "?/", "/#@"])
def test_a_password_that_is_not_escaped_is_not_shown(sign):
    with pytest.raises(WheelhouseError, match="'https://wheels.example.org/' is not the URL") as caught:
        production_host.web_server({"source": "pull", "wheelhouse_url": f"https://deploy:s3{sign}cret@wheels.example.org/", "environment": {}})
    assert not [part for part in ("deploy:", "s3", "cret") if part in str(caught.value)]


def test_damage_is_found_before_anything_is_sent(tmp_path, release):
    Wheelhouse(str(tmp_path))
    place = next(iter(places(release)))
    (tmp_path / place).write_bytes(b"else")
    with pytest.raises(WheelhouseError, match="is damaged"):
        deploy(tmp_path, release)


def test_activation_says_who():
    call = production_host.ProductionHost(Action(), ARGS).activation("activate", release="1")
    assert call["actor"]["user"] and call["actor"]["host"] and call["health"] is None and call["services"] == ["shop.service"]


@pytest.mark.parametrize("limit", [1 << 20, 10])
def test_signatures_are_verified_before_anything_else(tmp_path, release, monkeypatch, limit):
    monkeypatch.setattr(production_host, "STREAM_LIMIT", limit)
    action = Action()
    host = production_host.ProductionHost(action, {**ARGS, "allowed_signers": "/etc/signers"})
    host.deploy(Wheelhouse(str(tmp_path)), release, manifest_id(release), set(), None, "the signature", True)
    assert all(call[2]["op"] == "verify" for call in action.calls)
    told = [(call["signature"], call["allowed_signers"], call["asked"]) for calls in action.calls for call in calls[2:] if call["op"] in ("verify", "activate")]
    assert set(told) == {("the signature", "/etc/signers", True)} and len(told) == len(action.calls) + 1
    assert host.activation("rollback")["allowed_signers"] == "/etc/signers"


GIVEN = {"app": "shop", "services": [], "smoke_imports": None, "health": "", "health_timeout": 30, "confirm_timeout": 0, "keep": 3}
WEEK = 7 * 24 * 3600  # seconds


@pytest.mark.parametrize("given, found", [
    ({}, {}), ({"services": [""]}, {"services": []}), ({"services": ["shop.service", " web.service", ""]}, {"services": ["shop.service", "web.service"]}),
    ({"smoke_imports": [""]}, {"smoke_imports": []}), ({"smoke_imports": ["shop", " "]}, {"smoke_imports": ["shop"]}),
    ({"health": " http://127.0.0.1/\n"}, {"health": "http://127.0.0.1/"}), ({"health_timeout": 1, "keep": 1}, {"health_timeout": 1, "keep": 1}),
    ({"health_timeout": WEEK, "confirm_timeout": WEEK, "keep": 10 ** 9}, {"health_timeout": WEEK, "confirm_timeout": WEEK, "keep": 10 ** 9})])
def test_names_without_anything_around_them(given, found):
    assert production_host.checked({**GIVEN, **given}) == {**GIVEN, **found}


def test_the_way_back_takes_the_nearest_that_a_number_may_be():
    given = {**GIVEN, "health_timeout": 0, "confirm_timeout": -1, "keep": 0}
    assert production_host.checked(given, lenient=True) == {**GIVEN, "health_timeout": 1, "confirm_timeout": 0, "keep": 1}
    given = {**GIVEN, "health_timeout": 10 ** 10, "confirm_timeout": 10 ** 14}
    assert production_host.checked(given, lenient=True) == {**GIVEN, "health_timeout": WEEK, "confirm_timeout": WEEK}


def test_all_that_no_host_could_do_at_once():
    given = {**GIVEN, "services": ["two words"], "health_timeout": 0, "confirm_timeout": -1, "keep": 0}
    with pytest.raises(WheelhouseError) as caught:
        production_host.checked(given)
    for said in ("deploy_health_timeout is 0", "deploy_confirm_timeout is -1", "deploy_keep is 0", "set it to 1 or more", "set it to 0 or more",
                 "'two words' is not the name of a systemd unit", "correct deploy_services"):
        assert said in str(caught.value)


@pytest.mark.parametrize("name, value", [("health_timeout", WEEK + 1), ("health_timeout", 10 ** 10), ("confirm_timeout", 10 ** 14)])
def test_more_than_a_host_can_count(name, value):
    with pytest.raises(WheelhouseError) as caught:
        production_host.checked({**GIVEN, name: value})
    assert f"deploy_{name} is {value}" in str(caught.value) and f"set it to {WEEK} or less" in str(caught.value)
