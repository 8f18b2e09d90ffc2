# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import os

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder import users

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a build another user")


@as_root
def test_nobody_else_has_the_user_meanwhile(tmp_path):
    locks = str(tmp_path / "locks")
    with users.own_user(locks) as one, users.own_user(locks) as two:
        assert one != two and one[0] == one[1] >= users.FIRST
    with users.own_user(locks) as again:
        assert again == one


@as_root
def test_named_users_are_left_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(users, "_is_named", lambda number: number < users.FIRST + 3)
    with users.own_user(str(tmp_path)) as found:
        assert found[0] == users.FIRST + 3


@as_root
@pytest.mark.parametrize("name, result", [("_is_named", True), ("_is_mapped", False)])
def test_where_there_is_none(tmp_path, monkeypatch, name, result):
    monkeypatch.setattr(users, name, lambda number: result)
    with users.own_user(str(tmp_path)) as found:
        assert found is None


@as_root
def test_without_a_place_for_locks(tmp_path):
    (tmp_path / "file").touch()
    with users.own_user(str(tmp_path / "file")) as found:
        assert found is None


def test_who_is_not_root_has_none(tmp_path, monkeypatch):
    monkeypatch.setattr(users.os, "geteuid", lambda: 1000)
    with users.own_user(str(tmp_path)) as found:
        assert found is None


def test_known_numbers():
    assert users._is_named(0) and not users._is_named(users.FIRST) and users._is_mapped(0)
    assert 0 not in users.nobody()
