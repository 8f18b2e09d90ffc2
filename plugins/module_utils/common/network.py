# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reach a web server as the network of a host wants it: through a proxy, trusting a CA bundle of one's own."""
import ssl
import urllib.parse
import urllib.request

from .address import check_address, check_addresses
from .pace import handlers

# Each tool reads another variable for the same thing: whichever the user set first speaks for all of them.
_CA_BUNDLE = ("SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO", "CARGO_HTTP_CAINFO")
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


def spell_out(environment):
    """Return ``environment`` (a dictionary), its values as text, with every spelling of CA bundle and proxy filled in; null is left out.

    Raises WheelhouseError when an address in it could be misread, so that a part of its password would be shown as that of a host.
    """
    found = {name: str(value) for name, value in environment.items() if value is not None}
    for name, value in found.items():
        if value and name.lower() in PROXIES[:-1]:
            found[name] = value.strip()
            check_address(name, found[name])
        else:  # git's keys end with the name of an option
            check_addresses(name, value.rpartition(".")[0] if name.startswith("GIT_CONFIG_KEY_") else value)
    bundle = next((found[name] for name in _CA_BUNDLE if found.get(name)), "")
    if bundle:
        found.update({name: found.get(name) or bundle for name in _CA_BUNDLE})
    for name in PROXIES:
        value = found.get(name) or found.get(name.upper())
        if value:
            found.update({name: value, name.upper(): value})
    return found


def make_opener(environment, follow=True):
    """Return a function ``url -> opener`` (see urllib.request.OpenerDirector) that obeys an environment that was spelt out.

    Without ``follow`` a redirection is an HTTPError like any other.

    Raises OSError or ssl.SSLError when the CA bundle can't be read.
    """
    context = ssl.create_default_context(cafile=environment.get("SSL_CERT_FILE"))
    proxies = {name[:-len("_proxy")]: environment[name] for name in PROXIES if environment.get(name)}
    if "all" in proxies:
        proxies = dict({"http": proxies["all"], "https": proxies["all"]}, **proxies)

    def build_opener(used):
        return urllib.request.build_opener(urllib.request.ProxyHandler(used), *handlers(context, follow))

    direct, through_proxy = build_opener({}), build_opener({name: proxies[name] for name in ("http", "https") if name in proxies})

    def choose(url):
        host = urllib.parse.urlsplit(url).netloc.rpartition("@")[2]
        return direct if urllib.request.proxy_bypass_environment(host, proxies) else through_proxy
    return choose
