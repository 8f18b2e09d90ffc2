# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is sent to a host: its half of the code, the request, and how the reply is read back."""
from __future__ import annotations

import functools
import json
import os
import shlex
import zlib

from ansible_collections.nogcc.wheelhouse.plugins import module_utils
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common import channel
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError, from_dict

PACKAGE = "nogcc_wheelhouse"

#: What a half consists of besides ``common`` and itself: the wheelhouse's knows wheels as the production host's does.
_BESIDES = {"keeper": ("agent",)}
_START = 'import sys;b=sys.stdin.buffer;s={"__name__":"bootstrap"};exec(b.read(int(b.readline())),s);s["run"](b)'


def command(python: str) -> str:
    """Return the shell command that starts the host's half under the interpreter ``python``; the rest comes on its standard input."""
    return f"{shlex.quote(python)} -I -c {shlex.quote(_START)}"


def block(data: bytes) -> bytes:
    """Return ``data`` behind a line with its length."""
    return b"%d\n%s" % (len(data), data)


@functools.lru_cache(maxsize=None)
def code(part: str) -> bytes:
    """Return the bootstrap and the sources of ``part`` (``agent``, ``builder`` or ``keeper``) with those that all share.

    Who asks for it where it is imported does so once for a run: Ansible forks a worker for each task and host.
    """
    root = list(module_utils.__path__)[0]
    sources = {f"{PACKAGE}/__init__.py": ""}
    for folder in ("common", *_BESIDES.get(part, ()), part):
        for name in sorted(os.listdir(os.path.join(root, folder))):
            if name.endswith(".py"):
                with open(os.path.join(root, folder, name), encoding="utf-8") as stream:
                    sources[f"{PACKAGE}/{folder}/{name}"] = stream.read()
    payload = json.dumps({"entry": f"{PACKAGE}.{part}.main", "sources": sources})
    return block(sources[f"{PACKAGE}/common/bootstrap.py"].encode()) + block(zlib.compress(payload.encode(), 5))


def request(part: str, calls: list[dict]) -> bytes:
    """Return all that goes to a host's standard input before the tar, if there is one."""
    return code(part) + block(json.dumps({"calls": calls}).encode())


def read_reply(python: str, rc: int, stdout: str, stderr: str) -> list[dict]:
    """Return the results of the calls. Raises the error that the host sent, or says why there is no reply."""
    for line in stdout.splitlines():
        if line.startswith(channel.MARK):
            reply = json.loads(line[len(channel.MARK):])
            if "error" in reply:
                raise from_dict(reply["error"])
            return reply["results"]
    output = (stderr.strip() or stdout.strip())[-2000:]
    if rc in (126, 127) and (python in output or not output):  # else it is sudo, or the shell, that is not there
        raise WheelhouseError(f"there is no Python interpreter {python} on this host", log=output,
                              hint="install Python there (Debian: python3), or name the interpreter: deploy_python, build_python; "
                                   "that of wheelhouse_host is ansible_python_interpreter")
    if "MemoryError" in output or rc == 137:  # 128 + SIGKILL, which the kernel sends where memory runs out
        raise WheelhouseError(f"the host's half ended with exit code {rc} and gave no reply: it was killed, or there was not enough memory", log=output,
                              hint=channel.MORE_MEMORY)
    raise WheelhouseError(f"the host's half ended with exit code {rc} and gave no reply", log=output,
                          hint="the lines below are what it said; with -vvv Ansible shows the command")
