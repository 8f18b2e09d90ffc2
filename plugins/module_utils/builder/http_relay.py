# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A server on this host that passes requests on to a web server, with the password that this one wants (see relay.py)."""
import hashlib
import http.server
import re
import threading
import urllib.error
import urllib.parse
import urllib.request

_PASSED_ON = ("Accept", "Content-Type", "Content-Encoding", "Git-Protocol", "If-Modified-Since", "If-None-Match", "Range", "User-Agent")
_PASSED_BACK = ("Accept-Ranges", "Cache-Control", "Content-Range", "Content-Type", "ETag", "Last-Modified", "Retry-After")
_PAGE = re.compile(r"text/html|application/(.*[.+])?(json|html)\b")
_LARGEST_PAGE = 256 << 20  # bytes
_TIMEOUT = 60  # seconds without a byte
_PIECE = 1 << 16


class Relay:
    """A server on this host that passes requests on to ``origin`` with ``header`` (name, value) added.

    ``rewrite(text)`` is applied to the pages and redirections that come back. ``key`` is what the caller knows it by.
    """

    def __init__(self, origin, header, opener_for, rewrite, key):
        self.origin, self.header, self.opener_for, self.rewrite, self.key = origin, header, opener_for, rewrite, key
        handler = type("Handler", (_Handler,), {"relay": self})
        port = 20000 + int(hashlib.sha256(origin.encode()).hexdigest()[:8], 16) % 10000
        try:  # the same one each time, where it is free: uv's cache goes by the address
            self.server = _Server(("127.0.0.1", port), handler)
        except OSError:
            self.server = _Server(("127.0.0.1", 0), handler)
        self.address = "http://127.0.0.1:{0}".format(self.server.server_address[1])
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        """End it."""
        self.server.shutdown()
        self.server.server_close()


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """Keep quiet: one of the two sides has hung up, and the other one tells."""


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
