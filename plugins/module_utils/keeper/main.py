# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The wheelhouse's half: what can be asked of the folder that is the wheelhouse, and done to it.

The controller carries this out itself, where the folder is its own, or sends it to the host that has the folder: there is one way to do it.
The wheelhouse is plain files, each under its SHA-256, and the manifests that name them::

    sources/<sha256>/<filename>          sdists, build requirements and build tools, as downloaded
    wheels/<sha256>/<filename>.whl       what is deployed
    bytecode/<sha256>.zip                .pyc files of one wheel for one interpreter
    builds/<source>/<build-key>.json     memos: from this source, with this build key, that wheel was made
    releases/<app>/<manifest-id>.json    manifests, never changed; .json.sig beside it when it was signed
    releases/<app>/inputs/<digest>       the id of the manifest fetched last for these inputs
    simple/, index.html                  for pip and uv (see index.py)
    outgoing/, uploads/                  what travels just now
"""
import importlib
import os
import signal

from ..common.channel import serve
from . import folder


def _later(module, name):
    def operation(root, **arguments):
        function, path = getattr(importlib.import_module(module, __package__), name), os.path.abspath(os.path.expanduser(root))
        folder.require(path)
        return function(path, **arguments)
    return operation


OPERATIONS = {
    "check_writable": _later(".files", "check_writable"),
    "missing": _later(".files", "missing"),
    "is_empty": _later(".files", "is_empty"),
    "sources": _later(".files", "sources"),
    "sound": _later(".files", "sound"),
    "seals": _later(".seals", "seals"),
    "look": _later(".releases", "look"),
    "release": _later(".releases", "release"),
    "commits": _later(".releases", "commits"),
    "publish": _later(".releases", "publish"),
    "signatures": _later(".signatures", "signatures"),
    "keep_signatures": _later(".signatures", "keep_signatures"),
    "recall": _later(".memos", "recall"),
    "remember": _later(".memos", "remember"),
    "index": _later(".index", "update_index"),
    "verify": _later(".files", "verify"),
    "forget_unfinished": _later(".files", "forget_unfinished"),
    "pack": _later(".files", "pack"),
    "take": _later(".files", "take"),
    "unpack_done": _later("..common.exchange", "unpack_done"),
    "forget_upload": _later("..common.exchange", "forget_upload"),
    "receive": _later("..common.exchange", "receive"),
}


def main(stream):
    """Serve one request from the binary ``stream``; see ``common.channel``."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # a lost connection is no reason to leave an index that is half made
    os.umask(0o022)  # a web server may hand the files out
    serve(stream, OPERATIONS)
