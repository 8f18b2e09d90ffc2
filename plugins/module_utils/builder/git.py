# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Sources from git, ``name @ git+https://…``: exactly the locked commit, as a tar that is the same whenever it is made."""
import hashlib
import os
import tempfile
import urllib.parse

from ..common.errors import Blocked, WheelhouseError
from ..common.files import sha256_of
from .choose import count
from .git_archival import NAME as ARCHIVAL
from .git_archival import archival_text, describe_arguments, is_expanded, scm_options
from .git_repository import Repositories
from .git_tar import Tree
from .third_party import tomllib


def fetch_commits(store, environment, artifacts, say):
    """Return the artifacts, those of kind "vcs" replaced by the sdists that were made of them, and how many were fetched.

    A commit that was fetched once is known from then on. Raises Blocked with all that could not be had.
    """
    problems, found, fetched = [], [], 0
    for artifact in artifacts:
        known = _recall(store, artifact.url) if artifact.kind == "vcs" else {}
        if known is None:
            say("fetching {0} from git".format(artifact.name))
            try:
                known = fetch_commit(store, environment, artifact)
            except WheelhouseError as error:
                problems.append(dict(error.as_dict(), package=artifact.name))
                continue
            fetched += 1
        found.append(artifact._replace(kind="sdist", **known) if known else artifact)
    if problems:
        raise Blocked("{0} could not be fetched from git".format(count(problems, "package")), problems)
    return found, fetched


def fetch_commit(store, environment, artifact):
    """Store the tree of a commit as a tar; return and remember its ``{"filename", "sha256", "size"}``. Raises WheelhouseError."""
    url, commit, folder = _parts(artifact.url)
    above = store.path("work")
    os.makedirs(above, mode=0o755, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="git-", dir=above) as scratch:
        os.chmod(scratch, 0o755)
        repositories = Repositories(scratch, environment)
        repository = repositories.fetch(url, commit)
        tree = Tree("{0}-{1}".format(artifact.name, commit[:12]), folder, commit, repository.moment())
        tree.instead = _archival(repository, folder)
        filename = tree.top + ".tar"
        path = os.path.join(scratch, "ours", filename)
        os.mkdir(os.path.dirname(path), 0o700)  # the user that runs git must not reach it
        tree.write(path, repositories, repository)
        known = {"filename": filename, "sha256": sha256_of(path), "size": os.stat(path).st_size}
        target = store.path_of("sources", known["sha256"], filename)
        os.makedirs(os.path.dirname(target), mode=0o755, exist_ok=True)
        os.rename(path, target)
    store.remember("commits", _key(artifact.url), known)
    return known


def _recall(store, url):
    known = store.recall("commits", _key(url))
    return known if known and store.holds("sources", known["sha256"], known["filename"], known["size"]) else None


def _key(url):
    return hashlib.sha256(url.encode("utf-8")).hexdigest()


def _parts(url):
    """Return address, commit and sub-folder of ``git+https://host/path@<commit>#subdirectory=folder`` (made by choose.py)."""
    parts = urllib.parse.urlsplit(url)
    path, _at, commit = parts.path.rpartition("@")
    folder = urllib.parse.unquote(parts.fragment.partition("=")[2])
    return urllib.parse.urlunsplit((parts.scheme[len("git+"):], parts.netloc, path, parts.query, "")), commit, folder


def _archival(repository, folder):
    """Return ``{path: bytes}``: what tells the version of a tree that takes it from git, because ``.git`` does not travel."""
    below = folder + "/" if folder else ""
    try:
        pyproject = tomllib.loads(repository.text(below + "pyproject.toml"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        return {}  # its build will say so
    options = scm_options(pyproject, repository.text(below + "setup.py"))
    template = repository.text(below + ARCHIVAL)
    if options is None or is_expanded(template) or repository.text(below + "PKG-INFO"):
        return {}
    described = repository.describe(*describe_arguments(options, template))
    if not described:
        if options.get("fallback_version"):
            return {}
        raise WheelhouseError("its version comes from git tags, and no tag leads to the commit {0}".format(repository.commit),
                              hint="have its repository tagged, or take it from an index")
    text = archival_text(repository.commit, repository.date(), described).encode("utf-8")
    # some look for it beside pyproject.toml, others at the top of what was the repository
    return {below + ARCHIVAL: text, ARCHIVAL: text}
