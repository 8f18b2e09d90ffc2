# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""HTTP that does not wait for ever: a server that sends a byte now and then is as good as one that is gone."""
import http.client
import io
import time
import urllib.error
import urllib.request

WINDOW = 60  # seconds
LEAST = 60 << 10  # bytes that have to come within a window: 1 kB/s


def handlers(context, follow=True):
    """Return handlers for urllib that keep an eye on the pace, and ``follow`` a redirection to HTTP only; ``context`` is for TLS."""

    class Secure(urllib.request.HTTPSHandler):
        def https_open(self, req):
            return self.do_open(_SecureConnection, req, context=context)

    return [_Plain(), Secure(context=context), _Redirect() if follow else _Stay()]


class _Paced(io.RawIOBase):
    """The raw stream of an answer, its head included."""

    def __init__(self, raw):
        super().__init__()
        self.raw = raw
        self.started = time.monotonic()
        self.received = 0

    def readable(self):
        """Say that it is for reading."""
        return True

    def readinto(self, buffer):
        """Read what is there. Raises TimeoutError when too little came in the last window."""
        elapsed = time.monotonic() - self.started
        if elapsed > WINDOW:
            if self.received < LEAST:
                raise TimeoutError("it sends less than {0} bytes in {1} s".format(LEAST, WINDOW))
            self.started, self.received = time.monotonic(), 0
        count = self.raw.readinto(buffer)
        self.received += count or 0
        return count

    def close(self):
        """Close the stream below, too."""
        if not self.closed:
            self.raw.close()
        super().close()


class _Response(http.client.HTTPResponse):
    def __init__(self, sock, *arguments, **options):
        super().__init__(sock, *arguments, **options)
        self.fp.close()
        self.fp = io.BufferedReader(_Paced(sock.makefile("rb", 0)))


class _PlainConnection(http.client.HTTPConnection):
    response_class = _Response


class _SecureConnection(http.client.HTTPSConnection):
    response_class = _Response


class _Plain(urllib.request.HTTPHandler):
    def http_open(self, req):
        return self.do_open(_PlainConnection, req)


class _Redirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, req, fp, code, msg, headers, newurl):
        if not newurl.lower().startswith(("http://", "https://")):
            raise urllib.error.HTTPError(req.full_url, code, "it redirects to {0}".format(newurl.partition(":")[0] + ":"), headers, fp)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, req, fp, code, msg, headers, newurl):
        return None
