# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Resolve the requirements to a lock (PEP 751) that serves every platform with this Python or a later one."""
import json
import os
import shutil
import sys
import urllib.parse

from ..common.address import without_credentials
from ..common.errors import WheelhouseError
from ..common.exchange import forget_upload
from ..common.unfinished import sweep, temporary_folder
from .cooldown import cooldown_arguments
from .sandbox import find_sandbox
from .untrusted import check_plain
from .uv import running_code

_LARGEST = 64 << 20  # bytes of a lock


def lock(root, files, entry, constraints=(), previous=None, upgrade=False, environment=None, no_binary=(), only_binary=(),
         local=(), cooldown=""):
    """Return ``{"lock": text}``, the text of a ``pylock.toml``.

    ``files`` maps relative paths to the texts of the requirements files, of which ``entry`` is the main one and ``constraints``
    are constraints files. Versions of the ``previous`` lock (text) are kept where they still fit, unless ``upgrade`` is True
    or names the package. Raises WheelhouseError when the requirements can't be resolved.

    ``local`` are the requirements' ``file://`` URLs: rows of ``url``, ``path`` (where the file was uploaded) and ``locked`` (its path
    in the lock). ``cooldown`` keeps from what was published later than that (see cooldown.py); what is pinned stays.

    The lock holds sdists as well as wheels whatever ``no_binary`` says: what is compiled is chosen when it is built, and asking
    for sdists here would only make the resolver run their code. ``only_binary`` keeps it from versions without wheels.
    """
    del no_binary
    sandbox = find_sandbox(network=True)
    cache = resolving_cache(root, sandbox)
    scratch = os.path.join(root, "locking")  # not in "work", which a build that starts meanwhile empties
    os.makedirs(scratch, mode=0o755, exist_ok=True)
    sweep(scratch)
    with running_code(cache, environment or {}, sandbox) as uv, temporary_folder(scratch) as folder:
        files, paths = _take_local(root, folder, files, local)
        _write_files(folder, {name: uv.relays.inside(text) for name, text in files.items()})
        output = os.path.join(folder, "pylock.toml")
        if os.path.lexists(output):
            raise WheelhouseError("{0} is a lock already".format("pylock.toml"), hint="give the requirements that it was made from")
        if previous and previous.strip():
            _write(output, previous)
        sandbox.give(folder)
        limits = cooldown_arguments(cooldown, previous, upgrade)
        uv.run(*_arguments(entry, output, constraints, upgrade, only_binary), *limits, cwd=folder,
               doing="the requirements can't be resolved")
        check_plain(output, _LARGEST, folder)  # what ran there may have left something else
        with open(output, encoding="utf-8") as stream:
            text = without_credentials(uv.relays.outside(stream.read()))
        for path, locked in paths.items():
            text = text.replace(json.dumps(path), json.dumps(locked))
    if folder in text or "file://" in text:
        raise WheelhouseError("the lock would hold paths of the build host", hint="name an index, not a folder, in build_environment")
    return {"lock": text}


def resolving_cache(root, sandbox):
    """Return uv's cache for where it may run an sdist's code to read its metadata: it is its user's, and nothing is installed from it."""
    cache = os.path.join(root, "cache", "resolve")
    os.makedirs(cache, mode=0o755, exist_ok=True)
    if os.stat(cache).st_uid != sandbox.owner[0]:
        sandbox.give(cache)
    return cache


def _take_local(root, folder, files, local):
    """Move the uploaded files into ``folder``; return ``files`` that name them there, and ``{path there: path in the lock}``."""
    paths = {}
    for number, row in enumerate(sorted(local, key=lambda row: -len(row["url"]))):  # one URL may begin with another
        path = os.path.join(folder, "local", str(number), os.path.basename(row["path"]))
        os.makedirs(os.path.dirname(path), mode=0o755)
        shutil.copyfile(row["path"], path)
        forget_upload(root, row["path"])
        paths[path] = row["locked"]
        files = {name: text.replace(row["url"], "file://" + urllib.parse.quote(path)) for name, text in files.items()}
    return files, paths


def _arguments(entry, output, constraints, upgrade, only_binary):
    arguments = ["pip", "compile", "--quiet", "--universal", "--no-header", "--python", sys.executable, "--format", "pylock.toml",
                 "--output-file", output, entry]
    for path in constraints:
        arguments += ["--constraints", path]
    for names in only_binary:
        for name in names.split(","):
            arguments += ["--only-binary", name]
    if upgrade is True:
        arguments.append("--upgrade")
    for name in upgrade if isinstance(upgrade, (list, tuple)) else ():
        arguments += ["--upgrade-package", name]
    return arguments


def _write_files(folder, files):
    for name, text in files.items():
        path = os.path.normpath(os.path.join(folder, name))
        if os.path.isabs(name) or not path.startswith(folder + os.sep):
            raise WheelhouseError("the requirements file {0!r} lies outside of the folder of the others".format(name))
        os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
        _write(path, text)


def _write(path, text):
    with open(path, "w", encoding="utf-8") as stream:
        stream.write(text)
    os.chmod(path, 0o644)
