# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A wheelhouse on a host of its own: each request is one execution there, and the controller keeps nothing."""
from __future__ import annotations

import contextlib
import glob
import hashlib
import os
import shutil
import time
from collections.abc import Callable

from ansible.errors import AnsibleError

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.answers import Answers
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.host_action import STREAM_LIMIT, HostAction
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.outgoing import forget_unsent

_KEPT = 24 * 3600  # seconds
_SPOOL = "wheelhouse-"
_DIGITS = 16


class There:
    """The wheelhouse in the folder ``root`` of the inventory's host ``name``.

    ``connect`` gives the action that talks to it, and is called only when there is something to say. ``temporary`` is a folder of the
    controller that ends with the run. In it is our ``spool``: what travels lies there meanwhile, and what the wheelhouse answered.
    """

    def __init__(self, name: str, root: str, python: str, connect: Callable[[], HostAction], temporary: str):
        if not root.startswith(("/", "~")):
            raise WheelhouseError(f"wheelhouse_dir {root!r} is not an absolute path",
                                  hint=f"set it to the folder of {name} that is the wheelhouse, such as /srv/wheelhouse")
        self.name = name
        self.root = root
        self.python = python
        self.where = f"{name}:{root}"
        self.connect = connect
        self.temporary = temporary
        self.spool = os.path.join(temporary, _SPOOL + hashlib.sha256(self.where.encode()).hexdigest()[:_DIGITS])
        self.answers = Answers(os.path.join(self.spool, "answers"))

    def call(self, *calls: dict, stream: bytes = b"") -> list[dict]:
        """Carry out ``calls`` in one execution; return a result for each. Raises WheelhouseError, which names the host."""
        with self._named():
            return self.connect().call("keeper", self.python, *({"root": self.root, **call} for call in calls), stream=stream)

    def ask(self, *calls: dict) -> list[dict]:
        """Return what the wheelhouse answers to ``calls`` that change nothing; what was asked in this run already is known."""
        return self.answers.to(list(calls), self.call)

    expect = ask

    def forget_unsent(self) -> None:
        """Remove what runs that were killed left in their spools: what was being sent at once, what they were answered after a day."""
        for path in glob.glob(os.path.join(glob.escape(os.path.dirname(self.temporary)), "*", _SPOOL + "[0-9a-f]" * _DIGITS)):
            with contextlib.suppress(FileNotFoundError):  # that run ends just now
                forget_unsent(path)
                if time.time() - os.stat(path).st_mtime > _KEPT:
                    shutil.rmtree(path, ignore_errors=True)  # another run may be removing it too

    def change(self, *calls: dict, stream: bytes = b"") -> list[dict]:
        """Carry out ``calls`` that change something; what was answered before is asked anew."""
        try:
            return self.call(*calls, stream=stream)
        finally:
            self.answers.forget()

    def write_tar(self, files: dict, path: str) -> None:
        """Have a tar of ``files`` made there, after their bytes were verified, and bring it to ``path``."""
        packed = self.call({"op": "pack", "files": files, "owner": self.connect().login_user()})[0]
        try:
            with self._named():
                self.connect().bring_file(packed["path"], path)
        finally:
            self.call({"op": "unpack_done", "path": packed["path"]})

    def take(self, archive: str, files: dict) -> None:
        """Send the tar at ``archive`` there, to have ``files`` of it added."""
        if os.path.getsize(archive) <= STREAM_LIMIT:
            with open(archive, "rb") as stream:
                self.change({"op": "take", "stream": "-", "files": files}, stream=stream.read())
            return
        incoming = self.call({"op": "receive", "owner": self.connect().login_user()})[0]["incoming"]
        remote = os.path.join(incoming, "files.tar")
        try:
            with self._named():
                self.connect().send_file(archive, remote)
        except WheelhouseError:
            self.call({"op": "forget_upload", "path": remote})
            raise
        self.change({"op": "take", "stream": remote, "files": files})

    @contextlib.contextmanager
    def _named(self):
        """Have every error of the block name the wheelhouse's host."""
        try:
            yield
        except WheelhouseError as error:
            error.message = f"on the wheelhouse host {self.name}: {error.message}"
            error.args = (error.message,)
            raise
        except AnsibleError as error:
            raise WheelhouseError(f"the wheelhouse {self.where} can't be reached: {error}", hint=f"see to {self.name}, and that Ansible gets there: "
                                  f"ansible -m ping {self.name}. A rollback needs no wheelhouse") from error
