# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
<<<<<<< HEAD
"""The environment of the steps that use the network: index, proxy and CA bundle, said once, understood by pip, uv, git and us."""
import ssl
=======
"""The environment of the steps that use the network: index, proxy and CA bundle, said once, understood by pip, uv and us."""
>>>>>>> pull
import urllib.parse

from ..common.network import spell_out

from .pace import handlers

# Each tool reads another variable for the same thing: whichever the user set first speaks for all of them.
<<<<<<< HEAD
_CA_BUNDLE = ("SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO", "CARGO_HTTP_CAINFO")
=======
>>>>>>> pull
_INDEX = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL")
_EXTRA_INDEXES = ("UV_INDEX", "UV_EXTRA_INDEX_URL", "PIP_EXTRA_INDEX_URL")


def normalise_environment(environment):
    """Return ``environment`` (a dictionary) with every spelling of CA bundle, index and proxy filled in."""
    found = spell_out(environment)
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


def index_credentials(environment):
    """Return ``{host[:port]: (user, password)}`` from the index URLs of a normalised environment."""
    found = {}
    for entry in (environment.get("UV_DEFAULT_INDEX", "") + " " + environment.get("UV_INDEX", "")).split():
        parts = urllib.parse.urlsplit(_url_of(entry))
        if parts.username is not None:
            user, password = (urllib.parse.unquote(text or "") for text in (parts.username, parts.password))
            found[parts.netloc.rpartition("@")[2]] = (user, password)
    return found


<<<<<<< HEAD
def make_opener(environment):
    """Return a function ``url -> opener`` (see urllib.request.OpenerDirector) that obeys a normalised environment.

    Raises OSError or ssl.SSLError when the CA bundle can't be read.
    """
    context = ssl.create_default_context(cafile=environment.get("SSL_CERT_FILE"))
    proxies = {name[:-len("_proxy")]: environment[name] for name in _PROXIES if environment.get(name)}
    if "all" in proxies:
        proxies = {"http": proxies["all"], "https": proxies["all"], **proxies}

    def build_opener(used):
        return urllib.request.build_opener(urllib.request.ProxyHandler(used), *handlers(context))

    direct, through_proxy = build_opener({}), build_opener({name: proxies[name] for name in ("http", "https") if name in proxies})

    def choose(url):
        host = urllib.parse.urlsplit(url).netloc.rpartition("@")[2]
        return direct if urllib.request.proxy_bypass_environment(host, proxies) else through_proxy
    return choose


=======
>>>>>>> pull
def _first(found, names):
    return next((found[name] for name in names if found.get(name)), "")


def _url_of(entry):
    """An entry of UV_INDEX may carry a name: ``company=https://...``."""
    name, equals, url = entry.partition("=")
    return url if equals and "/" not in name else entry
