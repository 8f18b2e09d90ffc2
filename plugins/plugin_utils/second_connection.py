# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A connection from an action plugin to another host than the task's, as ``delegate_to`` would make it."""
from __future__ import annotations

from ansible import constants as C
from ansible.executor.task_executor import TaskExecutor
from ansible.playbook.play_context import PlayContext

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.host_action import HostAction
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.uncompressed import send_uncompressed


def require_host(name: str, task_vars: dict) -> None:
    """Raise WheelhouseError unless the inventory has the host ``name``."""
    if name not in task_vars["hostvars"]:
        raise WheelhouseError(f"wheelhouse_host {name!r} is not in the inventory",
                              hint="add it, in any group or in none; wheelhouse_host takes the name of a host there")


def connect(action: HostAction, task_vars: dict, name: str) -> HostAction:
    """Return an action that talks to the inventory's host ``name``, by that host's own variables; what it has not is the task's.

    So one becomes root there where the task does, unless the host has ``ansible_become`` of its own.
    """
    variables = dict(task_vars["hostvars"].raw_get(name))
    task = action._task.copy()
    task.delegate_to = name
    templar = action._templar.copy_with_new_env(available_variables=variables)
    delegated = {**variables, "ansible_delegated_vars": {name: variables}}
    context = PlayContext(play=task.get_play(), passwords=_typed(action._play_context, task_vars))
    context = context.set_task_and_variable_override(task=task, variables=delegated, templar=templar)
    context.post_validate(templar=templar)
    executor = TaskExecutor(host=None, task=task, job_vars=delegated, play_context=context, loader=action._loader,
                            shared_loader_obj=action._shared_loader_obj, final_q=None, variable_manager=None)
    plugin = templar.template(variables["ansible_connection"]) if variables.get("ansible_connection") is not None else task.connection
    executor._connection = executor._get_connection(variables, templar, plugin)
    executor._set_connection_options(variables, templar)
    send_uncompressed(executor._connection)
    action.besides.append(executor._connection)
    return HostAction(task, executor._connection, executor._play_context, action._loader, templar, action._shared_loader_obj)


def _typed(context: PlayContext, task_vars: dict) -> dict[str, str]:
    """Return the passwords that were given on the command line: those that no variable of the task's host explains."""
    found = {"conn_pass": "password", "become_pass": "become_pass"}
    return {key: getattr(context, attribute) for key, attribute in found.items()
            if getattr(context, attribute) and not any(name in task_vars for name in C.MAGIC_VARIABLE_MAPPING[attribute])}
