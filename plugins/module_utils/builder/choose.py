# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Choose, for each package of the lock, the one artifact that serves this interpreter (PEP 751, 425, 508)."""
import posixpath
import re
import urllib.parse
from collections import namedtuple

from ..common.address import shown
from ..common.errors import Blocked, WheelhouseError
from ..common.manifest import normalise
from .third_party import packaging

#: ``kind`` is "wheel" (published, used as it is) or "sdist" (to be compiled); ``size`` in bytes, None when the lock leaves it out;
#: ``url`` is empty for a file of the controller. "vcs" is a commit, its id part of ``url``, which git.py makes an sdist of.
Artifact = namedtuple("Artifact", "name version kind filename url sha256 size")

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_WEB = ("http", "https")


def choose(packages, no_binary=(), only_binary=()):
    """Return an Artifact for each of the lock's ``packages`` (tables of PEP 751) that this interpreter needs, sorted by name.

    ``no_binary`` and ``only_binary`` have pip's meaning: names, ``:all:`` or ``:none:``. Raises Blocked with every package
    for which there is nothing to choose.
    """
    rules = BinaryRules(no_binary, only_binary)
    order = {tag: rank for rank, tag in enumerate(packaging.tags.sys_tags())}
    chosen, problems = {}, []
    for package in packages:
        try:
            if not applies(package):
                continue
            artifact = choose_artifact(package, rules.for_name(package["name"]), order)
            if artifact.name in chosen:
                raise _problem(package, "the lock has it twice for this platform, as {0} and {1}".format(
                    chosen[artifact.name].version, artifact.version), "lock again")
            chosen[artifact.name] = artifact
        except WheelhouseError as error:
            problems.append(error.as_dict())
    if problems:
        raise Blocked("{0} of the lock can't be used here".format(count(problems, "package")), problems)
    return [chosen[name] for name in sorted(chosen)]


def applies(package):
    """Tell whether the package's marker (PEP 508, in the context of a lock) holds for this interpreter."""
    marker = package.get("marker")
    if not marker:
        return True
    try:
        return packaging.markers.Marker(marker).evaluate(context="lock_file")
    except (packaging.markers.InvalidMarker, packaging.markers.UndefinedEnvironmentName) as error:
        raise _problem(package, "its marker {0!r} can't be read: {1}".format(marker, error), "lock again") from error


def choose_artifact(package, allowed, order):
    """Return the Artifact for one package; ``allowed`` holds the kinds that may be used, ``order`` ranks the interpreter's tags."""
    _check_python(package)
    wheel = _best_wheel(package, order) if "wheel" in allowed else None
    if wheel:
        return _artifact(package, "wheel", wheel)
    if package.get("sdist") and "sdist" in allowed:
        return _artifact(package, "sdist", package["sdist"])
    if package.get("archive") or package.get("vcs"):
        return _direct(package, allowed, order)
    if package.get("directory"):
        raise _problem(package, "it comes from a directory, of which a lock can't promise what is in it",
                       "build an sdist or a wheel of it and name that file, or make it part of wheelhouse_project")
    tags = next(iter(order), "this interpreter")
    if "wheel" not in allowed:
        raise _problem(package, "it is to be compiled, but it has no sdist",
                       "take it out of build_no_binary, or choose a version that has an sdist")
    if package.get("sdist"):
        raise _problem(package, "it has no published wheel for {0}, and compiling it is not allowed".format(tags),
                       "take it out of build_only_binary")
    raise _problem(package, "it has neither a wheel for {0} nor an sdist".format(tags), "choose another version of it")


class BinaryRules:
    """pip's ``--no-binary`` and ``--only-binary``: a name wins over ``:all:``, ``:none:`` empties a list."""

    def __init__(self, no_binary, only_binary):
        self.no_binary = _names(no_binary)
        self.only_binary = _names(only_binary)

    def for_name(self, name):
        """Return the kinds of artifact that may be used for the package ``name``."""
        name = normalise(name)
        for pattern in (name, ":all:"):
            if pattern in self.only_binary:
                return ("wheel",)
            if pattern in self.no_binary:
                return ("sdist",)
        return ("wheel", "sdist")


def _names(values):
    found = set()
    for value in values:
        for name in value.split(","):
            if name.strip() == ":none:":
                found.clear()
            elif name.strip():
                found.add(name.strip() if name.strip() == ":all:" else normalise(name.strip()))
    return found


