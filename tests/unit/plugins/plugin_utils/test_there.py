# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A wheelhouse of another host, which is another process of this machine."""
import os
import shutil
import subprocess
import sys
import time

import pytest
from ansible.errors import AnsibleConnectionFailure

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.manifest import manifest_id, places
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils import payload, there
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.wheelhouse import Wheelhouse
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.plugin_utils.stored_wheels import entry, manifest


class Host:
    """Stands for the action that talks to the host; knows how often it was called, and can be down."""

    def __init__(self):
        self.executions, self.files, self.down = 0, 0, False

    def call(self, part, python, *calls, stream=b""):
        self._reach()
        self.executions += 1
        ran = subprocess.run(payload.command(python), input=payload.request(part, list(calls)) + stream, shell=True, capture_output=True, check=False)
        return payload.read_reply(python, ran.returncode, ran.stdout.decode(), ran.stderr.decode())

    def send_file(self, local, remote):
        self._reach()
        self.files += 1
        shutil.copyfile(local, remote)

    bring_file = send_file

    def login_user(self):
        return "deploy"

    def _reach(self):
        if self.down:
            raise AnsibleConnectionFailure("Connection refused")


@pytest.fixture(name="host")
def fixture_host():
    return Host()


@pytest.fixture(name="wheelhouse")
def fixture_wheelhouse(tmp_path, host):
    temporary = tmp_path / "local/run1"
    temporary.mkdir(parents=True)
    yield Wheelhouse(there.There("store01", str(tmp_path / "srv"), sys.executable, lambda: host, str(temporary)))
    kept = [path for path in temporary.rglob("*") if path.is_file() and path.stat().st_size and path.parent.name != "answers"]
    assert kept == [], "what travelled is gone"


@pytest.fixture(name="release")
def fixture_release(tmp_path):
    return manifest(entry(tmp_path / "srv", "a", "1.0"), entry(tmp_path / "srv", "b", "1.0"))


def test_from_publishing_to_looking(wheelhouse, host, release):
    assert wheelhouse.find_manifest(release) is None
    assert wheelhouse.publish(release, release) is True and wheelhouse.publish(release, release) is False
    assert host.executions == 3
    wheelhouse.expect([release], [("shop", manifest_id(release))])
    wheelhouse.check_writable()
    assert wheelhouse.find_manifest(release) == wheelhouse.find_complete(release) == wheelhouse.require_manifest("shop", manifest_id(release)) == release
    assert wheelhouse.signature("shop", manifest_id(release)) is None and host.executions == 4
    assert wheelhouse.missing(places(release)) == {}
    assert wheelhouse.sound(list(places(release))) == places(release)


@pytest.mark.parametrize("limit", [0, 32 << 20])
def test_files_come_and_go(wheelhouse, host, release, tmp_path, monkeypatch, limit):
    monkeypatch.setattr(there, "STREAM_LIMIT", limit)
    with wheelhouse.tar(places(release)) as archive:
        with wheelhouse.tar(places(release)) as same:
            assert same == archive and os.stat(archive).st_mode & 0o077 == 0
        assert (host.executions, host.files) == (2, 1), "packed once, brought once, and done with"
        shutil.rmtree(tmp_path / "srv/wheels")
        assert set(wheelhouse.missing(places(release))) == {place for place in places(release) if place.startswith("wheels/")}
        wheelhouse.take(archive, places(release))
    assert wheelhouse.missing(places(release)) == {} and host.files == (1 if limit else 2)
    assert not list((tmp_path / "srv/outgoing").iterdir()) and not list((tmp_path / "srv").glob("uploads/*"))


def test_damage_there_names_the_host(wheelhouse, release, tmp_path):
    place = next(iter(places(release)))
    (tmp_path / "srv" / place).write_bytes(b"else")
    with pytest.raises(WheelhouseError, match=f"on the wheelhouse host store01: the wheelhouse {tmp_path}/srv is damaged.*renamed"):
        with wheelhouse.tar(places(release)):
            raise AssertionError("nothing to send")


def test_a_line_that_breaks_leaves_nothing(wheelhouse, host, release, tmp_path, monkeypatch):
    monkeypatch.setattr(there, "STREAM_LIMIT", 0)

    def breaking(local, remote):
        with open(remote, "wb") as stream:
            stream.write(b"half")
        raise AnsibleConnectionFailure("the line broke")
    with wheelhouse.tar(places(release)) as archive:
        monkeypatch.setattr(host, "send_file", breaking)
        with pytest.raises(WheelhouseError, match="the line broke"):
            wheelhouse.take(archive, places(release))
    monkeypatch.setattr(host, "bring_file", breaking)
    with pytest.raises(WheelhouseError, match="the line broke"):
        with wheelhouse.tar(places(release)):
            raise AssertionError("nothing to send")
    assert not list((tmp_path / "srv/outgoing").iterdir()) and not list((tmp_path / "srv/uploads").iterdir())


