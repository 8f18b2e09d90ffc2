# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The build lock file beside the lock: the build requirements of each sdist, with URL and SHA-256, for each kind of platform.

``pylock.toml`` has its build locks in ``pylock-build.toml``, ``pylock.web.toml`` in ``pylock-build.web.toml``. Each ``[[locks]]`` table is
the build lock of one source (see builder/build_locks.py): two sdists may need two versions of the same. It names its files, which
stand in ``[[files]]`` once.
"""
from __future__ import annotations

import contextlib
import os
import re
import tomllib

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import Blocked, WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.files import write_file
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.unfinished import sweep
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.lockfile import toml_string
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.third_party import InvalidVersion, Version, canonicalize_name

_TITLE = "# The build requirements of what is compiled, locked by nogcc.wheelhouse. Commit this file with the lock.\n"
_AGAIN = "restore it from your version control, or remove it: then build requirements are locked anew"
_NAME = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?", re.IGNORECASE)
_SHA256 = re.compile(r"[0-9a-f]{64}")
_FILE_NAME = re.compile(r"[^./\\\x00-\x20-][^/\\\x00-\x1f]{0,199}")
_FILE_TEXTS = ("name", "version", "filename", "url", "sha256")


def path_beside(lock_path: str) -> str:
    """Return the path of the build lock file that belongs to a lock."""
    folder, name = os.path.split(lock_path)
    return os.path.join(folder, name.replace("pylock", "pylock-build", 1))


def read_build_locks(path: str) -> list[dict]:
    """Return the build locks in the file at ``path``, each with its files; none when there is no file.

    Raises WheelhouseError when it can't be read, Blocked with all that is wrong in it.
    """
    try:
        with open(path, "rb") as stream:
            found = tomllib.load(stream)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise WheelhouseError(f"{path} is not TOML: {error}", hint=_AGAIN) from error
    except OSError as error:
        raise WheelhouseError(f"{path} can't be read: {error.strerror}", hint="see to its permissions") from error
    rows, locks = found.get("files", []), found.get("locks", [])
    problems = [*_wrong_files(rows), *_wrong_locks(locks, rows)]
    if problems:
        raise Blocked(f"{path} can't be used; {_AGAIN}", problems)
    files = {row["sha256"]: {**row, "size": row.get("size")} for row in rows}
    return [{**lock, "files": [files[sha256] for sha256 in lock["files"]]} for lock in locks]


def merged(locks: list[dict], new: list[dict]) -> list[dict]:
    """Return ``locks`` with ``new`` ones added, which replace those of the same source and platform."""
    found = {_key(lock): lock for lock in [*locks, *new]}
    return [found[key] for key in sorted(found)]


def of_packages(locks: list[dict], packages: list[dict]) -> list[dict]:
    """Return ``locks`` without those of packages that the lock has in other versions only; the project's have no version."""
    versions: dict[str, set] = {}
    for package in packages:
        versions.setdefault(package["name"], set()).add(package.get("version", ""))
    return [lock for lock in locks if not lock["version"] or lock["version"] in versions.get(lock["name"], {lock["version"]})]


def write_build_locks(path: str, locks: list[dict]) -> None:
    """Write ``locks`` to ``path``: the same locks give the same bytes."""
    files = {file["sha256"]: file for lock in locks for file in lock["files"]}
    tables = [_TITLE]
    for lock in sorted(locks, key=_key):
        names = "".join(f'    "{file["sha256"]}",  # {file["filename"]}\n' for file in lock["files"])
        tables.append("[[locks]]\n" + "".join(f"{field} = {_toml(lock[field])}\n" for field in ("name", "version", "platform", "requires", "added"))
                      + (f"files = [\n{names}]\n" if names else "files = []\n"))
    for file in sorted(files.values(), key=lambda file: (file["filename"], file["sha256"])):
        size = f"size = {file['size']}\n" if file.get("size") is not None else ""
        tables.append("[[files]]\n" + "".join(f"{field} = {_toml(file[field])}\n" for field in _FILE_TEXTS) + size)
    sweep(os.path.dirname(path))  # what a run that was killed left
    write_file(path, "\n".join(tables).encode())


def _toml(value) -> str:
    return toml_string(value) if isinstance(value, str) else f"[{', '.join(map(toml_string, value))}]"


def forget_build_locks(path: str, upgraded: list[str]) -> bool:
    """Take the build locks of upgraded packages (``:all:`` means every one) out of the file at ``path``: the next build makes new ones.

    Returns whether there were any. A file that can't be used goes with ``:all:``.
    """
    if ":all:" in upgraded:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
            return True
        return False
    names = {canonicalize_name(name) for name in upgraded}
    locks = read_build_locks(path) if names else []
    kept = [lock for lock in locks if lock["name"] not in names]
    if len(kept) < len(locks):
        write_build_locks(path, kept)
    return len(kept) < len(locks)


def _key(lock: dict) -> tuple:
    return lock["name"], lock["version"], lock["platform"]


def _is_named(row: dict, project: bool = False) -> bool:
    """Tell whether name and version can be those of a package, or of the ``project``: they become parts of paths."""
    try:
        Version(row["version"] or ("0" if project else ""))
    except InvalidVersion:
        return False
    return _NAME.fullmatch(row["name"]) is not None


def _wrong_files(rows):
    if not isinstance(rows, list):
        yield WheelhouseError("its files are not a list of tables").as_dict()
        return
    for row in rows:
        name = str(row.get("filename", "a file without a name")) if isinstance(row, dict) else "a file"
        if not isinstance(row, dict) or not all(isinstance(row.get(field), str) for field in _FILE_TEXTS):
            yield WheelhouseError(f"{name} is not described by {', '.join(_FILE_TEXTS)}").as_dict()
        elif not _is_named(row):
            yield WheelhouseError(f"{name} is of {row['name']!r} {row['version']!r}, which can't be").as_dict()
        elif not _SHA256.fullmatch(row["sha256"]):
            yield WheelhouseError(f"{name} has no SHA-256").as_dict()
        elif not _FILE_NAME.fullmatch(row["filename"]):
            yield WheelhouseError(f"{name!r} is not the name of a file").as_dict()
        elif "size" in row and (not isinstance(row["size"], int) or isinstance(row["size"], bool) or row["size"] < 0):
            yield WheelhouseError(f"{name} has the size {row['size']!r}").as_dict()


def _wrong_locks(locks, rows):
    if not isinstance(locks, list):
        yield WheelhouseError("its locks are not a list of tables").as_dict()
        return
    known = {row.get("sha256") for row in rows if isinstance(row, dict)} if isinstance(rows, list) else set()
    for lock in locks:
        name = str(lock.get("name", "a lock without a name")) if isinstance(lock, dict) else "a lock"
        texts = isinstance(lock, dict) and all(isinstance(lock.get(field), str) for field in ("name", "version", "platform"))
        lists = texts and all(isinstance(lock.get(field), list) and all(isinstance(text, str) for text in lock[field])
                              for field in ("requires", "added", "files"))
        if not lists:
            yield WheelhouseError("its build lock is not described by name, version, platform, requires, added and files", package=name).as_dict()
            continue
        if not _is_named(lock, project=True):
            yield WheelhouseError(f"{lock['version']!r} of {name!r} can't be").as_dict()
        for sha256 in sorted(set(lock["files"]) - known):
            yield WheelhouseError(f"its build lock names the file {sha256}, which has no table under [[files]]", package=name).as_dict()
