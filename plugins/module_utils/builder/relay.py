# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Relays on this host, through which what may run a package's code reaches indexes, repositories and proxies without having their passwords.

uv runs an sdist's code to learn what it needs, and hands its own environment to it. So uv is told the addresses of relays; these add the
credentials to what they pass on. Who uses a relay can read what it leads to, but can't take the password away.
"""
import hashlib
import http.server
import re
import threading
import urllib.error
import urllib.parse
import urllib.request

from ..common.errors import WheelhouseError
from ..common.get import basic, shown
from ..common.network import PROXIES
from .network import normalise_environment, openers
from .proxy_relay import ProxyRelay

_WITH_CREDENTIALS = re.compile(r"https?://[^/\s?#\"'<>@]*@[^/\s?#\"'<>]+")
_ELSEWHERE = re.compile(r"UV_INDEX_\w+_(USERNAME|PASSWORD)|PIP_\w+")  # of no use to uv, or to no download of ours
_HEADER = re.compile(r"http\.(https?://.+)\.extraheader", re.IGNORECASE)
_PASSED_ON = ("Accept", "Content-Type", "Content-Encoding", "Git-Protocol", "If-Modified-Since", "If-None-Match", "Range", "User-Agent")
_PASSED_BACK = ("Accept-Ranges", "Cache-Control", "Content-Range", "Content-Type", "ETag", "Last-Modified", "Retry-After")
_PAGE = re.compile(r"text/html|application/(.*[.+])?(json|html)\b")
_LARGEST_PAGE = 256 << 20  # bytes
_TIMEOUT = 60  # seconds without a byte
_PIECE = 1 << 16


class Relays:
    """Relays for the length of a ``with`` block; ``environment`` is what ``build_environment`` says, but without credentials.

    Raises WheelhouseError for credentials that no relay can add.
    """

    def __init__(self, build_environment):
        self._full = normalise_environment(build_environment)
        self._relays = []
        self._indexes = []
        self.environment = {}

    def __enter__(self):
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_error):
        for relay in self._relays:
            relay.stop()

    def _start(self):
        found = {name: value for name, value in self._full.items() if not _ELSEWHERE.fullmatch(name)}
        self.environment = found
        if not any("@" in value or name.startswith("GIT_CONFIG_") for name, value in found.items()):
            return
        opener_for = openers(self._full, follow=False)
        for name, value in found.items():
            if name.lower() in PROXIES:
                found[name] = self._proxy(value) if "@" in value else value
            else:
                found[name] = _WITH_CREDENTIALS.sub(lambda match: self._index(match.group(), opener_for), value)
        found.update(self._git(found, opener_for))
        for name in ("no_proxy", "NO_PROXY"):
            found[name] = ",".join(filter(None, [found.get(name), "127.0.0.1"]))

    def _keep(self, relay):
        self._relays.append(relay)
        return relay

    def _index(self, address, opener_for):
        relay = next((relay for relay in self._indexes if relay.key == address), None)
        if relay is None:
            user = urllib.parse.urlsplit(address)
            relay = self._keep(Relay(shown(address), ("Authorization", basic(user.username, user.password)), opener_for, self.inside, address))
            self._indexes.append(relay)
        return relay.address

    def _proxy(self, value):
        if urllib.parse.urlsplit(value).scheme not in ("http", "https"):
            raise WheelhouseError("the proxy {0} wants credentials, which can't be kept from the code of packages".format(shown(value)),
                                  hint="name an HTTP proxy in build_environment")
        return self._keep(ProxyRelay(value, self._full.get("SSL_CERT_FILE"))).address

    def _git(self, found, opener_for):
        """Return git's configuration, in which ``http.<address>.extraHeader`` has become a relay that adds the header."""
        changed = {}
        for number in range(int(found.get("GIT_CONFIG_COUNT") or 0)):
            key, value = (found.get("GIT_CONFIG_{0}_{1}".format(kind, number), "") for kind in ("KEY", "VALUE"))
            match = _HEADER.fullmatch(key)
            if match and ":" in value:
                name, _colon, content = value.partition(":")
                parts = urllib.parse.urlsplit(match.group(1))
                origin = "{0}://{1}".format(parts.scheme, parts.netloc.rpartition("@")[2])
                relay = self._keep(Relay(origin, (name.strip(), content.strip()), opener_for, lambda text: text, key))
                path = parts.path or "/"
                changed["GIT_CONFIG_KEY_{0}".format(number)] = "url.{0}{1}.insteadOf".format(relay.address, path)
                changed["GIT_CONFIG_VALUE_{0}".format(number)] = origin + path
            elif key.lower().endswith("extraheader"):
                raise WheelhouseError("{0} in build_environment does not say for which server it is".format(key),
                                      hint="every server would be told it: write http.https://example.org/.extraHeader")
        return changed

    def inside(self, text):
        """Return ``text`` with the addresses of relays for the indexes that they lead to."""
        for relay in self._indexes:
            for slash in ("/", "\\/"):  # as JSON may have it
                origin, address = (where.replace("/", slash) for where in (relay.origin, relay.address))
                text = re.sub(re.escape(origin) + r"(?![\w.:-])", lambda _match, address=address: address, text)
        return text

    def outside(self, text):
        """Return ``text`` with the true addresses again."""
        for relay in self._relays:
            text = text.replace(relay.address, relay.origin)
        return text


