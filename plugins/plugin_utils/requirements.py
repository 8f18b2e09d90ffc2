# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read requirements files as pip defines them: https://pip.pypa.io/en/stable/reference/requirements-file-format/.

Only as much as is needed to carry the files to the build host and to tell whether a lock still answers them; uv does
the resolving. Requirements are PEP 508; their canonical text is what a lock remembers.
"""
from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.address import START, UNESCAPED, check_addresses
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import Blocked, WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.named_hashes import hashes_in
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.third_party import InvalidRequirement, Requirement, canonicalize_name

_INCLUDE = re.compile(r"^(?:-r|-c|--requirement|--constraint)(?:\s+|=|(?<=-r|-c))(?P<path>.+)$")
_OPTION_IN_LINE = re.compile(r"\s--[a-z]")
_WEB = ("https", "http", "git+https", "git+http")
_ARCHIVES = (".whl", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".zip")
# one whose secret is a variable of the environment is none
_LOGIN = re.compile(START + r"(?!(?:[^/\s?#:@]*:)?\$\{\w+\}@)(?:[^/\s?#]*@|" + UNESCAPED + ")")
_REVISION = re.compile(r"(?<=[^/])@[^@/]*$")  # of a repository, at the end of its path
_COMMENT = re.compile(r"(^|\s+)#.*$")


@dataclass
class Requirements:
    """What the user asks for, with every file that says so.

    ``files`` maps a path relative to ``root`` (a folder of the controller) to the file's text; ``entry`` is the main one's path.
    ``wanted`` and ``constraints`` are the canonical texts of the requirements, sorted. ``local`` maps each ``file://`` URL among
    them to the path of that wheel or sdist on the controller. ``hashes`` has the SHA-256 hashes that are named, by package.
    """

    root: str
    entry: str
    files: dict[str, str] = field(default_factory=dict)
    wanted: list[str] = field(default_factory=list)
    constraints: list[str] = field(default_factory=list)
    local: dict[str, str] = field(default_factory=dict)
    hashes: dict[str, set[str]] = field(default_factory=dict)


def canonical(requirement: Requirement) -> str:
    """Return the text of ``requirement`` with its name normalised (PEP 503) and its parts in a fixed order."""
    extras = "[{}]".format(",".join(sorted(set(map(canonicalize_name, requirement.extras))))) if requirement.extras else ""
    version = f" @ {requirement.url}" if requirement.url else ",".join(sorted(map(str, requirement.specifier)))
    marker = f" ; {requirement.marker}" if requirement.marker else ""
    return f"{canonicalize_name(requirement.name)}{extras}{version}{marker}"


def logical_lines(text: str):
    """Yield ``(number, line)`` for each line that says something: comments dropped, continued lines joined."""
    started, parts = 0, []
    for number, line in enumerate(text.splitlines(), 1):
        started = started if parts else number
        continued = line.endswith("\\")
        parts.append(line[:-1] if continued else line)
        if continued:
            continue
        joined = _COMMENT.sub("", "".join(parts)).strip()
        parts = []
        if joined:
            yield started, joined
    if joined := _COMMENT.sub("", "".join(parts)).strip():
        yield started, joined


def read_requirements(path: str) -> Requirements:
    """Read the requirements file at ``path`` and all that it includes.

    Raises Blocked with every line that can't be understood, WheelhouseError when a file can't be read.
    """
    path = os.path.abspath(path)
    files: dict[str, str] = {}
    wanted: set[str] = set()
    constraints: set[str] = set()
    local: dict[str, str] = {}
    hashes: dict[str, set[str]] = {}
    problems: list[dict] = []
    visited: set[tuple[str, bool]] = set()

    def visit(file: str, into: set[str], origin: str):
        if (file, into is constraints) in visited:
            return
        visited.add((file, into is constraints))
        files[file] = _read(file, origin)
        for number, line in logical_lines(files[file]):
            where = f"{os.path.basename(file)}, line {number}"
            if include := _INCLUDE.match(line):
                target = os.path.normpath(os.path.join(os.path.dirname(file), include["path"].strip()))
                visit(target, constraints if line.startswith(("-c", "--c")) else into, where)
            elif line.startswith(("-e", "--editable")):
                problems.append(_problem(where, "editable installs have no wheel", "name the source tree in wheelhouse_project"))
            elif not line.startswith("-"):
                name = _collect(line, where, into, local, problems)
                if name and (named := hashes_in(line)) is not None:
                    hashes.setdefault(name, set()).update(named)
            elif _LOGIN.search(line):  # every sdist's code could read the file
                problems.append(_problem(where, f"{_LOGIN.sub('', line)} has credentials in it",
                                         "put the index with its credentials into build_environment (UV_DEFAULT_INDEX, UV_INDEX)"))

    visit(path, wanted, "wheelhouse_requirements")
    if problems:
        raise Blocked(f"{path} can't be used", problems)
    if not wanted:
        raise WheelhouseError(f"{path} asks for nothing", hint="write one requirement a line, for example: requests>=2.31")
    root = os.path.commonpath([os.path.dirname(file) for file in files])
    return Requirements(root, os.path.relpath(path, root), {os.path.relpath(file, root): text for file, text in files.items()},
                        sorted(wanted), sorted(constraints), local, hashes)


def _collect(line: str, where: str, into: set[str], local: dict[str, str], problems: list[dict]) -> str:
    """Add a line's requirement; return the normalised name of its package, "" when there is a problem."""
    text = _OPTION_IN_LINE.split(line, maxsplit=1)[0].strip()
    try:
        requirement = Requirement(text)
    except InvalidRequirement as error:
        shown = _LOGIN.sub("", text)
        problems.append(_problem(where, f"{shown!r} is not a requirement: {str(error).splitlines()[0]}", _instead(text)))
        return ""
    if requirement.url:
        try:
            if path := direct_url(requirement.url):
                local[requirement.url] = path
        except WheelhouseError as error:
            problems.append(_problem(where, error.message, error.hint))
            return ""
    into.add(canonical(requirement))
    return canonicalize_name(requirement.name)


