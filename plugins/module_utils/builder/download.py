# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Download what the lock names, by URL and SHA-256, into the store: in parallel, with retries, resumed when broken off."""
import base64
import contextlib
import errno
import http.client
import os
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor, as_completed

from ..common.errors import Blocked, WheelhouseError
from ..common.files import CHUNK, fsync_folder, sha256_of
from ..common.network import make_opener
from ..common.steps import step
from .network import index_credentials, normalise_environment

ATTEMPTS = 5
TIMEOUT = 30  # seconds without a single byte; see also pace.LEAST
MAX_SIZE = 8 << 30  # bytes of a file whose size the lock leaves out
_AGAIN = (408, 425, 429, 500, 502, 503, 504)
_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES)
_BROKEN = (urllib.error.URLError, http.client.HTTPException, OSError, ValueError)  # ValueError: of an address or a number that is none


class Downloader:
    """Downloads into ``store``; ``environment`` holds proxy, CA bundle and index URL (whose credentials are used for its host)."""

    def __init__(self, store, environment, pause=1.0):
        environment = normalise_environment(environment)
        self.store = store
        self.pause = pause  # seconds before the second attempt; doubled each time
        self.credentials = index_credentials(environment)
        try:
            self.opener_for = make_opener(environment)
        except (OSError, ssl.SSLError) as error:
            raise WheelhouseError("the CA bundle {0} can't be read: {1}".format(environment.get("SSL_CERT_FILE"), error),
                                  hint="SSL_CERT_FILE in build_environment is a path on the build host") from error

    def fetch_all(self, artifacts, say, workers=8):
        """Download the artifacts that the store lacks; return how many. Raises Blocked with all that could not be had."""
        missing = [artifact for artifact in artifacts
                   if not self.store.holds(kind_of(artifact), artifact.sha256, artifact.filename, artifact.size)]
        problems, done, spoke = [], 0, 0.0
        with ThreadPoolExecutor(workers) as pool:
            waiting = {pool.submit(self.fetch, artifact): artifact for artifact in missing}
            for future in as_completed(waiting):
                try:
                    future.result()
                except WheelhouseError as error:
                    problems.append(error.as_dict())
                    continue
                done += 1
                if time.monotonic() - spoke > 1 or done == len(missing):
                    spoke = time.monotonic()
                    say("downloaded {0}/{1} {2}".format(done, len(missing), waiting[future].filename))
        if problems:
            raise Blocked("{0} of {1} files could not be downloaded".format(len(problems), len(missing)), problems)
        return len(missing)

    def fetch_sound(self, artifact):
        """Have one artifact in the store, whose bytes are looked at: what is damaged is downloaded anew. Raises WheelhouseError."""
        path = self.store.path_of(kind_of(artifact), artifact.sha256, artifact.filename)
        if not os.path.exists(path) or sha256_of(path) != artifact.sha256:
            self.fetch(artifact)

    def fetch(self, artifact):
        """Download one artifact to its place in the store. Raises WheelhouseError."""
        if urllib.parse.urlsplit(artifact.url).scheme not in ("http", "https"):  # never a file of this host
            raise WheelhouseError("{0} did not arrive from the controller".format(artifact.filename), hint="run again",
                                  package=artifact.name)
        target = self.store.path_of(kind_of(artifact), artifact.sha256, artifact.filename)
        part = self.store.path("incoming", artifact.sha256 + ".part")
        os.makedirs(os.path.dirname(part), mode=0o755, exist_ok=True)
        for attempt in range(1, ATTEMPTS + 1):
            resumed = _size(part) > 0
            try:
                kind = self._receive(artifact, part)
            except _BROKEN as error:
                self._give_up_or_wait(artifact, error, attempt)
                continue
            if self._finished(artifact, part, kind, resumed):
                break
        else:
            raise WheelhouseError("{0} could not be downloaded in {1} attempts".format(self._shown(artifact.url), ATTEMPTS),
                                  hint=_hint(None), package=artifact.name)
        os.chmod(part, 0o644)
        os.makedirs(os.path.dirname(target), mode=0o755, exist_ok=True)
        step("downloaded")
        os.rename(part, target)
        fsync_folder(os.path.dirname(target))

    def _receive(self, artifact, part):
        """Append to ``part`` what is still missing; return the content type of the answer."""
        start = _size(part)
        url, authorization = self._address(artifact.url)
        request = urllib.request.Request(url, headers={"User-Agent": "nogcc.wheelhouse", "Accept-Encoding": "identity"})
        if authorization:
            request.add_unredirected_header("Authorization", authorization)  # not for the host that it redirects to
        if start:
            request.add_header("Range", "bytes={0}-".format(start))
        with self.opener_for(url).open(request, timeout=TIMEOUT) as answer:
            resumed = answer.status == 206 and answer.headers.get("Content-Range", "").startswith("bytes {0}-".format(start))
            length = answer.headers.get("Content-Length")
            received = 0
            with open(part, "ab" if resumed else "wb") as stream:
                for chunk in iter(lambda: answer.read1(CHUNK), b""):  # what has come is kept, should no more come
                    stream.write(chunk)
                    received += len(chunk)
                    if stream.tell() > (MAX_SIZE if artifact.size is None else artifact.size):
                        break  # too long already; the hash will say so
                else:
                    if length is not None and received < int(length):
                        raise http.client.IncompleteRead(b"", int(length) - received)
                stream.flush()
                os.fsync(stream.fileno())
            return answer.headers.get_content_type()

    def _address(self, url):
        """Return the URL without credentials, and the header that carries them."""
        parts = urllib.parse.urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        pair = self.credentials.get(host)
        if parts.username is not None:
            pair = (urllib.parse.unquote(parts.username), urllib.parse.unquote(parts.password or ""))
        header = "Basic " + base64.b64encode(":".join(pair).encode("utf-8")).decode("ascii") if pair else ""
        return urllib.parse.urlunsplit(parts._replace(netloc=host)), header

    def _finished(self, artifact, part, kind, resumed):
        """Tell whether ``part`` is what was promised; False asks for another attempt from the start."""
        size = _size(part)
        found = sha256_of(part)
        if found == artifact.sha256 and artifact.size in (None, size):
            return True
        os.unlink(part)
        if resumed:
            return False  # what an earlier run left may have been another file
        if kind == "text/html":
            raise WheelhouseError("{0} answered with a web page instead of {1}".format(self._shown(artifact.url), artifact.filename),
                                  hint="a proxy or a login page stands between: see build_environment", package=artifact.name)
        raise WheelhouseError(
            "{0} is not the file that was locked: SHA-256 {1} and {2} bytes, locked were {3} and {4} bytes".format(
                self._shown(artifact.url), found, size, artifact.sha256, "any" if artifact.size is None else artifact.size),
            hint="find out why it changed before you lock again: the index was altered, or something between it and here",
            package=artifact.name)

    def _give_up_or_wait(self, artifact, error, attempt):
        if getattr(error, "errno", None) in _DISK:
            with contextlib.suppress(OSError):
                os.unlink(self.store.path("incoming", artifact.sha256 + ".part"))  # others need the room
            raise WheelhouseError("{0} can't be written: {1}".format(artifact.filename, os.strerror(error.errno)),
                                  hint="make room below {0} on the build host".format(self.store.root), package=artifact.name) from error
        status = getattr(error, "code", None)
        wait = self.pause * 2 ** (attempt - 1)
        if status == 416:  # the part is longer than the file
            os.unlink(self.store.path("incoming", artifact.sha256 + ".part"))
        elif attempt == ATTEMPTS or (status and status not in _AGAIN) or isinstance(getattr(error, "reason", None), ssl.SSLError):
            raise WheelhouseError("{0} could not be downloaded: {1}".format(self._shown(artifact.url), _reason(error)),
                                  hint=_hint(status), package=artifact.name) from error
        elif status and str(error.headers.get("Retry-After", "")).isdigit():
            wait = min(int(error.headers["Retry-After"]), 60)
        time.sleep(wait)

    def _shown(self, url):
        return self._address(url)[0]


def kind_of(artifact):
    """Return in which part of the store an artifact lies: a published wheel is deployed as it is."""
    return "wheels" if artifact.kind == "wheel" else "sources"


def _hint(status):
    if status in (401, 403):
        return "put the credentials into the index URL in build_environment (UV_DEFAULT_INDEX)"
    if status in (404, 410):
        return "the index no longer has the file: lock again"
    return "run again: what has arrived is kept. Index, proxy and CA bundle are set by build_environment"


def _reason(error):
    if isinstance(error, urllib.error.HTTPError):
        return "HTTP {0} {1}".format(error.code, error.reason)
    if isinstance(error, http.client.IncompleteRead):
        return "the connection broke off"
    return str(getattr(error, "reason", "") or error or type(error).__name__)


def _size(path):
    try:
        return os.stat(path).st_size
    except FileNotFoundError:
        return 0
