# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where the wheelhouse is: ``wheelhouse_dir`` of the controller, or of ``wheelhouse_host``."""
from __future__ import annotations

import functools

from ansible import constants as C

from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.host_action import HostAction
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.second_connection import connect, require_host
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.there import There
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.wheelhouse import Wheelhouse

#: The arguments of every action that uses the wheelhouse (documented in doc_fragments/store.py).
ARGUMENTS = {"wheelhouse_dir": {"type": "str", "required": True}, "wheelhouse_host": {"type": "str", "default": ""}}


def open_wheelhouse(action: HostAction, args: dict, task_vars: dict) -> Wheelhouse:
    """Return the wheelhouse that the arguments of an action name; nothing is asked of it yet."""
    name, root = args["wheelhouse_host"], args["wheelhouse_dir"]
    if not name:
        return Wheelhouse(root)
    require_host(name, task_vars)
    python = str(task_vars["hostvars"][name].get("ansible_python_interpreter", ""))  # templated, which the host's raw variables are not
    return Wheelhouse(There(name, root, python if python.startswith("/") else "python3",
                            functools.cache(lambda: connect(action, task_vars, name)), C.DEFAULT_LOCAL_TMP))