def _instead(text: str) -> str:
    """Return what to write in the place of a line that is not a requirement."""
    if re.match(r"(git\+|https?:)", text):
        return "write the name first: name @ git+https://… or name @ https://…"
    if text.startswith((".", "/")) or os.sep in text.split("@")[0]:
        return "write name @ file:///path for a wheel or an sdist; name the source tree in wheelhouse_project"
    return "see PEP 508"


def direct_url(url: str) -> str:
    """Return the controller's path of the wheel or sdist that ``url`` (of ``name @ url``) names, or "" where it is on the web.

    Raises WheelhouseError for what can't be locked.
    """
    shown = _LOGIN.sub("", url)
    try:
        parts = urlsplit(url)
    except ValueError as error:  # which may repeat the credentials
        raise WheelhouseError(f"{shown!r} is not a URL", hint="see PEP 508") from error
    if parts.scheme in _WEB:
        if shown != url:
            raise WheelhouseError(f"the URL {shown} has credentials in it, which would be written to the lock",
                                  hint="give them in build_environment: in the index URL, for git as GIT_CONFIG_COUNT, GIT_CONFIG_KEY_0, "
                                       "GIT_CONFIG_VALUE_0")
        check_addresses("the URL", _REVISION.sub("", url))
        return ""
    if parts.scheme.startswith("git+"):
        raise WheelhouseError(f"{shown} can't be fetched: only git+https:// can, for which nothing of the build host is needed to log in",
                              hint="write git+https://…; give a token in build_environment (GIT_CONFIG_COUNT, GIT_CONFIG_KEY_0, "
                                   "GIT_CONFIG_VALUE_0)")
    if parts.scheme != "file" or parts.netloc not in ("", "localhost") or not parts.path.startswith("/"):
        raise WheelhouseError(f"{shown} is neither on an index nor on the web, nor an absolute path of the controller",
                              hint="write file:///path of a wheel or an sdist, git+https://…, or release it on an index")
    path = unquote(parts.path)
    if os.path.isdir(path):
        raise WheelhouseError(f"{path} is a folder, of which a lock can't promise what is in it",
                              hint="build an sdist or a wheel of it (python3 -m build) and name that file, or make it part of "
                                   "wheelhouse_project")
    if not path.endswith(_ARCHIVES):
        raise WheelhouseError(f"{path} is neither a wheel nor an sdist", hint=f"its name has to end with one of {', '.join(_ARCHIVES)}")
    if not os.path.isfile(path):
        raise WheelhouseError(f"there is no file {path} on the controller", hint="put it there, or correct the path")
    return path


def _problem(where: str, message: str, hint: str) -> dict:
    return WheelhouseError(f"{where}: {message}", hint=hint).as_dict()


def _read(path: str, origin: str) -> str:
    try:
        with open(path, encoding="utf-8-sig") as stream:  # some editors begin a file with a byte order mark
            return stream.read()
    except UnicodeDecodeError as error:
        raise WheelhouseError(f"{path}, named by {origin}, can't be read: it is not UTF-8 text", hint="save it as UTF-8") from error
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL
        raise WheelhouseError(f"{path}, named by {origin}, can't be read: {getattr(error, 'strerror', error)}",
                              hint="give the path of a requirements file on the controller") from error
