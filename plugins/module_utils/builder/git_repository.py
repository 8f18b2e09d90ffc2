# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Run git as an unprivileged user, to fetch a commit and to hand over its objects, each of which git checks against its id.

Nothing is checked out. Credentials come from build_environment (``GIT_CONFIG_*``, ``GIT_SSL_*``): they are in no command line,
and no configuration of this host is read.
"""
import os
import re
import shutil
import subprocess
import urllib.parse

from ..common.address import without_credentials
from ..common.errors import WheelhouseError
from .network import normalise_environment
from .sandbox import SYSTEM_PATH, find_sandbox

_PASSED = re.compile(r"GIT_(CONFIG_(COUNT|KEY_\d+|VALUE_\d+)|SSL_\w+|HTTP_\w+|PROXY_\w+)|\w+_PROXY", re.IGNORECASE)
_TIMEOUT = 1800  # seconds for one run of git
_HINT = ("the build host must reach it; credentials, proxy and CA bundle are set by build_environment "
         "(GIT_CONFIG_COUNT, GIT_CONFIG_KEY_0, GIT_CONFIG_VALUE_0; HTTPS_PROXY; SSL_CERT_FILE)")


class Repositories:
    """Repositories in the empty folder ``scratch``, fetched with what ``environment`` (build_environment) says."""

    def __init__(self, scratch, environment):
        if not shutil.which("git", path=SYSTEM_PATH):
            raise WheelhouseError("there is no git on the build host", hint="add git to build_packages")
        self.sandbox = find_sandbox(network=True)
        self.scratch = scratch
        self.made = 0
        self.environment = {name: value for name, value in normalise_environment(environment).items() if _PASSED.fullmatch(name)}
        self.environment.update(
            PATH=SYSTEM_PATH, HOME=os.path.join(scratch, "home"), LC_ALL="C", GIT_TERMINAL_PROMPT="0", GIT_ASKPASS="true",
            GIT_CONFIG_NOSYSTEM="1", GIT_CONFIG_GLOBAL=os.devnull, GIT_ALLOW_PROTOCOL="http:https", GIT_HTTP_LOW_SPEED_LIMIT="1000",
            GIT_HTTP_LOW_SPEED_TIME="60")

    def fetch(self, url, commit):
        """Return the Repository that holds ``commit`` (its full id) of ``url``. Raises WheelhouseError."""
        if urllib.parse.urlsplit(url).scheme not in ("http", "https"):
            raise WheelhouseError("{0} is not on the web".format(without_credentials(url)),
                                  hint="git is fetched by https:// only, where nothing of the build host is needed to log in")
        self.made += 1
        folder = os.path.join(self.scratch, "repository-{0}".format(self.made))
        os.mkdir(folder, 0o755)
        self.sandbox.give(folder)
        repository = Repository(self, folder, url, commit)
        repository.fetch()
        return repository

    def start(self, folder, *arguments):
        """Start git; its input and output are pipes."""
        # what it was told by build_environment is in its environment, for only this user and root to read
        return subprocess.Popen([*self.sandbox.drop, "git", "-C", folder, *arguments], env=self.environment, cwd="/",
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


class Repository:
    """One repository in ``folder``, of which ``commit`` is wanted."""

    def __init__(self, repositories, folder, url, commit):
        self.repositories = repositories
        self.folder = folder
        self.url = url
        self.commit = commit
        self.whole = False

    def fetch(self):
        """Fetch the commit: alone where the server can do that, else with everything that the server has."""
        self._run("init", "--quiet", "--bare", *(["--object-format=sha256"] if len(self.commit) == 64 else []))
        if self._try("fetch", "--quiet", "--no-tags", "--depth=1", self.url, self.commit)[0]:
            self._fetch_all()
        if self._try("rev-parse", "--verify", "--quiet", self.commit + "^{commit}") != (0, self.commit, ""):
            raise WheelhouseError("{0} has no commit {1} that a branch or a tag leads to".format(self._shown(), self.commit),
                                  hint="it was removed there since it was locked: lock again")

    def describe(self, *arguments):
        """Return what git says with ``arguments`` (see git_archival) about the commit, or "" where no tag leads to it."""
        if not self.whole:
            self._fetch_all()
        code, output, _complaint = self._try(*arguments, self.commit)
        return "" if code else output

    def moment(self):
        """Return when the commit was made, in seconds since 1970."""
        return int(self._run("log", "-1", "--format=%ct", self.commit))

    def date(self):
        """Return when the commit was made, as ISO 8601."""
        return self._run("log", "-1", "--format=%cI", self.commit)

    def text(self, path):
        """Return the text of a file of the commit, or "" when there is none."""
        code, output, _complaint = self._try("cat-file", "blob", "{0}:{1}".format(self.commit, path))
        return "" if code else output

    def entries(self):
        """Return ``[(mode, id, path)]`` of the commit's files, links and submodules, sorted by path."""
        rows = []
        for row in self._run("ls-tree", "-r", "-z", "--full-tree", self.commit).split("\0"):
            if row:
                facts, _tab, path = row.partition("\t")
                rows.append((facts.split()[0], facts.split()[2], path))
        return sorted(rows, key=lambda row: row[2])

    def submodules(self):
        """Return ``{path: url}`` of the commit's submodules."""
        code, output, _complaint = self._try("config", "--blob", self.commit + ":.gitmodules", "-z", "--get-regexp",
                                             r"^submodule\..*\.(path|url)$")
        found = {}
        for row in output.split("\0") if code == 0 else ():
            key, _newline, value = row.partition("\n")
            name, _dot, kind = key.rpartition(".")
            found.setdefault(name, {})[kind] = value
        # ./ and ../ are relative to the repository's own address
        return {entry["path"]: urllib.parse.urljoin(self.url.rstrip("/") + "/", entry["url"])
                for entry in found.values() if "path" in entry and "url" in entry}

    def objects(self):
        """Start a git that hands over objects: see ``git cat-file --batch``."""
        return self.repositories.start(self.folder, "cat-file", "--batch")

    def _fetch_all(self):
        shallow = ["--unshallow"] if os.path.lexists(os.path.join(self.folder, "shallow")) else []
        code, _output, complaint = self._try("fetch", "--quiet", "--force", *shallow, self.url, "+refs/heads/*:refs/heads/*",
                                             "+refs/tags/*:refs/tags/*", *([self.commit] if shallow else []))
        if code:
            raise WheelhouseError("{0} could not be fetched".format(self._shown()), log=without_credentials(complaint)[-2000:], hint=_HINT)
        self.whole = True

    def _shown(self):
        return without_credentials(self.url)

    def _run(self, *arguments):
        code, output, complaint = self._try(*arguments)
        if code:
            raise WheelhouseError("git {0} failed for {1}".format(arguments[0], self._shown()), log=without_credentials(complaint)[-2000:])
        return output

    def _try(self, *arguments):
        """Return exit code, output and complaint."""
        with self.repositories.start(self.folder, *arguments) as git:
            try:
                output, complaint = git.communicate(timeout=_TIMEOUT)
            except subprocess.TimeoutExpired:
                git.kill()
                raise WheelhouseError("{0}: git {1} took longer than {2} s".format(self._shown(), arguments[0], _TIMEOUT),
                                      hint=_HINT) from None
        return git.returncode, os.fsdecode(output).rstrip("\n"), complaint.decode("utf-8", "replace").strip()
