# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import os
import pwd

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent import receive
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common import exchange
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.login import login_ids

DAEMON, NOBODY = (pwd.getpwnam(name) for name in ("daemon", "nobody"))


@pytest.fixture(name="become")
def fixture_become(monkeypatch):
    """A function that makes us a user, by what sudo or doas would tell of it."""
    def become(uid, **told):
        for name in ("SUDO_UID", "SUDO_GID", "SUDO_USER", "DOAS_USER"):
            monkeypatch.delenv(name, raising=False)
        for name, value in told.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(os, "geteuid", lambda: uid)
        monkeypatch.setattr(os, "getegid", lambda: uid)
    return become


@pytest.mark.parametrize("told, owner, ids", [
    ({}, "", (0, 0)), ({}, "no such user", (0, 0)), ({}, "daemon", (DAEMON.pw_uid, DAEMON.pw_gid)),
    ({"SUDO_UID": "7", "SUDO_GID": "8", "SUDO_USER": "x"}, "daemon", (7, 8)), ({"SUDO_UID": "7"}, "daemon", (7, 7)),
    ({"DOAS_USER": "nobody"}, "daemon", (NOBODY.pw_uid, NOBODY.pw_gid)),
])
def test_root_hands_files_to_whoever_logged_in(become, told, owner, ids):
    become(0, **told)
    assert login_ids(owner) == ids


@pytest.mark.parametrize("told, owner", [
    ({}, ""), ({}, "somebody"), ({"SUDO_USER": "nobody"}, ""), ({"SUDO_USER": "root"}, "root"), ({"SUDO_USER": "daemon"}, "nobody"),
])
def test_others_keep_them(become, told, owner):
    become(NOBODY.pw_uid, **told)
    assert login_ids(owner) == (NOBODY.pw_uid, NOBODY.pw_uid)


@pytest.mark.parametrize("told", [{"SUDO_USER": "daemon", "SUDO_UID": str(DAEMON.pw_uid)}, {"DOAS_USER": "daemon"}])
@pytest.mark.parametrize("make", [receive.upload, exchange.private_folder])
def test_who_can_hand_nothing_on_says_so_before_anything_is_made(become, tmp_path, told, make):
    become(NOBODY.pw_uid, **told)
    with pytest.raises(WheelhouseError, match="daemon logged in and became nobody, who can't hand files over to daemon") as caught:
        make(str(tmp_path / "root"), "app", "daemon")
    assert "log in as nobody" in caught.value.hint and "deploy_source: pull" in caught.value.hint and not (tmp_path / "root").exists()


def test_a_user_without_a_name(become):
    become(12345678, SUDO_USER="daemon")
    with pytest.raises(WheelhouseError, match="became 12345678"):
        login_ids("daemon")
