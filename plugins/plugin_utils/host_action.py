# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What our action plugins share: arguments, the call to a host in one execution, and errors as results."""
from __future__ import annotations

import contextlib
import os
import shlex

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import Blocked, WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.steps import step
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.unfinished import temporary_folder
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils import payload
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.uncompressed import send_uncompressed

#: Above this many bytes a stream goes as a file: each worker would hold standard input in memory more than twice.
STREAM_LIMIT = 32 << 20


class HostAction(ActionBase):
    """An action whose work is one function of its checked arguments."""

    ARGUMENTS: dict = {}
    besides: list  # connections to other hosts than the task's (see second_connection.py)
    _requires_connection = True

    def act(self, args: dict, task_vars: dict) -> dict:
        """Do the work; return the task's result. Raises WheelhouseError."""
        raise NotImplementedError

    def run(self, tmp=None, task_vars=None):
        """Check the arguments, act, and turn an error into a failed result."""
        result = super().run(tmp, task_vars)
        _checked, args = self.validate_argument_spec(argument_spec=self.ARGUMENTS)
        self.host_name = (task_vars or {}).get("inventory_hostname", "")
        self.besides = []
        send_uncompressed(self._connection)
        try:
            result.update(self.act(args, task_vars or {}))
        except WheelhouseError as error:
            reasons = error.reasons if isinstance(error, Blocked) else [error.as_dict()]
            result.update(failed=True, msg=str(error), reasons=reasons)
        except OSError as error:
            result.update(failed=True, msg=f"on the controller: {error}")
        finally:
            for connection in self.besides:
                connection.close()
        return result

    @property
    def check_mode(self) -> bool:
        """Whether nothing may be changed."""
        return bool(self._task.check_mode)

    def show(self, text: str) -> None:
        """Tell the person at the terminal how the work goes on."""
        Display().display(f"[{self.host_name}] {text}")

    def login_user(self) -> str:
        """Return the name of the user that the connection logs in as: the one who may write and read uploaded files."""
        return self._get_remote_user() or ""

    def call(self, part: str, python: str, *calls: dict, stream: bytes = b"") -> list[dict]:
        """Carry out ``calls`` on the host, in one execution, and return a result for each."""
        command, data = payload.command(python), payload.request(part, list(calls)) + stream
        found = self._low_level_execute_command(command, in_data=data) if self._takes_input() else self._execute_with_file(command, data)
        return payload.read_reply(python, found["rc"], found["stdout"], found["stderr"])

    def _takes_input(self) -> bool:
        """Tell whether what runs on the host can have standard input; some connections have none, and some ways to become root."""
        become = self._connection.become
        if not self._connection.has_pipelining or become and not become.pipelining:
            return False
        # sudo's password goes through a terminal then, which takes the place of standard input
        asks_here = self._connection.transport == "local" and become and self.get_become_option("become_pass")
        return not asks_here or self._connection.get_option("pipelining")

    def _execute_with_file(self, command: str, data: bytes) -> dict:
        """Execute ``command`` with ``data`` as its standard input by way of a file, which costs some executions more."""
        folder = self._make_tmp_path()
        try:
            remote = self._connection._shell.join_path(folder, "request")
            self._transfer_data(remote, data)
            self._fixup_perms2((folder, remote), execute=False)
            return self._low_level_execute_command(f"{command} < {shlex.quote(remote)}")
        finally:
            self._remove_tmp_path(folder)

    def send_file(self, local: str, remote: str) -> None:
        """Copy a file of the controller to the host."""
        self._transfer_file(local, remote)

    def bring_file(self, remote: str, local: str) -> None:
        """Copy a file of the host to the controller."""
        self._connection.fetch_file(remote, local)


@contextlib.contextmanager
def scratch_folder(beside: str):
    """Give a private folder in ``beside`` (a folder of the controller), removed afterwards."""
    os.makedirs(beside, exist_ok=True)
    with temporary_folder(beside) as folder:
        step("scratch folder made")
        yield folder
