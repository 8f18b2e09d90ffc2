# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The build host's half: the operations that the controller can ask for.

Each is imported when it is called: ``survey`` and ``prepare`` run under the system's Python, before the packages of the others are there.
"""
import importlib
import os

from ..common.channel import serve
from . import folder


def _later(module, name):
    def operation(**arguments):
        if "root" in arguments:
            folder.require(arguments["root"])
        return getattr(importlib.import_module(module, __package__), name)(**arguments)
    return operation


OPERATIONS = {
    "survey": _later(".survey", "survey"),
    "prepare": _later(".tools", "prepare"),
    "lock": _later(".resolve", "lock"),
    "start": _later(".job", "start"),
    "poll": _later(".progress", "poll"),
    "lacking": _later(".supply", "lacking"),
    "take": _later(".supply", "take"),
    "forget_claimed": _later(".build_locks", "forget_claimed"),
    "find": _later(".exchange", "find"),
    "accept": _later(".exchange", "accept"),
    "held": _later(".exchange", "held"),
    "pack": _later(".exchange", "pack"),
    "unpack_done": _later("..common.exchange", "unpack_done"),
    "receive": _later("..common.exchange", "receive"),
}


def main(stream):
    """Answer the one request on ``stream``."""
    os.umask(0o022)  # other users build with what we make
    serve(stream, OPERATIONS)
