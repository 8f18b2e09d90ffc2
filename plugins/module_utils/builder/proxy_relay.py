# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A proxy on this host that passes everything on to another proxy, with the password that this one wants (see relay.py)."""
import socket
import socketserver
import ssl
import threading
import urllib.parse

from ..common.address import bare, basic

_TIMEOUT = 60  # seconds without a byte
_PIECE = 1 << 16
_LONGEST_HEAD = 1 << 16  # bytes


class ProxyRelay:
    """Passes on to the proxy at ``url``, which has user and password in it; ``bundle`` is a CA bundle, for one that speaks TLS."""

    def __init__(self, url, bundle=None):
        parts = urllib.parse.urlsplit(url)
        self.origin = bare(url).rstrip("/")
        self.authorization = basic(parts.username, parts.password)
        self.upstream = (parts.hostname, parts.port or (443 if parts.scheme == "https" else 80))
        self.context = ssl.create_default_context(cafile=bundle) if parts.scheme == "https" else None
        self.server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"relay": self}))
        self.address = "http://127.0.0.1:{0}".format(self.server.server_address[1])
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def connect(self):
        """Return a connection to the proxy. Raises OSError."""
        stream = socket.create_connection(self.upstream, timeout=_TIMEOUT)
        return self.context.wrap_socket(stream, server_hostname=self.upstream[0]) if self.context else stream

    def stop(self):
        """End it."""
        self.server.shutdown()
        self.server.server_close()


class _Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """Keep quiet: one of the two sides has hung up."""


class _Handler(socketserver.StreamRequestHandler):
    """Serves one connection: its first request tells where it goes, and there is no second one unless it is a tunnel."""

    relay = None
    timeout = _TIMEOUT

    def handle(self):
        """Pass on the head with the password, then whatever comes from either side."""
        head, tunnel = self._read_head()
        if not head:
            return
        try:
            with self.relay.connect() as proxy:
                proxy.sendall(head)
                back = threading.Thread(target=_pass_on, args=(proxy.recv, self.connection), daemon=True)
                back.start()
                _pass_on(self.rfile.read1, proxy, close=tunnel)
                back.join()
        except OSError:
            self.wfile.write(b"HTTP/1.1 502 the proxy does not answer\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    def _read_head(self):
        lines, size = [], 0
        for line in iter(lambda: self.rfile.readline(_LONGEST_HEAD), b""):
            size += len(line)
            if size > _LONGEST_HEAD:
                break
            if line in (b"\r\n", b"\n"):
                tunnel = lines[:1] != [] and lines[0].startswith(b"CONNECT ")
                kept = [line for line in lines if not line.lower().startswith((b"proxy-authorization:", b"proxy-connection:", b"connection:"))]
                more = ["Proxy-Authorization: " + self.relay.authorization] + ([] if tunnel else ["Connection: close"])
                return b"".join(kept) + "".join(text + "\r\n" for text in more).encode("ascii") + b"\r\n", tunnel
            lines.append(line)
        return b"", False


def _pass_on(read, target, close=True):
    """Write to the socket ``target`` what ``read(size)`` gives, until it gives nothing; then say so, or leave that to the other side."""
    try:
        for piece in iter(lambda: read(_PIECE), b""):
            target.sendall(piece)
        if close:
            target.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # the other side has had enough, or says nothing any more
