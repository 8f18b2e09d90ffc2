# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a host answered, kept for one run: Ansible's workers are processes of their own that would each ask the same."""
from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError, from_dict
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.files import canonical_json, write_file
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.turns import alone_in

#: Seconds for which a failure is the failure of all who ask; else each of fifty hosts would wait for a host that is down.
FAILED = 60


class Answers:
    """Answers to calls, in ``folder``. One worker asks, the others wait and read what it was told."""

    def __init__(self, folder: str):
        self.folder = folder

    def to(self, calls: list[dict], carry_out: Callable[..., list[dict]]) -> list[dict]:
        """Return the answers to ``calls``; those that are not known are had from ``carry_out``, all at once. Raises what that raises."""
        os.makedirs(self.folder, mode=0o700, exist_ok=True)
        with alone_in(self.folder):
            known = [self._read(self._path(call)) for call in calls]
            lacking = [call for call, answer in zip(calls, known) if answer is None]
            if lacking:
                self._raise_failure(lacking)
                told = iter(self._carry_out(lacking, carry_out))
                known = [next(told) if answer is None else answer for answer in known]
        return known

    def forget(self) -> None:
        """Forget every answer: something was changed."""
        os.makedirs(self.folder, mode=0o700, exist_ok=True)
        with alone_in(self.folder):
            for name in os.listdir(self.folder):
                if name.endswith((".json", ".failed")):
                    os.unlink(os.path.join(self.folder, name))

    def _carry_out(self, calls: list[dict], carry_out: Callable[..., list[dict]]) -> list[dict]:
        try:
            told = carry_out(*calls)
        except WheelhouseError as error:
            write_file(self._path(calls, ".failed"), canonical_json({"time": time.time(), "error": error.as_dict()}), 0o600)
            raise
        for call, answer in zip(calls, told):
            write_file(self._path(call), canonical_json(answer), 0o600)
        return told

    def _raise_failure(self, calls: list[dict]) -> None:
        failure = self._read(self._path(calls, ".failed"))
        if failure and time.time() - failure["time"] < FAILED:
            raise from_dict(failure["error"])

    def _path(self, call: dict | list[dict], ending: str = ".json") -> str:
        return os.path.join(self.folder, hashlib.sha256(canonical_json(call)).hexdigest() + ending)

    @staticmethod
    def _read(path: str) -> dict | None:
        try:
            with open(path, encoding="utf-8") as stream:
                return json.load(stream)
        except FileNotFoundError:
            return None
