# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The version of a tree that travels without its ``.git``: ``.git_archival.txt``, which setuptools-scm reads in its place.

The file is what ``git archive`` makes of setuptools-scm's template: https://setuptools-scm.readthedocs.io/en/latest/usage/#git-archives.
hatch-vcs reads it too, because it asks setuptools-scm. The controller makes it for the project, the build host for a commit.
"""
import re
import shlex

from ..common.errors import WheelhouseError
from ..common.manifest import normalise

NAME = ".git_archival.txt"
_TOOLS = frozenset({"setuptools-scm", "hatch-vcs"})
_DESCRIBED = re.compile(r"(?P<tag>.+)-(?P<commits>[0-9]+)-g(?P<node>[0-9a-f]{40})")
_TEMPLATE = re.compile(r"%\(describe:(?P<options>[^)]*)\)")
_NODE = 10  # hex digits of the commit that a version shows, as setuptools-scm cuts it


def scm_options(pyproject, setup=""):
    """Return setuptools-scm's options from a pyproject.toml (a dictionary), or None where the version does not come from git.

    ``setup`` is the text of setup.py, which may ask for it in place of pyproject.toml.
    """
    system, tools, project = (_table(pyproject, key) for key in ("build-system", "tool", "project"))
    requires = system.get("requires")
    texts = requires if isinstance(requires, list) else ()
    names = {normalise(re.split(r"[^A-Za-z0-9._-]", str(text).strip(), maxsplit=1)[0]) for text in texts}
    if not names & _TOOLS:
        return None
    if project and "version" not in (project.get("dynamic") or ()):
        return None
    hatch = _table(_table(tools, "hatch"), "version")
    if "hatch-vcs" in names and hatch.get("source") == "vcs":
        return dict(_table(hatch, "raw-options"), **({"tag-pattern": hatch["tag-pattern"]} if "tag-pattern" in hatch else {}))
    if "setuptools-scm" not in names or "version" in _table(_table(tools, "setuptools"), "dynamic"):
        return None
    wanted = "setuptools_scm" in tools or "use_scm_version" in setup
    return _table(tools, "setuptools_scm") if wanted or project else None


def is_expanded(text):
    """Tell whether a ``.git_archival.txt`` says something, and is not the template that only ``git archive`` would fill in."""
    return "$Format:" not in text and re.search(r"^(node|describe-name|ref-names):\s*\S", text, re.MULTILINE) is not None


def describe_arguments(options, template=""):
    """Return the arguments of git that find the last tag as the project's own options say; ``template`` is its unexpanded file.

    Raises WheelhouseError for a command of its own that is more than ``git describe``.
    """
    own = _table(_table(options, "scm"), "git").get("describe_command") or options.get("git_describe_command")
    expected = _TEMPLATE.search(template)
    if own:
        chosen = _of_command(own)
    elif expected:
        chosen = ["--" + option for option in expected.group("options").split(",") if option.startswith(("match=", "exclude="))]
    else:
        tag = _table(options, "tag")
        chosen = ["--match={0}{1}".format(tag.get("prefix") or "", "*[0-9]*.*[0-9]*" if tag.get("strict") else "*[0-9]*")]
    return ["describe", "--tags", "--long", "--abbrev=40", *chosen]


def archival_text(node, date, described, changed=False):
    """Return the text of the file for the commit ``node`` of ``date`` (ISO 8601), from the output of ``describe_arguments``.

    With ``changed`` the tree is not that commit's: it counts as one commit more, so that it never has a tag's own version.
    """
    found = _DESCRIBED.fullmatch(described)
    if not found:
        raise WheelhouseError("git describes the commit as {0!r}, which names no tag".format(described))
    commits = int(found.group("commits")) + bool(changed)
    return "node: {0}\nnode-date: {1}\ndescribe-name: {2}-{3}-g{4}\n".format(
        node, date, found.group("tag"), commits, found.group("node")[:_NODE])


def _of_command(command):
    words = shlex.split(command) if isinstance(command, str) else [str(word) for word in command]
    if words[:2] != ["git", "describe"]:
        raise WheelhouseError("its version comes from a command of its own, {0!r}, which is not run here".format(" ".join(words)),
                              hint="let setuptools-scm use git describe with --match, or give it a static version")
    kept, taking = [], False
    for word in words[2:]:
        if taking or re.match(r"--(match|exclude|candidates)=", word) or word == "--first-parent":
            kept.append(word)
            taking = False
        elif word in ("--match", "--exclude", "--candidates"):
            kept.append(word)
            taking = True
    return kept


def _table(found, key):
    inner = found.get(key) if isinstance(found, dict) else None
    return inner if isinstance(inner, dict) else {}
