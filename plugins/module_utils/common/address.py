# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Addresses with user and password in them: used as they are, shown without, and refused where nobody can tell where the password ends."""
import base64
import re
import urllib.parse

from .errors import WheelhouseError

#: Where the authority of a URL begins; some who read one take any number of slashes.
START = "(?:(?<=://)|{0})".format("|".join("(?<={0}:{1})(?!/)".format(scheme, slashes) for scheme in ("http", "https") for slashes in ("", "/", "///")))

#: What can only be a login whose signs are not %-escaped, behind ``//``: it has a port that is no number, or no path before a query.
UNESCAPED = r"[^/\s?#\"'<>`@:\[]*(?::(?![0-9]*/)[^/\s?#\"'<>`@]*/|(?::[^/\s?#\"'<>`@]*)?[?#])[^\s\"'<>`]{0,500}@"

_URL = re.compile(r"(?:https?|socks\w*):(?:(?!,\w+://)\S)*", re.IGNORECASE)
_SCHEME = re.compile(r"\w+://[^/]")
_PARTS = re.compile(r"(?:\w+://)?([^/?#]*)(.*)", re.DOTALL)
_HOST = re.compile(r"(?:\[[\w:.%]+\]|[^\s:\"'<>`\[\]]+)(?::([0-9]{0,5}))?")
_PLAIN = re.compile(r"\w+://[\w-]+(?:\.[\w-]+)+/[^?#:\s]*\Z")  # a host's whole name, and no login before it: an ``@`` in the path is one
_TO_HOST = re.compile(r"([a-z][a-z0-9+.-]*:/+)?.*@", re.IGNORECASE | re.DOTALL)
_LOGIN = re.compile(START + r"(?:[^/\s?#\"'<>`]+@|" + UNESCAPED + ")", re.IGNORECASE)


def shown(address):
    """Return a URL or a proxy as a message may have it: without whatever may be user and password, be they %-escaped or not."""
    return address if _PLAIN.match(address) else _TO_HOST.sub(lambda found: found.group(1) or "", address)


def bare(url):
    """Return a URL, whose user and password are %-escaped, without these."""
    parts = urllib.parse.urlsplit(url)
    return urllib.parse.urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def basic(user, password):
    """Return the header's value (RFC 7617) for user and password as a URL has them, ``%``-escaped; None is nothing."""
    pair = ":".join(urllib.parse.unquote(text or "") for text in (user, password))
    return "Basic " + base64.b64encode(pair.encode("utf-8")).decode("ascii")


def without_credentials(text):
    """Return a text of any length with user and password taken out of every URL in it."""
    return _LOGIN.sub("", text)


def check_address(name, address):
    """Refuse one URL, or a proxy, in which an ``@`` comes later than it may. Raises WheelhouseError, which does not repeat it."""
    if _URL.match(address) and not _SCHEME.match(address) or not _sound(address):
        raise _refusal(name)


def check_addresses(name, text, given=False):
    """Refuse URLs in ``text`` of which nobody can tell where the password ends. Raises WheelhouseError, which does not repeat them.

    In those that an index gave (``given``) an ``@`` in the path is one; what a person wrote may be a password that begins with digits.
    """
    for url in _URL.findall(text):
        if "@" in url and not _SCHEME.match(url) or "@" in text and not _sound(url, given):
            raise _refusal(name)


def _sound(address, given=False):
    """Tell whether host and port can be ones, and an ``@`` in the path is no login's: the address without its login has a host's whole name."""
    authority, rest = _PARTS.match(address).groups()
    login, at, host = authority.rpartition("@")
    found = _HOST.fullmatch(host)
    if not found or int(found.group(1) or 0) >= 1 << 16 or re.search(r"[\s\"'<>`]", login):
        return False
    return "@" not in rest or given and rest[0] == "/" or _PLAIN.match(address.replace(login + at, "", 1))


def _refusal(name):
    return WheelhouseError("{0} has a port that is no number, or credentials that are not %-escaped, or an @ in its path that could end them".format(name),
                           hint="write their signs as %-escapes: %2F for /, %3F for ?, %23 for #, %40 for @")
