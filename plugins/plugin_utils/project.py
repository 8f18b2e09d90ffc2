# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The user's own source tree: which files belong to it, their digest, and the tar in which they travel."""
from __future__ import annotations

import hashlib
import io
import os
import subprocess
import tarfile
import tomllib
from dataclasses import dataclass, field

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder.sdist import SUBDIRECTORY
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.files import canonical_json, sha256_of
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.manifest import normalise
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.scm_version import archival_of

#: Left out where git does not say what belongs to the tree: what tools make again by themselves.
UNWANTED = frozenset({".git", ".hg", ".svn", ".tox", ".nox", ".venv", "venv", "__pycache__", ".mypy_cache", ".pytest_cache",
                      ".ruff_cache", "build", "dist", "node_modules"})


@dataclass
class Project:
    """A source tree at ``root``; ``files`` are sorted paths relative to it; ``digest`` covers paths, modes and bytes.

    ``name`` is the distribution's, normalised, or empty where only its build knows it. ``generated`` holds the bytes of those of
    the files that travel with other contents than they have at ``root``, where they may be missing.
    """

    root: str
    name: str
    files: list[str]
    digest: str
    generated: dict[str, bytes] = field(default_factory=dict)


def read_project(root: str) -> Project:
    """Look at the source tree at ``root``. Raises WheelhouseError when it is no Python project (PEP 517, 518)."""
    root = os.path.abspath(root)
    if not os.path.isdir(root):
        raise WheelhouseError(f"wheelhouse_project {root} is not a folder of the controller", hint="give the path of the source tree")
    if not any(os.path.isfile(os.path.join(root, name)) for name in ("pyproject.toml", "setup.py")):
        raise WheelhouseError(f"wheelhouse_project {root} has neither pyproject.toml nor setup.py",
                              hint="give the folder that holds the pyproject.toml of the application")
    pyproject = _pyproject(root)
    generated = archival_of(root, pyproject)
    files = sorted({*(_tracked(root) or _walk(root)), *generated})
    for name in files:
        if any("\udc80" <= letter <= "\udcff" for letter in name):  # how Python shows a byte that is not UTF-8
            raise WheelhouseError(f"wheelhouse_project {root} has a file whose name is not UTF-8: {name!a}", hint="rename it")
    rows = [[path, 0o644, hashlib.sha256(generated[path]).hexdigest()] if path in generated
            else [path, _mode(os.path.join(root, path)), sha256_of(os.path.join(root, path))] for path in files]
    return Project(root, _name(pyproject), files, hashlib.sha256(canonical_json(rows)).hexdigest(), generated)


def write_tar(project: Project, path: str) -> None:
    """Write the tree as an uncompressed tar: the same files give the same bytes."""
    steps = max(name.split("/").count("..") for name in project.files)
    below = os.path.relpath(project.root, os.path.join(project.root, *[".."] * steps)) if steps else ""
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT, pax_headers={SUBDIRECTORY: below} if below else {}) as archive:
        for name in project.files:
            member = tarfile.TarInfo(os.path.normpath(os.path.join(below, name)))
            if name in project.generated:
                member.size = len(project.generated[name])
                archive.addfile(member, io.BytesIO(project.generated[name]))
                continue
            source = os.path.join(project.root, name)
            member.mode = _mode(source)
            with open(source, "rb") as stream:
                member.size = os.fstat(stream.fileno()).st_size
                archive.addfile(member, stream)


def _pyproject(root: str) -> dict:
    try:
        with open(os.path.join(root, "pyproject.toml"), "rb") as stream:
            return tomllib.load(stream)
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WheelhouseError(f"{os.path.join(root, 'pyproject.toml')} is not TOML: {error}", hint="mend it (PEP 621)") from error


def _name(pyproject: dict) -> str:
    project = pyproject.get("project")
    name = project.get("name") if isinstance(project, dict) else None
    return normalise(name) if isinstance(name, str) else ""


def _mode(path: str) -> int:
    return 0o755 if os.access(path, os.X_OK) else 0o644


def _tracked(root: str) -> list[str]:
    """Return the files that git knows or would add, or nothing where there is no git or no checkout."""
    try:
        found = subprocess.run(["git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                               capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return []
    names = {os.fsdecode(name) for name in found.stdout.split(b"\0") if name}
    inner = [os.path.join(name, below) for name in names if not name.endswith("/") and _is_folder(os.path.join(root, name))
             for below in _submodule(root, name)]
    return [*_plain_files(root, names), *inner]


def _submodule(root: str, name: str) -> list[str]:
    """Return the files of a submodule: git itself only names its folder. Raises WheelhouseError when it was not fetched."""
    path = os.path.join(root, name)
    if not os.path.lexists(os.path.join(path, ".git")):
        raise WheelhouseError(f"wheelhouse_project {root} has a submodule that is not there: {name}",
                              hint=f"git -C {root} submodule update --init --recursive")
    return _tracked(path)


def _is_folder(path: str) -> bool:
    return os.path.isdir(path) and not os.path.islink(path)


def _walk(root: str) -> list[str]:
    found = []
    for folder, folders, names in os.walk(root):
        names += [name for name in folders if os.path.islink(os.path.join(folder, name)) and name not in UNWANTED]
        folders[:] = [name for name in folders if name not in UNWANTED and not name.endswith(".egg-info")]
        found += [os.path.relpath(os.path.join(folder, name), root) for name in names if not name.endswith(".pyc")]
    return list(_plain_files(root, found))


def _plain_files(root: str, names):
    """Yield the names that are files, and for a link to a folder the files in it, unless that folder holds the tree or the link."""
    for name in names:
        path = os.path.join(root, name)
        if os.path.isfile(path):
            yield name
        elif os.path.islink(path) and os.path.isdir(path):
            target = os.path.realpath(path)
            if os.path.commonpath([target, os.path.realpath(os.path.dirname(path))]) != target:
                yield from (os.path.join(name, inner) for inner in _walk(target))
