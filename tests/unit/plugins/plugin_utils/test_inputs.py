# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import pytest
from ansible import constants

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import Blocked, WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils import inputs as inputs_
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.lockfile import remember
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.requirements import read_requirements
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.plugin_utils.stored_wheels import PLATFORM

LOCK = f'''lock-version = "1.0"
[[packages]]
name = "a"
version = "1.0"
sdist = {{ url = "https://example.org/a-1.0.tar.gz", hashes = {{ sha256 = "{"0" * 64}" }} }}
'''


@pytest.fixture
def args(tmp_path):
    (tmp_path / "requirements.in").write_text("a\n")
    return {"app": "shop", "requirements": str(tmp_path / "requirements.in"), "lock": "", "project": ""}


def write_lock(args, tmp_path, name="pylock.toml"):
    (tmp_path / name).write_text(remember(LOCK, read_requirements(args["requirements"])))


def test_without_a_lock(args, tmp_path):
    found = inputs_.read_inputs(args)
    assert found.lock is None and found.lock_path == str(tmp_path / "pylock.toml")


def test_with_a_lock(args, tmp_path):
    write_lock(args, tmp_path)
    found = inputs_.read_inputs({**args, "no_binary": ["b", "a", "b"], "only_binary": []})
    assert found.as_dict(PLATFORM) == {"app": "shop", "lock": found.lock.sha256, "project": None, "platform": PLATFORM,
                                       "options": {"no_binary": ["a", "b"], "only_binary": []}, "build_lock": None}


def test_changed_requirements(args, tmp_path):
    write_lock(args, tmp_path)
    (tmp_path / "requirements.in").write_text("a\nb\n")
    with pytest.raises(WheelhouseError) as caught:
        inputs_.read_inputs(args)
    assert "b was added to the requirements" in str(caught.value) and "ansible-playbook nogcc.wheelhouse.lock" in str(caught.value)


def test_another_name_of_the_lock(args, tmp_path):
    write_lock(args, tmp_path, "pylock.shop.toml")
    assert inputs_.read_inputs({**args, "lock": "pylock.shop.toml"}).lock is not None
    with pytest.raises(WheelhouseError, match="not the name of a lock"):
        inputs_.read_inputs({**args, "lock": "shop.lock"})


def test_a_ready_lock(args, tmp_path):
    (tmp_path / "pylock.web.toml").write_text(LOCK)
    found = inputs_.read_inputs({**args, "requirements": str(tmp_path / "pylock.web.toml")})
    assert found.requirements is None and found.lock.packages[0]["name"] == "a"
    with pytest.raises(WheelhouseError, match="there is no lock"):
        inputs_.read_inputs({**args, "requirements": str(tmp_path / "pylock.gone.toml")})


def test_a_lock_that_is_not_text(args, tmp_path):
    (tmp_path / "pylock.toml").write_bytes(b"\xff")
    with pytest.raises(WheelhouseError, match="UTF-8"):
        inputs_.read_inputs(args)


def test_no_requirements(args):
    with pytest.raises(WheelhouseError, match="wheelhouse_requirements is empty"):
        inputs_.read_inputs({**args, "requirements": ""})


def test_a_folder_where_the_lock_should_be(args, tmp_path):
    (tmp_path / "pylock.toml").mkdir()
    with pytest.raises(WheelhouseError, match="can't be read"):
        inputs_.read_inputs(args)


@pytest.mark.parametrize("app", ["", "a b", "..", "a..b", "a/b", "/a", ".hidden", "-x", "ä", "a\n"])
def test_names_that_are_no_names(args, app):
    with pytest.raises(WheelhouseError, match="not a name for an app"):
        inputs_.read_inputs({**args, "app": app})


def test_all_at_once(args, tmp_path):
    (tmp_path / "requirements.in").write_text("a b c\nd e f\n")
    with pytest.raises(Blocked) as caught:
        inputs_.read_inputs({**args, "app": "a b", "project": str(tmp_path / "gone")})
    assert len(caught.value.reasons) == 4


def test_a_switch_is_part_of_the_inputs_only_when_it_is_on(args, tmp_path):
    write_lock(args, tmp_path)
    former = inputs_.read_inputs(args).as_dict(PLATFORM)
    assert inputs_.read_inputs({**args, "bundle_libraries": False}).as_dict(PLATFORM) == former
    changed = inputs_.read_inputs({**args, "bundle_libraries": True}).as_dict(PLATFORM)
    assert changed["options"] == {**former["options"], "bundle_libraries": True}


def test_the_workers_of_a_run_parse_a_lock_once(args, tmp_path, monkeypatch):
    monkeypatch.setattr(constants, "DEFAULT_LOCAL_TMP", str(tmp_path / "ansible-local-1"))
    write_lock(args, tmp_path)
    first = inputs_.read_inputs(args)
    with monkeypatch.context() as patched:
        patched.setattr(inputs_, "parse_lock", None)
        assert inputs_.read_inputs(args) == first
    (tmp_path / "pylock.toml").write_text((tmp_path / "pylock.toml").read_text().replace("a-1.0", "a-1.0.post1"))
    assert inputs_.read_inputs(args).lock.packages[0]["sdist"]["filename"] == "a-1.0.post1.tar.gz"
