# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Run uv, which resolves requirements and installs build requirements."""
import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile

from ..common.address import without_credentials
from ..common.errors import WheelhouseError
from .network import normalise_environment
from .relay import Relays
from .sandbox import SYSTEM_PATH, WITH_US, tool
from .untrusted import remove_tree

LARGEST = 4 << 30  # bytes of one file that a look into sources may write: an sdist can be small and unpack to all that a disk holds
LIMIT = 3600  # seconds of one run: an index that sends a byte now and then must not hold us for ever


class Uv:
    """uv of the tool venv, with the cache at ``cache``; ``environment`` holds index URL, proxy and CA bundle.

    Nothing else of this host's configuration is read. Where packages' code may run, see ``running_code``.
    """

    def __init__(self, cache, environment, sandbox=None, relays=None):
        self.sandbox = sandbox
        self.relays = relays
        self.environment = dict(
            {"PATH": SYSTEM_PATH, "HOME": cache, "LANG": "C.UTF-8", "NO_COLOR": "1"}, **normalise_environment(environment))
        self.environment.update(UV_CACHE_DIR=cache, UV_NO_CONFIG="1", UV_NO_PROGRESS="1", UV_PYTHON_DOWNLOADS="never",
                                UV_SYSTEM_CERTS="1", GIT_TERMINAL_PROMPT="0", GIT_CONFIG_NOSYSTEM="1")

    def run(self, *arguments, cwd, stdin="", doing):
        """Run uv with ``arguments``; return its standard output. Raises WheelhouseError, which begins with ``doing``."""
        command = [os.path.join(os.path.dirname(sys.executable), "uv"), *arguments]
        if self.sandbox is None:
            return self._run([*WITH_US, *command], self.environment, cwd, stdin, doing, lambda text: text)
        with tempfile.TemporaryDirectory(dir=cwd) as temporary:
            self.sandbox.give(temporary)
            environment = dict(self.environment, TMPDIR=temporary)
            command = [tool("prlimit"), "--fsize={0}".format(LARGEST), *self.sandbox.wrap(command, cwd, environment)]
            return self._run(command, environment, cwd, self.relays.inside(stdin), doing, self.relays.outside)

    @staticmethod
    def _run(command, environment, cwd, stdin, doing, shown):
        try:
            ran = subprocess.run(command, cwd=cwd, env=environment, input=stdin.encode("utf-8"), stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, timeout=LIMIT, check=False)
        except subprocess.TimeoutExpired as error:
            raise WheelhouseError("{0}: uv was not done after {1} s".format(doing, LIMIT),
                                  hint="the index, or something before it, is too slow: see build_environment") from error
        if ran.returncode in (-signal.SIGXFSZ, 128 + signal.SIGXFSZ):
            remove_tree(environment["UV_CACHE_DIR"])  # what it was unpacking is in there
            raise WheelhouseError("{0}: an sdist among the candidates has a file larger than {1} bytes".format(doing, LARGEST),
                                  hint="it may be hostile. Lock packages one after another to find out which, and choose another version of it")
        if ran.returncode:
            raise complaint(shown(ran.stderr.decode("utf-8", "replace")), doing, cwd)
        return shown(ran.stdout.decode("utf-8"))


@contextlib.contextmanager
def running_code(cache, environment, sandbox):
    """Give the block a Uv that may run packages' code: in ``sandbox``, as the user that owns the cache, with relays for credentials.

    What it writes holds the addresses of ``relays``.
    """
    with Relays(environment) as relays:
        yield Uv(cache, relays.environment, sandbox, relays)


def complaint(output, doing, cwd):
    """Return what uv wrote before it failed as a short WheelhouseError; ``cwd`` is a path that the user need not see."""
    lines = [without_credentials(line).replace(cwd + "/", "") for line in output.strip().splitlines() if not line.startswith("warning:")]
    reasons = [re.sub(r"^(error|\s*cause): ", "", line).strip() for line in lines if re.match(r"error|\s+cause", line)]
    # the solver's explanation says it all; otherwise the first line tells what failed and the last cause why
    solver = next((reason for reason in reasons if reason.startswith("Because")), "")
    reason = solver or ": ".join(dict.fromkeys(reasons[:1] + reasons[-1:])) or "uv failed"
    refused = re.search(r"hint: (.*could not be queried due to .*\(40[13] .*\))", output)
    undated = re.search(r"`([^`]+)` was filtered by `exclude-newer`[^\n]*requirement is v[^\s,]+\. ", output)  # with no "published at"
    if refused:
        reason = without_credentials(refused.group(1))
        hint = "put user and password, their signs as %-escapes, into the index URL in build_environment (UV_DEFAULT_INDEX)"
    elif undated:
        reason = "the index does not say when {0} was published".format(undated.group(1))
        hint = "build_cooldown needs an index that says so (PEP 700): use one (UV_DEFAULT_INDEX in build_environment), or no build_cooldown"
    elif "`exclude-newer`" in output:
        hint = "build_cooldown leaves nothing that would do: shorten it, ask for an older version, or wait"
    elif re.search(r"(?i)git executable not found|no such file or directory.*\bgit\b", output):
        hint = "a requirement comes from git: add git to build_packages"
    elif re.search(r"\b(connect|dns|certificate|timed out|timeout|HTTP status|Failed to fetch)", output, re.IGNORECASE):
        hint = "index, proxy and CA bundle are set by build_environment (UV_DEFAULT_INDEX, HTTPS_PROXY, SSL_CERT_FILE)"
    else:
        hint = "change the requirements"
    return WheelhouseError("{0}: {1}".format(doing, reason), hint=hint, log="\n".join(lines[-20:]) if len(lines) > 2 else "")
