# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The version of a project that takes it from git (setuptools-scm, hatch-vcs): asked for here, because ``.git`` does not travel."""
from __future__ import annotations

import os
import re
import subprocess

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder.git_archival import (
    NAME, archival_text, describe_arguments, is_expanded, scm_options)
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError

_ABOVE = re.compile(r"(?P<steps>\.\.(/\.\.)*)/?")
_OR_STATIC = "or write a static version into pyproject.toml"


def archival_of(root: str, pyproject: dict) -> dict[str, bytes]:
    """Return the ``.git_archival.txt`` that the source tree at ``root`` is to travel with; nothing where it needs none of ours.

    By path relative to ``root``: a project that says ``root = ".."`` finds one there. Raises WheelhouseError when its version comes
    from git, and git does not tell it.
    """
    options = scm_options(pyproject, _text(os.path.join(root, "setup.py")))
    template = _text(os.path.join(root, NAME))
    if options is None or is_expanded(template) or os.path.isfile(os.path.join(root, "PKG-INFO")):
        return {}
    if not _is_tracked(root):
        if options.get("fallback_version"):
            return {}
        raise _no_version(root, "it is no git checkout, or none that it was committed to",
                          f"give a git clone with its tags, {_OR_STATIC}")
    node, _space, date = _ask(root, "log", "-1", "--format=%H %cI").partition(" ")
    shallow = _ask(root, "rev-parse", "--is-shallow-repository") == "true"
    arguments = describe_arguments(options, template)
    try:
        described = _ask(root, *arguments, node)
    except WheelhouseError:
        if options.get("fallback_version") and not shallow:
            return {}
        described = ""
    if shallow and not re.search(r"-0-g[0-9a-f]{40}$", described):  # where the tag is the commit's own, no history is needed
        raise _no_version(root, "it is a shallow clone, whose history is cut off",
                          f"run git fetch --unshallow --tags there, {_OR_STATIC}")
    if not described:
        raise _no_version(root, "it has no tag that names a version", f"tag a commit there, such as git tag v1.0.0, {_OR_STATIC}")
    changed = _ask(root, "status", "--porcelain", "--untracked-files=normal", "--", ".") != ""
    text = archival_text(node, date, described, changed).encode()
    above = _ABOVE.fullmatch(str(options.get("root", "")))
    return {NAME: text, **({f"{above['steps']}/{NAME}": text} if above else {})}


def _is_tracked(root: str) -> bool:
    try:
        return _ask(root, "ls-files", "--", "pyproject.toml", "setup.py") != ""
    except WheelhouseError as error:
        if "not a git repository" in error.log:
            return False
        raise


def _ask(root: str, *arguments: str) -> str:
    try:
        ran = subprocess.run(["git", "-C", root, *arguments], capture_output=True, stdin=subprocess.DEVNULL, check=False,
                             env={**os.environ, "LC_ALL": "C"})
    except OSError as error:
        raise _no_version(root, f"git can't be run on the controller: {error.strerror}", f"install git, {_OR_STATIC}") from error
    if ran.returncode:
        said = ran.stderr.decode(errors="replace").strip()
        raise WheelhouseError(f"wheelhouse_project {root} takes its version from git, which says no", log=said,
                              hint=f"see to what git says, {_OR_STATIC}")
    return ran.stdout.decode(errors="replace").strip()


def _no_version(root: str, why: str, hint: str) -> WheelhouseError:
    return WheelhouseError(f"wheelhouse_project {root} takes its version from git tags, but {why}", hint=hint)


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            return stream.read()
    except OSError:
        return ""
