# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A static web server over a folder, with ranges as nginx has them, and with answers of its own where a test wants them."""
import functools
import http.server
import os
import threading
import urllib.parse


class WebServer:
    """Serves ``folder``; ``answers`` maps a path to functions that answer in the file's place, one after another."""

    def __init__(self, folder):
        self.answers = {}
        self.requests = []
        self.server = _Server(("127.0.0.1", 0), functools.partial(_Handler, self, str(folder)))
        self.url = "http://127.0.0.1:{0}".format(self.server.server_address[1])
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class _Server(http.server.ThreadingHTTPServer):

    def handle_error(self, request, client_address):
        """Keep quiet: a client may hang up."""


class _Handler(http.server.BaseHTTPRequestHandler):

    def __init__(self, web, folder, *arguments):
        self.web, self.folder = web, folder
        super().__init__(*arguments)

    def do_GET(self):
        self.web.requests.append((self.path, dict(self.headers)))
        answers = self.web.answers.get(self.path)
        if answers:
            answers.pop(0)(self)
            return
        try:
            with open(os.path.join(self.folder, urllib.parse.unquote(self.path).lstrip("/")), "rb") as stream:
                data = stream.read()
        except OSError:
            send(self, 404)
            return
        wanted = self.headers.get("Range")
        start = int(wanted[len("bytes="):-1]) if wanted else 0
        if start and start >= len(data):
            send(self, 416)
        elif start:
            send(self, 206, data[start:], Content_Range="bytes {0}-{1}/{2}".format(start, len(data) - 1, len(data)))
        else:
            send(self, 200, data)

    def log_message(self, *_arguments):
        """Keep quiet."""


def send(handler, status, data=b"", length=None, **headers):
    """Send an answer; ``length`` may promise more than comes."""
    handler.send_response(status)
    for name, value in dict({"Content-Length": len(data) if length is None else length}, **headers).items():
        handler.send_header(name.replace("_", "-"), str(value))
    handler.end_headers()
    handler.wfile.write(data)


def status(code, **headers):
    """Return an answer that is only a status."""
    return lambda handler: send(handler, code, b"sorry", **headers)


def part_of(data, count):
    """Return an answer that breaks off after ``count`` bytes of ``data``."""
    return lambda handler: send(handler, 200, data[:count], length=len(data))


def silence(handler):
    """Hang up without a word."""