def test_a_host_that_is_down(wheelhouse, host, release):
    host.down = True
    for ask in (wheelhouse.check_writable, lambda: wheelhouse.find_manifest(release), lambda: wheelhouse.publish(release, release)):
        with pytest.raises(WheelhouseError, match="the wheelhouse store01:.*/srv can't be reached: Connection refused") as caught:
            ask()
        assert "ansible -m ping store01" in caught.value.hint


def test_a_manifest_that_was_altered_on_the_way_is_refused(wheelhouse, host, release, monkeypatch):
    other = {**release, "lock": "9" * 64}
    answer = {"manifest": other, "signature": None, "known": None, "problem": None}
    monkeypatch.setattr(host, "call", lambda *_arguments, **_more: [answer])
    with pytest.raises(WheelhouseError, match="gave another manifest"):
        wheelhouse.read_manifest("shop", manifest_id(release))
    answer["manifest"] = {**release, "wheels": 3}
    wheelhouse.site.answers.forget()
    with pytest.raises(WheelhouseError, match="the manifest is damaged"):
        wheelhouse.read_manifest("shop", manifest_id(release))


def test_what_another_writes_is_seen_after_a_change_of_ours(wheelhouse, host, release):
    wheelhouse.find_manifest(release)
    host.call("keeper", sys.executable, {"op": "publish", "root": wheelhouse.site.root, "manifest": release, "inputs": release})
    assert wheelhouse.find_manifest(release) is None, "a run sees one state"
    wheelhouse.remember({})
    assert wheelhouse.find_manifest(release) == release


@pytest.mark.parametrize("root", ["wheelhouse", "", " "])
def test_a_folder_that_is_not_absolute(host, tmp_path, root):
    with pytest.raises(WheelhouseError, match="not an absolute path"):
        there.There("store01", root, sys.executable, lambda: host, str(tmp_path))


def test_a_folder_of_somebody_else_there(wheelhouse, host, tmp_path):
    (tmp_path / "srv").mkdir()
    (tmp_path / "srv/index.html").write_text("a home page")
    with pytest.raises(WheelhouseError, match=f"on the wheelhouse host store01: the wheelhouse {tmp_path}/srv has what is not of .*: index.html") as caught:
        wheelhouse.check_writable()
    assert "wheelhouse_dir" in caught.value.hint and host.executions == 1


def test_what_a_killed_run_left_there_goes(wheelhouse, release, tmp_path):
    half = tmp_path / "srv" / os.path.dirname(next(iter(places(release)))) / ".tmp-wheelhouse-half0000"
    half.write_bytes(b"half")
    wheelhouse.forget_unfinished()
    assert not half.exists() and set(wheelhouse.sound(list(places(release)))) == {*places(release)}


def test_what_a_killed_run_left_of_sending_goes(wheelhouse, host, release, tmp_path):
    left, others = tmp_path / "local/run0/wheelhouse-0123456789abcdef", tmp_path / "local/run0/wheelhouse-old"
    for path in (left / "outgoing/0123456789abcdef.tar", left / "outgoing/0123456789abcdef.tar.lock", left / ".tmp-wheelhouse-tree0000/files.tar",
                 left / "answers/0.json", tmp_path / "local/run0/other/x",
                 others / "outgoing/0123456789abcdef.tar.lock"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    with wheelhouse.tar(places(release)) as archive:
        executions = host.executions
        wheelhouse.forget_unsent()
        assert os.path.exists(archive) and host.executions == executions
    assert sorted(path.name for path in left.rglob("*")) == ["0.json", "answers", "outgoing"], "another run may want an answer"
    for path in (left, others):
        os.utime(path, (0, time.time() - 25 * 3600))
    wheelhouse.forget_unsent()
    assert not left.exists() and list(others.rglob("*.lock")) and (tmp_path / "local/run0/other/x").exists() and os.path.exists(wheelhouse.site.spool)


def test_workers_take_turns(wheelhouse, tmp_path):
    child = os.fork()
    if child == 0:
        with wheelhouse.alone():
            (tmp_path / "taken").touch()
            time.sleep(0.3)
            (tmp_path / "done").touch()
        os._exit(0)
    while not (tmp_path / "taken").exists():
        time.sleep(0.01)
    with wheelhouse.alone():
        assert (tmp_path / "done").exists()
    os.waitpid(child, 0)
