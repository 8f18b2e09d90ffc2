# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ask an application whether it is well: by a URL, by the state of a unit of systemd, or by a command."""
import base64
import http.client
import os
import re
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

from ..common.address import shown
from ..common.errors import WheelhouseError
from . import systemd
from .following import follow

LIMIT = 30  # seconds for all attempts together
ATTEMPT = 5  # seconds for one attempt by URL
UNIT = re.compile(r"[A-Za-z0-9@:_.\\-]+\.(?:service|socket|target|timer|path|mount)")
URL = re.compile("https?://", re.IGNORECASE)
PAUSES = (0.1, 0.2, 0.3, 0.5, 1.0)  # seconds between attempts; the last one again and again


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer: what it leads to may be another host's."""

    def redirect_request(self, req, fp, code, msg, headers, newurl):
        return None


def wait_until_well(health, limit=LIMIT):
    """Return when ``health`` says that the application is well; raise WheelhouseError after ``limit`` seconds.

    ``health`` is an http or https URL, which must answer a GET with a status from 200 to 399, or the name of a unit of systemd with its
    ending, which must be active, or else a command for /bin/sh, which must end with status 0.
    """
    attempt = _get if URL.match(health) else _look if UNIT.fullmatch(health) else _run
    deadline = time.monotonic() + limit
    tries = 0
    while True:
        reason, log = attempt(health, max(deadline - time.monotonic(), 0.1))
        if not reason:
            return
        pause = PAUSES[min(tries, len(PAUSES) - 1)]
        tries += 1
        if time.monotonic() + pause >= deadline:
            raise WheelhouseError("{0} {1} ({2} attempts in {3} s)".format(_shown(health), reason, tries, limit), log=log)
        time.sleep(pause)


def _shown(health):
    """Return what may be shown of it, and written into the history: nothing that may be a secret."""
    if UNIT.fullmatch(health):
        return health
    if not URL.match(health):
        return "the health command"
    try:
        parts = urllib.parse.urlsplit(shown(health))
    except ValueError:
        return "the health URL"
    return urllib.parse.urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))


def _request(url):
    """Return the request for ``url``, whose user and password go into a header (RFC 7617), and so into no message."""
    parts = urllib.parse.urlsplit(url)
    login, _at, host = parts.netloc.rpartition("@")
    headers = {"User-Agent": "nogcc.wheelhouse"}
    if login:
        headers["Authorization"] = "Basic " + base64.b64encode(urllib.parse.unquote(login).encode("utf-8")).decode("ascii")
    return urllib.request.Request(urllib.parse.urlunsplit(parts._replace(netloc=host)), headers=headers)


def _get(url, left):
    """Ask in a thread of its own: a server that answers a byte at a time would be listened to for ever."""
    answers = []
    asking = threading.Thread(target=lambda: answers.append(_answer(url, min(left, ATTEMPT))), daemon=True)
    asking.start()
    asking.join(left)
    return answers[0] if answers else ("does not answer in time", "")


def _answer(url, seconds):
    # no proxy: the question is whether the application on this host is well
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect())
    try:
        with opener.open(_request(url), timeout=seconds):
            return "", ""
    except urllib.error.HTTPError as error:
        return ("", "") if 200 <= error.code < 400 else ("answers with status {0}".format(error.code), _beginning(error))
    except (http.client.InvalidURL, ValueError):  # which repeat it
        return "does not answer: it is no URL that can be asked", ""
    except OSError as error:
        return "does not answer: {0}".format(getattr(error, "reason", error)), ""
    except Exception as error:  # http.client raises its own kind for what is no HTTP
        return "does not answer properly: {0}: {1}".format(type(error).__name__, error), ""


def _beginning(answer):
    try:
        return answer.read1(2000).decode("utf-8", "replace")
    except Exception:  # the connection broke: what it said until then is known
        return ""


def _look(unit, left):
    found = systemd.properties(unit, "ActiveState", "SubState", "LoadState")
    if found.get("ActiveState") == "active" and found.get("SubState") != "auto-restart":
        return "", ""
    state = "not known to systemd" if found.get("LoadState") == "not-found" else "{0} ({1})".format(
        found.get("ActiveState", "unknown"), found.get("SubState", "unknown"))
    return "is {0}".format(state), systemd.journal(unit)


def _run(command, left):
    """The command travels in the environment: the list of processes is for everybody to read."""
    try:
        process = subprocess.Popen(["/bin/sh", "-c", 'command=$WHEELHOUSE_HEALTH; unset WHEELHOUSE_HEALTH; eval "$command"'],
                                   env=dict(os.environ, WHEELHOUSE_HEALTH=command), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, start_new_session=True, cwd="/")
    except (OSError, ValueError) as error:
        return "can't be started: {0}".format(getattr(error, "strerror", error)), ""
    (output,), ended = follow(process, left)
    reason = "did not end" if not ended else "ended with status {0}".format(process.returncode) if process.returncode else ""
    return reason, "\n".join(output.decode("utf-8", "replace").splitlines()[-20:])
