# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The smoke test of a release: before it can be seen, all that can be known without starting the application."""
import os

from ..common.errors import Blocked, WheelhouseError
from . import child, elf, unpack


def smoke_test(layout, manifest, folder, home, imports=None):
    """Raise an error unless the release in ``folder`` works: interpreter, distributions, shared libraries, imports.

    ``imports`` names the modules to import, by default the top-level modules of the project's own wheel. ``home`` is an empty
    folder. Everything runs as nobody where we are root. All failures are reported at once.
    """
    indexes = {entry["name"]: unpack.read_index(layout.wheel(entry["sha256"])) for entry in manifest["wheels"]}
    python = os.path.join(folder, "bin", "python")
    libraries = system_libraries(indexes, elf.interpreter_kind(python))
    wanted = {
        "distributions": {name: index["version"] for name, index in indexes.items()},
        "libraries": sorted(libraries),
        "imports": project_modules(manifest, indexes) if imports is None else list(imports),
    }
    failures = child.try_out(python, wanted, home=home, unprivileged=True)
    if failures:
        reasons = [_reason(failure, manifest, libraries) for failure in failures]
        if len(reasons) == 1:
            raise WheelhouseError(**reasons[0])
        raise Blocked("the release does not work on this host", reasons)


def project_modules(manifest, indexes):
    """Return the top-level modules of the wheels that were built from the project's own source tree."""
    modules = set()
    for entry in manifest["wheels"]:
        if not (entry.get("source") or {}).get("project"):
            continue
        for folder, path, *_unused in indexes[entry["name"]]["files"]:
            parts = path.split("/")
            if folder == "site" and parts[0].isidentifier() and parts[1:] == ["__init__.py"]:
                modules.add(parts[0])
            elif folder == "site" and len(parts) == 1 and path.endswith(".py") and path[:-3].isidentifier():
                modules.add(path[:-3])
    return sorted(modules)


def system_libraries(indexes, kind):
    """Return what the extension modules need from the host: ``{soname: sorted names of packages}``.

    Beginning at the extension modules for an interpreter of ``kind`` (see elf.py) it follows what the release carries itself:
    found by RPATH or RUNPATH, or under that file name anywhere, because packages load libraries of one another beforehand.
    """
    files = {}
    carried = {}
    for name, index in indexes.items():
        for path, found_kind, needed, search, extension in index["elf"]:
            if tuple(found_kind) == tuple(kind):
                files[(name, path)] = (needed, extension, search)
                carried.setdefault(os.path.basename(path), []).append((name, path))
    wanted = {}
    seen = set()
    waiting = [(key, key[0]) for key, found in sorted(files.items()) if found[1]]
    while waiting:
        key, package = waiting.pop()
        if (key, package) in seen:
            continue
        seen.add((key, package))
        for soname in files[key][0]:
            if soname in carried:
                waiting.extend((provider, package) for provider in carried[soname])
            elif not any(os.path.exists(os.path.join(folder, soname)) for folder in files[key][2] if folder.startswith("/")):
                wanted.setdefault(soname, set()).add(package)
    return {soname: sorted(packages) for soname, packages in wanted.items()}


def _reason(failure, manifest, libraries):
    kind, name, reason = failure["failed"], failure["name"], failure["reason"]
    if kind == "distribution":
        return WheelhouseError("the interpreter should find it, but: {0}".format(reason), package=name, log=failure["log"],
                               hint="another distribution may have replaced its files").as_dict()
    if kind == "library":
        users = libraries.get(name, [])
        packages = providers_of([entry for entry in manifest["wheels"] if entry["name"] in users], name)
        missing = reason if reason == name else "{0} (for {1})".format(reason, name)
        return WheelhouseError("the shared library {0} is missing on this host".format(missing), package=", ".join(users),
                               hint=install_hint(packages)).as_dict()
    if kind == "import":
        return WheelhouseError("importing {0} failed: {1}".format(name, reason), log=failure["log"],
                               hint="mend it where it fails, lock what it lacks, or change deploy_smoke_imports").as_dict()
    return WheelhouseError("the smoke test ended while trying {0}: {1}".format(name, reason), log=failure["log"]).as_dict()


def providers_of(entries, soname):
    """Return the requirements (see os_packages) by which the manifest's ``entries`` get the library ``soname`` on the build host."""
    found = set()
    for entry in entries:
        needs = entry.get("needs") or {}
        # a manifest of before does not tell which library is whose
        found.update(needs["providers"].get(soname, ()) if "providers" in needs else needs.get("packages") or ())
    return sorted(found)


def install_hint(packages):
    """Return what to do about a missing library, knowing the OS packages that provide it on the build host."""
    if not packages:
        return "install the OS package that has it"
    return "install {0} on this host, or let deploy_system_packages: install do it".format(", ".join(packages))
