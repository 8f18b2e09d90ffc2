# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What stands in the way of a release on this host, all of it at once; nothing is changed."""
import errno
import os
import stat

from ..common import platform
from ..common.errors import Blocked, WheelhouseError
from ..common.manifest import manifest_id, places, validate
from . import child, deploy_root, disk, environment, os_packages, requires_python, wheel
from .layout import Layout
from .smoke import install_hint, providers_of

# A wheel unpacks to about 3.5 times its size, 5 kB a file; it is there packed as well while it is unpacked.
UNPACKED = 4
BYTES_PER_FILE = 5000
RELEASE_BYTES = 16 << 20  # folders, scripts and RECORD of a release
RELEASE_INODES = 3000


def check(root, app, manifest, installing=(), repairing=False):
    """Return ``{"release", "staged", "missing": [places], "held": n, "blockers": [errors], "system_packages": [names]}``.

    ``missing`` is what must be sent before the release can be staged, ``system_packages`` what to install of the distribution's
    packages, because it is missing here or too old; those of them that are ``installing`` are no blockers,
    and with ``repairing`` neither is what a repair puts right before.
    Raises WheelhouseError when root, app or manifest are unusable.
    """
    layout = Layout(root)
    validate(manifest)
    if manifest["app"] != app:
        raise WheelhouseError("the manifest is for the app {0}, not for {1}".format(manifest["app"], app))
    release = manifest_id(manifest)
    staged = os.path.isdir(layout.release(app, release))
    missing = [] if staged else layout.missing(manifest)
    blockers = []
    system_packages = []
    if not staged:
        blockers += _platform(manifest)
        blockers += _root(layout, app, repairing)
        blockers += _room(layout, manifest, missing)
        if environment.VENV_ERROR:
            blockers.append(WheelhouseError(
                "the interpreter {0} cannot make a virtual environment: {1}".format(environment.interpreter(), environment.VENV_ERROR),
                hint="install its complete standard library (on Debian: python3, or python3-venv)"))
        found, system_packages = _libraries(manifest, set(installing))
        blockers += found
    return {"release": release, "staged": staged, "missing": missing, "held": len(places(manifest)) - len(missing),
            "blockers": [error.as_dict() for error in blockers], "system_packages": system_packages}


def require(found, app):
    """Raise Blocked when ``found``, from ``check``, has blockers."""
    if found["blockers"]:
        raise Blocked("{0} cannot be deployed here".format(app), found["blockers"])


def _platform(manifest):
    found = platform.describe()
    errors = [WheelhouseError("the wheels are for another platform: {0}".format(difference),
                              hint="build for this platform, or set deploy_python to an interpreter of that version")
              for difference in platform.differences(found, manifest["platform"])]
    for entry in manifest["wheels"] if not errors else ():
        try:
            wheel.check_entry(entry, found)
        except WheelhouseError as error:
            errors.append(error)
    python = requires_python.python_version()
    for entry in manifest["wheels"]:
        if not requires_python.accepts(entry.get("requires_python"), python):
            errors.append(WheelhouseError("it requires Python {0}, and this host has {1}".format(entry["requires_python"], python),
                                          package=entry["name"], hint="set deploy_python to such an interpreter, or lock another version of it"))
    if found["libc"] == "glibc":
        for entry in manifest["wheels"]:
            needed = (entry.get("needs") or {}).get("libc_version")
            if needed and platform.version_tuple(needed) > platform.version_tuple(found["libc_version"]):
                errors.append(WheelhouseError(
                    "it needs glibc {0}, and this host has {1}".format(needed, found["libc_version"]), package=entry["name"],
                    hint="build on a host with the OS release of this one"))
    return errors


def _root(layout, app, repairing):
    reason = disk.writable(layout.root)
    if reason:
        return [WheelhouseError("the deploy root cannot be used: {0}".format(reason[0]), hint=reason[1])]
    elsewhere = disk.divided(layout.root, layout.folders(app))
    if elsewhere:
        return [WheelhouseError("{0} is on another file system than {1}".format(elsewhere, layout.root), hint=disk.HINTS[errno.EXDEV])]
    reason = deploy_root.complaint(layout, app, repairing) or (deploy_root.of_another_user(layout, app) if repairing else None)
    if reason:
        return [WheelhouseError(reason[0], hint=reason[1])]
    try:
        if not stat.S_ISLNK(os.lstat(layout.current(app)).st_mode):
            return [WheelhouseError("{0} is not a symbolic link".format(layout.current(app)),
                                    hint="move it away; nogcc.wheelhouse makes a link of that name")]
    except (FileNotFoundError, NotADirectoryError):
        pass
    return []


def _room(layout, manifest, missing):
    sizes = places(manifest)
    packed = sum(sizes[place][1] for place in missing)
    needed_bytes = packed * (UNPACKED + 1) + RELEASE_BYTES
    needed_inodes = packed * UNPACKED // BYTES_PER_FILE + RELEASE_INODES
    free_bytes, free_inodes = disk.free(layout.root)
    errors = []
    if free_bytes < needed_bytes:
        errors.append(WheelhouseError("{0} has {1} MB free, and about {2} MB are needed".format(
            layout.root, free_bytes >> 20, (needed_bytes >> 20) + 1), hint="free some space, or choose another deploy_root"))
    if free_inodes is not None and free_inodes < needed_inodes:
        errors.append(WheelhouseError("{0} has {1} inodes free, and about {2} are needed".format(
            layout.root, free_inodes, needed_inodes), hint="remove some files, or choose another deploy_root"))
    return errors


def _libraries(manifest, installing):
    """Return the errors for libraries that the loader does not find or whose package is too old, and the OS packages to install.

    There is no error for what comes with those that are ``installing`` (as in check mode, where they are not yet).
    """
    users, packages = {}, {}
    for entry in manifest["wheels"]:
        needs = entry.get("needs") or {}
        for soname in needs.get("libraries") or []:
            users.setdefault(soname, []).append(entry)
        for text in needs.get("packages") or []:
            packages.setdefault(text, []).append(entry["name"])
    if not users:
        return [], []
    errors, wanted = [], set()
    for failure in child.try_out(environment.interpreter(), {"libraries": sorted(users)}, unprivileged=True):
        if failure["failed"] != "library":
            errors.append(WheelhouseError("looking for shared libraries ended while trying {0}: {1}".format(
                failure["name"], failure["reason"]), log=failure["log"]))
            continue
        entries = users[failure["name"]]
        provided = providers_of(entries, failure["name"])
        names = {os_packages.name_of(text) for text in provided}
        wanted.update(names)
        if names and names <= installing:
            continue
        errors.append(WheelhouseError("the shared library {0} is missing on this host".format(failure["name"]),
                                      package=", ".join(entry["name"] for entry in entries), hint=install_hint(provided)))
    for text, version in sorted(os_packages.too_old(sorted(packages)).items()):
        wanted.add(os_packages.specifier_of(text))
        if os_packages.specifier_of(text) in installing:
            continue
        errors.append(WheelhouseError("it needs the OS package {0}, and this host has {1}".format(text, version),
                                      package=", ".join(packages[text]), hint=install_hint([text])))
    return errors, sorted(wanted)
