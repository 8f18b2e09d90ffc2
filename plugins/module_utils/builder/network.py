# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The environment of the steps that use the network: index, proxy and CA bundle, said once, understood by pip, uv, git and us."""
import ssl
import urllib.parse

from ..common.errors import WheelhouseError
from ..common.network import make_opener, spell_out

# Each tool reads another variable for the same thing: whichever the user set first speaks for all of them.
_INDEX = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL")
_EXTRA_INDEXES = ("UV_INDEX", "UV_EXTRA_INDEX_URL", "PIP_EXTRA_INDEX_URL")


def normalise_environment(environment):
    """Return ``environment`` (a dictionary) with every spelling of CA bundle, index and proxy filled in.

    Raises WheelhouseError when an address in it could be misread (see spell_out).
    """
    found = spell_out(environment)
    for name in _INDEX + _EXTRA_INDEXES:
        if any("@" in entry and "://" not in entry for entry in found.get(name, "").split()):  # pip would repeat it
            raise WheelhouseError("{0} has credentials in what is no URL".format(name), hint="begin it with https:// in build_environment")
    index = _first(found, _INDEX)
    if index:
        found.pop("UV_INDEX_URL", None)  # deprecated in favour of UV_DEFAULT_INDEX
        found["UV_DEFAULT_INDEX"] = index
        found.setdefault("PIP_INDEX_URL", index)
    extra = _first(found, _EXTRA_INDEXES)
    if extra:
        found.pop("UV_EXTRA_INDEX_URL", None)
        found["UV_INDEX"] = extra
        found.setdefault("PIP_EXTRA_INDEX_URL", " ".join(_url_of(entry) for entry in extra.split()))
    return found


def openers(environment, follow=True):
    """Return what ``make_opener`` does for a normalised environment. Raises WheelhouseError."""
    try:
        return make_opener(environment, follow)
    except (OSError, ssl.SSLError) as error:
        raise WheelhouseError("the CA bundle {0} can't be read: {1}".format(environment.get("SSL_CERT_FILE"), error),
                              hint="SSL_CERT_FILE in build_environment is a path on the build host") from error


def index_credentials(environment):
    """Return ``{host[:port]: (user, password)}`` from the index URLs of a normalised environment."""
    found = {}
    for entry in (environment.get("UV_DEFAULT_INDEX", "") + " " + environment.get("UV_INDEX", "")).split():
        parts = urllib.parse.urlsplit(_url_of(entry))
        if parts.username is not None:
            user, password = (urllib.parse.unquote(text or "") for text in (parts.username, parts.password))
            found[parts.netloc.rpartition("@")[2]] = (user, password)
    return found


def _first(found, names):
    return next((found[name] for name in names if found.get(name)), "")


def _url_of(entry):
    """An entry of UV_INDEX may carry a name: ``company=https://...``."""
    name, equals, url = entry.partition("=")
    return url if equals and "/" not in name else entry
