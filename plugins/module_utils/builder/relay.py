# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Relays on this host, through which what may run a package's code reaches indexes, repositories and proxies without having their passwords.

uv runs an sdist's code to learn what it needs, and hands its own environment to it. So uv is told the addresses of relays; these add the
credentials to what they pass on. Who uses a relay, as every user of this host may while it is there, can read what it leads to, but can't
take the password away.
"""
import re
import urllib.parse

from ..common.address import bare, basic, shown
from ..common.errors import WheelhouseError
from ..common.network import PROXIES
from .http_relay import Relay
from .network import normalise_environment, openers
from .proxy_relay import ProxyRelay

_WITH_CREDENTIALS = re.compile(r"https?://[^/\s?#\"'<>@]*@[^/\s?#\"'<>]+")
_ELSEWHERE = re.compile(r"UV_INDEX_\w+_(USERNAME|PASSWORD)|PIP_\w+")  # of no use to uv, or to no download of ours
_HEADER = re.compile(r"http\.(https?://.+)\.extraheader", re.IGNORECASE)


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
            relay = self._keep(Relay(bare(address), ("Authorization", basic(user.username, user.password)), opener_for, self.inside, address))
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
        """Return ``text`` with the addresses of relays for the indexes that they lead to; git's are left to its own configuration."""
        for relay in self._indexes:
            for slash in ("/", "\\/"):  # as JSON may have it
                origin, address = (where.replace("/", slash) for where in (relay.origin, relay.address))
                text = re.sub(r"(?<!git\+)" + re.escape(origin) + r"(?![\w.:-])", lambda _match, address=address: address, text)
        return text

    def outside(self, text):
        """Return ``text`` with the true addresses again."""
        for relay in self._relays:
            text = text.replace(relay.address, relay.origin)
        return text
