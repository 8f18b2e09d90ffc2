# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which packages of the distribution provide the shared libraries that a wheel loads, and in which version at least."""
import hashlib
import os
import re
import shutil
import subprocess
import sys
import zipfile

from ..common.files import canonical_json
from ..common.unfinished import temporary_folder

_SCHEMA = 1
# What a library, or a version of its symbols, is called; a wheel may say anything, and this becomes a file's name and an argument.
_PLAIN = re.compile(r"\w[\w.+-]*", re.ASCII)


class OsPackages:
    """The packages of this host (deb or rpm) that own ``libraries`` (sonames): two questions to the database for all of them."""

    def __init__(self, libraries):
        wanted = set(libraries)
        self.paths = {soname: path for soname, path in loader_cache() if soname in wanted} if wanted else {}
        self.owners = {}
        if self.paths and shutil.which("dpkg-query"):
            owners = _deb_owners(self.paths.values())
            self.owners = {soname: owners[path] for soname, path in self.paths.items() if path in owners}

    def providers(self, store, wheel, facts):
        """Return ``{soname: [requirement]}`` for the libraries in ``facts`` (see needs.needs_of) that a package of this host has.

        ``wheel`` is ``{"filename", "sha256"}`` in ``store``. A requirement is written as the distribution does: ``libpq5 (>= 9.1~)``, a
        name alone where no version is known, ``libpq.so.5()(64bit)`` on the rpm family, where each versioned symbol is one more.
        """
        owners = {soname: self.owners[soname] for soname in facts["libraries"] if soname in self.owners}
        if owners:
            return _remembered(store, wheel["sha256"], owners, lambda: self._deb(store, wheel, facts, owners))
        if self.paths and shutil.which("rpm"):
            return _rpm(facts)
        return {}

    def _deb(self, store, wheel, facts, owners):
        versioned = {}
        if shutil.which("dpkg-shlibdeps"):
            os.makedirs(store.path("builds"), mode=0o755, exist_ok=True)
            with temporary_folder(store.path("builds")) as folder:
                arguments = _lay_out(folder, store.path_of("wheels", wheel["sha256"], wheel["filename"]), facts, self.paths)
                ran = subprocess.run(["dpkg-shlibdeps", "-O", "--ignore-missing-info", *arguments], cwd=folder, env=dict(os.environ, LC_ALL="C"),
                                     stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
            if ran.returncode == 0:
                text = ran.stdout.decode("utf-8", "replace").partition("=")[2]
                versioned = {re.split(r"[\s:]", part, maxsplit=1)[0]: part for part in re.split(r",\s*", text.strip()) if part}
        return {soname: [versioned.get(name, name)] for soname, (name, _version) in owners.items()}


def _lay_out(folder, wheel, facts, paths):
    """Put what dpkg-shlibdeps reads into the empty ``folder``; return its arguments.

    It gives up at a library that it does not find. What the wheel or another one carries is none of a package's business, so that
    any ELF file serves in its place: there is no package for it, and no symbol is found in it.
    """
    for name in ("debian", "stand-ins"):
        os.mkdir(os.path.join(folder, name))
    with open(os.path.join(folder, "debian", "control"), "w", encoding="utf-8") as stream:
        stream.write("Source: wheel\n\nPackage: wheel\nArchitecture: any\n")
    arguments = ["-lstand-ins"]
    with zipfile.ZipFile(wheel) as archive:
        for number, member in enumerate(facts["users"]):
            path = os.path.join(folder, "{0}.so".format(number))
            with archive.open(member) as reader, open(path, "wb") as writer:
                shutil.copyfileobj(reader, writer)
            arguments.append("-e{0}.so".format(number))
    for soname in {*facts["carries"], *facts["libraries"]}.difference(paths):
        if _PLAIN.fullmatch(soname):
            os.symlink(os.path.join(folder, "0.so"), os.path.join(folder, "stand-ins", soname))
    return arguments


def _remembered(store, sha256, owners, make):
    # with the packages' versions: another version may tell of other symbols
    key = "{0}-{1}".format(sha256, hashlib.sha256(canonical_json([_SCHEMA, owners, bool(shutil.which("dpkg-shlibdeps"))])).hexdigest()[:16])
    known = store.recall("providers", key)
    if known is None:
        known = make()
        store.remember("providers", key, known)
    return known


def _deb_owners(paths):
    """Return ``{path: (package, version)}``."""
    # where /lib is a link to /usr/lib, the package database may know either path
    spelled = {other: path for path in paths for other in (path, "/usr" + path if not path.startswith("/usr/") else path[len("/usr"):])}
    names = {}
    for line in _output(["dpkg-query", "-S", *sorted(spelled)]).splitlines():
        match = re.match(r"([^\s:,]+)(?::\w+)?: (/.*)$", line)
        if match and match.group(2) in spelled:
            names[spelled[match.group(2)]] = match.group(1)
    versions = {}
    if names:
        rows = _output(["dpkg-query", "-W", "-f", "${Package} ${Version}\n", *sorted(set(names.values()))]).splitlines()
        versions = dict(row.split(" ", 1) for row in rows)
    return {path: [name, versions.get(name, "")] for path, name in names.items()}


def _rpm(facts):
    """Return the capabilities by which rpm packages ask for libraries, of those that a package of this host has."""
    wide = sys.maxsize > 2 ** 32
    wanted = {}
    for soname in filter(_PLAIN.fullmatch, facts["libraries"]):
        plain = soname + "()(64bit)" if wide else soname
        wanted[soname] = [plain] + ["{0}({1}){2}".format(soname, version, "(64bit)" if wide else "")
                                    for version in filter(_PLAIN.fullmatch, facts["symbols"].get(soname, ()))]
    if not wanted:
        return {}
    lacking = set(re.findall(r"no package provides (\S+)", _output(["rpm", "-q", "--whatprovides", *sum(wanted.values(), [])])))
    return {soname: [name for name in names if name not in lacking] for soname, names in wanted.items() if names[0] not in lacking}


def loader_cache():
    """Return (soname, path) of the libraries that the loader knows, those of this machine's own kind last, so that they win."""
    rows = []
    for line in _output([shutil.which("ldconfig", path="/sbin:/usr/sbin:/bin:/usr/bin") or "ldconfig", "-p"]).splitlines():
        match = re.match(r"\s+(\S+) \((.*)\) => (\S+)", line)
        if match:
            rows.append((any(word in match.group(2) for word in ("64", "AArch")), match.group(1), match.group(3)))
    return [(soname, path) for _own, soname, path in sorted(rows)]


def _output(command):
    """Return what a command says; one that finds only some of what it is asked for fails, and says these."""
    try:
        ran = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
                             env=dict(os.environ, LC_ALL="C"), check=False)
    except OSError:
        return ""
    return ran.stdout.decode("utf-8", "replace")
