# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Build locks: the exact, hashed build requirements of each source, what it declares (PEP 518) and what its hook adds (PEP 517)."""
import os
import sys

from ..common.address import without_credentials
from ..common.errors import WheelhouseError
from ..common.files import canonical_json
from ..common.platform import family
from .choose import choose
from .closure import unanswered
from .store import Store
from .third_party import tomllib

_UNCLAIMED = "unclaimed"


class BuildLocks:
    """The build locks that the request brought, and those that are made because it brought none.

    A build lock is a dictionary: ``name`` and ``version`` of the source (no version for the project), ``platform`` (see
    common.platform.family), ``requires`` and ``added`` (sorted PEP 508 texts: declared, and added by the hook) and ``files``, each
    with ``name``, ``version``, ``filename``, ``url``, ``sha256`` and ``size``. ``resolve(name, requires)`` returns lock tables (PEP 751);
    ``made(lock)`` is called with each new one. It stays in ``store`` until the controller has it (see ``forget_claimed``), so that a
    run that is cut off between the two is gone on with.
    """

    def __init__(self, store, known, platform, resolve, made):
        self.store = store
        self.platform = family(platform)
        self._known = {(lock["name"], lock["version"]): lock for lock in known if lock["platform"] == self.platform}
        self._resolve = resolve
        self._made = made
        self._new = []

    def recall(self, source):
        """Return the build lock of ``source`` (an Artifact), or None."""
        key = (source.name, source.version)
        if key not in self._known:
            unclaimed = self.store.recall(_UNCLAIMED, self._unclaimed_key(source))
            if unclaimed:
                self._known[key] = unclaimed
                self._made(unclaimed)
        return self._known.get(key)

    def _unclaimed_key(self, source):
        return "{0}-{1}".format(source.sha256, self.platform)

    def answering(self, source, declared, added=None):
        """Return (build lock, whether it is certain) for what ``source`` declares and what its hook adds (None: not asked yet).

        It is made when there is none. Not certain means that the hook has to be asked: another source of the same name and version,
        as the project's tree is after each change, may want more. Raises WheelhouseError when the lock can't be made, or when the one
        that is there lacks something.
        """
        known = self.recall(source)
        if known and known["requires"] == sorted(declared) and (added is None or known["added"] == sorted(added)):
            _check_complete(known)
            moves = source.kind == "project" or source.url.startswith("git+")  # each commit may have the same version
            return known, added is not None or not moves and known not in self._new
        lock = {"name": source.name, "version": source.version, "platform": self.platform, "requires": sorted(declared),
                "added": sorted(added or ()), "files": []}
        wanted = lock["requires"] + lock["added"]
        if wanted:
            lock["files"] = [_file(artifact) for artifact in choose(self._resolve(source.name, wanted))]
        self._known[source.name, source.version] = lock
        self._new.append(lock)
        return lock, added is not None

    def keep(self, source, lock):
        """Tell that ``lock`` has served a build of ``source``, so that it is worth keeping when it is new."""
        if lock in self._new:
            self.store.remember(_UNCLAIMED, self._unclaimed_key(source), lock)
            self._made(lock)


def _file(artifact):
    return {field: getattr(artifact, field) for field in ("name", "version", "filename", "url", "sha256", "size")}


def forget_claimed(root, locks):
    """Forget these new build locks: the controller has written them."""
    store = Store(root)
    folder = store.path("builds", _UNCLAIMED)
    for name in os.listdir(folder) if os.path.isdir(folder) else ():
        if name.endswith(".json") and store.recall(_UNCLAIMED, name[:-len(".json")]) in locks:
            os.unlink(os.path.join(folder, name))
    return {}


def text_of(lock):
    """Return what of a build lock decides over a build, as text: the files, wherever they come from."""
    return canonical_json(sorted([file["filename"], file["sha256"]] for file in lock["files"])).decode("utf-8")


def resolver(uv, uv_running_code, folder, limits=()):
    """Return a function that resolves build requirements in ``folder`` to lock tables (PEP 751).

    ``uv`` only takes published wheels. Where these do not suffice, what ``uv_running_code()`` gives a block may look into sdists as well
    (see uv.running_code). ``limits`` are more of uv's arguments (see cooldown.py).
    """
    def resolve(name, requires):
        arguments = ["pip", "compile", "--quiet", "--format", "pylock.toml", "--no-header", "--no-annotate", "--python", sys.executable, *limits, "-"]
        asked = {"cwd": folder, "stdin": "\n".join(requires) + "\n", "doing": "its build requirements can't be resolved"}
        try:
            return _tables(uv.run(*arguments, "--only-binary", ":all:", **asked))
        except WheelhouseError:
            pass  # perhaps one of them is published as an sdist only
        try:
            with uv_running_code() as other:
                return _tables(other.run(*arguments, **asked))
        except WheelhouseError as error:
            raise WheelhouseError(error.message, package=name, log=error.log, hint="it wants {0}; choose another version of {1}, or see {2}".format(
                ", ".join(requires), name, "build_environment when the index is another one")) from error
    return resolve


def _tables(text):
    return tomllib.loads(without_credentials(text)).get("packages", [])


def _check_complete(lock):
    versions = {file["name"]: file["version"] for file in lock["files"]}
    lacking = [found for found in (unanswered(text, versions) for text in lock["requires"] + lock["added"]) if found]
    if lacking:
        raise WheelhouseError("its build lock does not answer what it requires: {0}".format("; ".join(lacking)), package=lock["name"],
                              hint="take its [[locks]] table out of the build lock file, so that it is locked again")