class Relay:
    """A server on this host that passes requests on to ``origin`` with ``header`` (name, value) added.

    ``rewrite(text)`` is applied to the pages and redirections that come back. ``key`` is what the caller knows it by.
    """

    def __init__(self, origin, header, opener_for, rewrite, key):
        self.origin, self.header, self.opener_for, self.rewrite, self.key = origin, header, opener_for, rewrite, key
        handler = type("Handler", (_Handler,), {"relay": self})
        port = 20000 + int(hashlib.sha256(origin.encode()).hexdigest()[:8], 16) % 10000
        try:  # the same one each time, where it is free: uv's cache goes by the address
            self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
        except OSError:
            self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        self.address = "http://127.0.0.1:{0}".format(self.server.server_address[1])
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        """End it."""
        self.server.shutdown()
        self.server.server_close()


class _Handler(http.server.BaseHTTPRequestHandler):
    """Passes one request on."""

    relay = None
    protocol_version = "HTTP/1.1"
    timeout = _TIMEOUT

    def do_GET(self):
        """Ask the origin, and give back what it says."""
        if not self.path.startswith("/") or self.headers.get("Transfer-Encoding"):
            self.send_error(400)
            return
        length = self.headers.get("Content-Length", "")
        body = self.rfile.read(int(length)) if length.isdigit() else None
        url = self.relay.origin + self.path
        request = urllib.request.Request(url, body, {name: self.headers[name] for name in _PASSED_ON if name in self.headers}, method=self.command)
        request.add_header("Accept-Encoding", "identity")
        request.add_unredirected_header(*self.relay.header)
        try:
            answer = self.relay.opener_for(url).open(request, timeout=_TIMEOUT)
        except urllib.error.HTTPError as error:
            answer = error
        except (OSError, ValueError) as error:
            self.send_error(502, str(getattr(error, "reason", error)))
            return
        with answer:
            self._give_back(answer)

    do_HEAD = do_POST = do_GET

    def _give_back(self, answer):
        page = None
        length = answer.headers.get("Content-Length")
        if self.command != "HEAD" and _PAGE.match(answer.headers.get_content_type()):
            page = self.relay.rewrite(answer.read(_LARGEST_PAGE).decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
            length = str(len(page))
        self.send_response(answer.getcode())
        for name in _PASSED_BACK:
            if name in answer.headers:
                self.send_header(name, answer.headers[name])
        if "Location" in answer.headers:
            self.send_header("Location", self.relay.rewrite(urllib.parse.urljoin(self.relay.origin + self.path, answer.headers["Location"])))
        if length is not None:
            self.send_header("Content-Length", length)
        else:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        if self.command == "HEAD":
            return
        try:
            for piece in [page] if page is not None else iter(lambda: answer.read(_PIECE), b""):
                self.wfile.write(piece)
        except OSError:
            self.close_connection = True  # one of the two has had enough: the other sees it by the length

    def log_message(self, *_arguments):
        """Keep quiet: the address may be of a private package."""
