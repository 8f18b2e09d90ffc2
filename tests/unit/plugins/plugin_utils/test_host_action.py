# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import json
import os
from unittest import mock

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common import channel
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import Blocked, WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.host_action import HostAction, scratch_folder

REPLY = {"rc": 0, "stdout": channel.MARK + json.dumps({"results": [1]}), "stderr": ""}


def run(error=None, result=None, args=None):
    """Run an action that returns ``result`` or raises ``error``."""
    class Action(HostAction):
        ARGUMENTS = {"app": {"type": "str", "required": True}, "keep": {"type": "int", "default": 3}}

        def act(self, args, task_vars):
            self.seen = args
            if error:
                raise error
            return result or {}

    task = mock.MagicMock(async_val=0, check_mode=False, args=args or {"app": "shop"})
    action = Action(task, mock.MagicMock(), mock.MagicMock(), None, None, None)
    return action.run(task_vars={"inventory_hostname": "web01"}), action


def test_arguments_are_checked_and_filled():
    found, action = run(result={"changed": True})
    assert found["changed"] is True and action.seen == {"app": "shop", "keep": 3} and action.host_name == "web01"


def test_an_error_becomes_a_result():
    found, _action = run(WheelhouseError("it broke", hint="mend it", package="lxml", log="line"))
    assert found["failed"] is True
    assert found["msg"] == "lxml: it broke\n  -> mend it\n  | line"
    assert found["reasons"] == [{"message": "it broke", "hint": "mend it", "package": "lxml", "log": "line"}]


def test_several_reasons():
    found, _action = run(Blocked("no", [WheelhouseError("one").as_dict(), WheelhouseError("two").as_dict()]))
    assert found["msg"] == "no:\n- one\n- two" and len(found["reasons"]) == 2


def test_trouble_of_the_controller():
    found, _action = run(PermissionError(13, "Permission denied", "/w"))
    assert found["failed"] is True and "on the controller" in found["msg"] and "/w" in found["msg"]


def test_other_exceptions_are_bugs():
    with pytest.raises(ZeroDivisionError):
        run(ZeroDivisionError())


def test_a_scratch_folder_is_private_and_passing(tmp_path):
    with scratch_folder(str(tmp_path / "new")) as folder:
        assert os.stat(folder).st_mode & 0o077 == 0 and os.path.dirname(folder) == str(tmp_path / "new")
    assert list((tmp_path / "new").iterdir()) == []


@pytest.mark.parametrize("transport, capable, become, password, pipelining, takes", [
    ("ssh", True, None, None, False, True),
    ("ssh", True, "sudo", None, False, True),
    ("ssh", True, "sudo", "secret", False, True),
    ("ssh", True, "su", "secret", False, False),  # su insists on a terminal
    ("local", True, None, None, False, True),
    ("local", True, "sudo", None, False, True),
    ("local", True, "sudo", "secret", False, False),  # the password's terminal takes the place of standard input
    ("local", True, "sudo", "secret", True, True),
    ("paramiko", False, None, None, True, False),
])
def test_what_can_have_standard_input(transport, capable, become, password, pipelining, takes):
    connection = mock.MagicMock(transport=transport, has_pipelining=capable, become=become and mock.MagicMock(pipelining=become != "su"))
    connection.get_option.side_effect = {"pipelining": pipelining}.get
    if become:
        connection.become.get_option.side_effect = lambda name, playcontext=None: {"become_pass": password}[name]
    action = HostAction(mock.MagicMock(), connection, mock.MagicMock(), None, None, None)
    sent = []
    with (mock.patch.object(action, "_low_level_execute_command", lambda command, in_data=None: sent.append((command, in_data)) or REPLY),
          mock.patch.object(action, "_make_tmp_path", lambda: "/tmp/x"), mock.patch.object(action, "_remove_tmp_path") as removed,
          mock.patch.object(action, "_fixup_perms2"), mock.patch.object(action, "_transfer_data") as transferred):
        connection._shell.join_path = os.path.join
        assert action.call("agent", "python3", {"op": "status"}, stream=b"tar") == [1]
    ((command, data),) = sent
    if takes:
        assert data.endswith(b"tar") and "<" not in command and not transferred.called
    else:
        assert data is None and command.endswith(" < /tmp/x/request") and transferred.call_args[0][1].endswith(b"tar")
        removed.assert_called_once_with("/tmp/x")