def _check_python(package):
    wanted = package.get("requires-python")
    if not wanted:
        return
    python = packaging.markers.default_environment()["python_full_version"]
    try:
        fits = packaging.specifiers.SpecifierSet(wanted).contains(python, prereleases=True)
    except packaging.specifiers.InvalidSpecifier as error:
        raise _problem(package, "its requires-python {0!r} can't be read".format(wanted), "lock again") from error
    if not fits:
        raise _problem(package, "it requires Python {0}, and this is {1}".format(wanted, python),
                       "choose a version of it that supports this Python, and lock again")


def _best_wheel(package, order):
    ranked = []
    for wheel in package.get("wheels") or []:
        try:
            name, _version, build, tags = packaging.utils.parse_wheel_filename(filename_of(wheel))
        except packaging.utils.InvalidWheelFilename:
            continue  # an index may list what no installer accepts
        ranks = [order[tag] for tag in tags if tag in order]
        if ranks and name == normalise(package["name"]):
            ranked.append(((min(ranks), -1 - build[0] if build else 0), filename_of(wheel), wheel))
    return min(ranked, key=lambda row: row[:2])[2] if ranked else None


def _direct(package, allowed, order):
    """Return the Artifact of a requirement ``name @ url``: that very file or commit is wanted, so that no_binary says nothing about it."""
    archive = package.get("archive") or {}
    kind = "wheel" if filename_of(archive).endswith(".whl") else "sdist"
    if kind == "wheel":
        if not _best_wheel(dict(package, wheels=[archive]), order):
            tags = next(iter(order), "this interpreter")
            raise _problem(package, "{0} is not a wheel of it that fits {1}".format(filename_of(archive), tags),
                           "name another wheel, or its sdist")
    elif "sdist" not in allowed:
        raise _problem(package, "it comes from {0}, and compiling it is not allowed".format("an sdist" if archive else "git"),
                       "take it out of build_only_binary")
    if not archive:
        return _commit(package)
    if archive.get("subdirectory"):
        raise _problem(package, "it lies in a folder of an archive", "name its own sdist, or its repository (git+https://)")
    return _artifact(package, kind, archive)


def _commit(package):
    vcs = package["vcs"]
    commit, url = str(vcs.get("commit-id", "")), str(vcs.get("url", ""))
    if vcs.get("type") != "git" or not _COMMIT.fullmatch(commit) or urllib.parse.urlsplit(url).scheme not in _WEB:
        raise _problem(package, "the lock has no git commit for it at a web address, but {0!r} of {1!r}".format(commit, shown(url)), "lock again")
    folder = posixpath.normpath(vcs.get("subdirectory") or ".")
    if folder.startswith(("/", "..")):
        raise _problem(package, "its folder {0!r} lies outside of its repository".format(folder), "lock again")
    place = "" if folder == "." else "#subdirectory=" + urllib.parse.quote(folder)
    address = "git+{0}@{1}{2}".format(url, commit, place)
    return Artifact(normalise(package["name"]), package.get("version") or "", "vcs", "", address, "", None)


def _artifact(package, kind, found):
    filename = filename_of(found)
    sha256 = (found.get("hashes") or {}).get("sha256")
    if not sha256:
        raise _problem(package, "the lock has no SHA-256 for {0}".format(filename), "lock again")
    url = found.get("url") or ""
    scheme = urllib.parse.urlsplit(url).scheme
    if scheme == "file" or found.get("path"):
        url = ""  # the controller's file, which it puts into the store under its hash
    elif scheme not in _WEB:
        raise _problem(package, "the lock has no address for {0}".format(filename or "its " + kind),
                       "lock again with an index that this build host can reach")
    version = package.get("version") or ""
    if not version and not package.get("archive"):
        raise _problem(package, "the lock does not say which version {0} is".format(filename), "lock again")
    return Artifact(normalise(package["name"]), version, kind, filename, url, sha256.lower(), found.get("size"))


def filename_of(artifact):
    """Return the file name of an artifact's table: its name, or else the last part of its URL or path."""
    return artifact.get("name") or urllib.parse.unquote(
        urllib.parse.urlsplit(artifact.get("url") or artifact.get("path") or "").path.rpartition("/")[2])


def count(things, noun):
    """Return for example "1 package" or "2 packages"."""
    return "{0} {1}{2}".format(len(things), noun, "" if len(things) == 1 else "s")


def _problem(package, message, hint):
    return WheelhouseError(message, hint=hint, package=str(package.get("name")))
