# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A wheelhouse in a folder of the controller."""
from __future__ import annotations

import os

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.transfer import pack
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.keeper import folder
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.keeper.main import OPERATIONS
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.outgoing import forget_unsent


class Here:
    """The wheelhouse in the folder ``root`` of this machine: what is asked of it is done at once.

    ``spool`` is the folder in which lies what travels.
    """

    def __init__(self, root: str):
        if not root.strip():
            raise WheelhouseError("wheelhouse_dir is empty", hint="set it to a folder of the controller that you may write")
        self.where = self.spool = os.path.abspath(os.path.expanduser(root))
        folder.require(self.where)

    def call(self, *calls: dict) -> list[dict]:
        """Carry out ``calls``; return a result for each."""
        return [OPERATIONS[call["op"]](self.where, **{key: value for key, value in call.items() if key != "op"}) for call in calls]

    ask = change = call

    def expect(self, *calls: dict) -> None:
        """Nothing is saved by asking for all at once."""

    def forget_unsent(self) -> None:
        """Remove what runs that were killed left of sending."""
        forget_unsent(self.spool)

    def write_tar(self, files: dict, path: str) -> None:
        """Write a tar of ``files`` to ``path``, after their bytes were verified."""
        self.call({"op": "verify", "files": files})
        with open(path, "wb") as stream:
            pack(stream, self.where, files)

    def take(self, archive: str, files: dict) -> None:
        """Add ``files`` from the tar at ``archive``."""
        with open(archive, "rb") as stream:
            self.call({"op": "take", "stream": stream, "files": files})
