# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""GET one file whose hash is known: tried again, and gone on with where it broke off, be it in an earlier run."""
import errno
import hashlib
import http.client
import os
import re
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request

from .address import bare, basic, shown
from .errors import WheelhouseError
from .files import CHUNK

ATTEMPTS = 5
TIMEOUT = 30  # seconds without a single byte; see also pace.LEAST
MAX_SIZE = 8 << 30  # bytes of a file whose size is not known
LONGEST_WAIT = 60  # seconds between two attempts; a server that asks for more patience gets as much

_AGAIN = (408, 425, 429, 500, 502, 503, 504)
# URLError, ssl.SSLError and socket.timeout are kinds of OSError; ValueError is of an address or a number that is none
_BROKEN = (http.client.HTTPException, OSError, ValueError)
_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOENT, errno.EIO, errno.EFBIG)


class Wrong(WheelhouseError):
    """What came is not what was promised: it has ``sha256`` and ``size`` (in bytes), and was said to be of the ``kind`` (MIME type)."""

    def __init__(self, message, hint, sha256, size, kind):
        super().__init__(message, hint=hint)
        self.sha256, self.size, self.kind = sha256, size, kind


class Getter:
    """GETs files; ``opener_for`` comes from ``network.make_opener``, ``hint(status)`` says what to do about an answer, or about none."""

    def __init__(self, opener_for, hint, pause=1.0):
        self.opener_for = opener_for
        self.hint = hint
        self.pause = pause  # seconds before the second attempt; doubled each time
        self.silent = {}  # the errors of servers that gave no answer at all: the other files need not try them as long
        self.busy = set()  # servers that had a file be given up by asking for patience each time: the other files are asked for once

    def get(self, url, part, sha256, size):
        """Bring the ``size`` bytes (None: not known) at ``url`` to the file ``part``, which may hold the first of them already.

        Raises WheelhouseError, which shows no credentials, and OSError when ``part`` can't be written. What has arrived stays in
        ``part``, unless it is wrong.
        """
        for attempt in range(1, ATTEMPTS + 1):
            if _server(url) in self.silent:
                raise self.silent[_server(url)]
            resumed = _size(part) > 0
            try:
                found, kind = self._receive(url, part, size)
            except _BROKEN as error:
                if getattr(error, "errno", None) in _DISK and not isinstance(error, urllib.error.URLError):
                    raise
                self._give_up_or_wait(url, part, error, attempt)
                continue
            if found == sha256 and size in (None, _size(part)):
                return
            wrong = Wrong("{0} is not what its name says: not the {1} bytes with SHA-256 {2}".format(shown(url), size, sha256), self.hint(200),
                          found, _size(part), kind)
            os.unlink(part)
            if not resumed:  # what an earlier run left may have been another file
                raise wrong
        raise WheelhouseError("{0} could not be had in {1} attempts".format(shown(url), ATTEMPTS), hint=self.hint(None))

    def _receive(self, url, part, size):
        """Append to ``part`` what is still missing; return the SHA-256 of the whole, as 64 hex digits, and the MIME type."""
        start = _size(part)
        if size and start >= size:
            return _digest(part).hexdigest(), ""  # an earlier run ended just here
        most = MAX_SIZE if size is None else size
        with self.opener_for(url).open(_request(url, start), timeout=TIMEOUT) as answer:
            resumed = answer.getcode() == 206 and answer.headers.get("Content-Range", "").startswith("bytes {0}-".format(start))
            digest = _digest(part) if resumed else hashlib.sha256()
            with open(part, "ab" if resumed else "wb") as stream:
                for chunk in iter(lambda: answer.read1(CHUNK), b""):  # what has come is kept, should no more come
                    digest.update(chunk)
                    stream.write(chunk)
                    if stream.tell() > most:
                        break  # too long already
                before = start if resumed else 0
                length = answer.headers.get("Content-Length", "")
                promised = int(length) if length.isdigit() else (size or 0) - before
                if stream.tell() - before < promised and stream.tell() <= most:
                    raise http.client.IncompleteRead(b"")
            return digest.hexdigest(), answer.headers.get_content_type()

    def _give_up_or_wait(self, url, part, error, attempt):
        status = getattr(error, "code", None)
        wait = self.pause * 2 ** (attempt - 1)
        if status == 416:  # the server's file ends before our part does
            os.unlink(part)
        elif status is None and not isinstance(error, http.client.IncompleteRead) and (attempt == ATTEMPTS or _untrusted(error)):
            self.silent[_server(url)] = WheelhouseError("{0} does not answer: {1}".format(_server(url), _reason(error)), hint=self.hint(None))
            raise self.silent[_server(url)]
        elif attempt == ATTEMPTS or status and (status not in _AGAIN or _server(url) in self.busy):
            if status in _AGAIN:
                self.busy.add(_server(url))
            raise WheelhouseError("{0} could not be had: {1}".format(shown(url), _reason(error)), hint=self.hint(status))
        elif status and re.fullmatch("[0-9]{1,9}", str(error.headers.get("Retry-After", ""))):
            wait = min(int(error.headers["Retry-After"]), LONGEST_WAIT)
        time.sleep(wait)


def _server(url):
    return urllib.parse.urlunsplit(urllib.parse.urlsplit(bare(url))[:2] + ("", "", ""))


def _untrusted(error):
    return isinstance(getattr(error, "reason", None), ssl.SSLError)


def _request(url, start):
    """Return the request for what comes after the first ``start`` bytes; credentials in the URL go as a header."""
    request = urllib.request.Request(bare(url), headers={"User-Agent": "nogcc.wheelhouse", "Accept-Encoding": "identity"})
    parts = urllib.parse.urlsplit(url)
    if parts.username is not None:
        request.add_unredirected_header("Authorization", basic(parts.username, parts.password))  # not for the host that it redirects to
    if start:
        request.add_header("Range", "bytes={0}-".format(start))
    return request


def _reason(error):
    if isinstance(error, urllib.error.HTTPError):
        return "HTTP {0} {1}".format(error.code, error.reason)
    if isinstance(error, http.client.IncompleteRead):
        return "the connection broke off"
    if isinstance(error, (http.client.InvalidURL, ValueError)) and not isinstance(error, ssl.CertificateError):  # which repeat it
        return "its address, or that of its proxy, is none that can be asked"
    return str(getattr(error, "reason", "") or error or type(error).__name__)


def _digest(path):
    digest = hashlib.sha256()
    with open(path, "rb") as stream:
        for chunk in iter(lambda: stream.read(CHUNK), b""):
            digest.update(chunk)
    return digest


def _size(path):
    try:
        return os.stat(path).st_size
    except FileNotFoundError:
        return 0
