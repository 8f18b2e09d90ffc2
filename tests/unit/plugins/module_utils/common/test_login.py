# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import os
import pwd

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common import login


@pytest.mark.parametrize("environment, name", [({"SUDO_USER": "ann"}, "ann"), ({"DOAS_USER": "bob"}, "bob"), ({}, "carl")])
def test_who_logged_in(monkeypatch, environment, name):
    monkeypatch.setattr(os, "environ", environment)
    monkeypatch.setattr(pwd, "getpwuid", lambda _uid: pwd.struct_passwd(["carl", "x", 7, 7, "", "/", "/bin/sh"]))
    assert login.login_name() == name


def test_a_user_without_a_name(monkeypatch):
    def fail(_uid):
        raise KeyError
    monkeypatch.setattr(os, "environ", {})
    monkeypatch.setattr(pwd, "getpwuid", fail)
    assert login.login_name() == "the user {0}".format(os.geteuid())
