# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Have the host itself get what it lacks from the wheelhouse's web server, where the controller's own line would be too thin."""
import errno
import os
import ssl
import urllib.parse
from concurrent.futures import ThreadPoolExecutor, as_completed

from ..common.address import check_address, shown
from ..common.errors import Blocked, WheelhouseError
from ..common.files import make_folders
from ..common.get import Getter
from ..common.network import make_opener, spell_out

CONNECTIONS = 6  # to the one server, from each host
_FULL = (errno.ENOSPC, errno.EDQUOT)  # what has arrived only stands in the way then


def pull(source, root, expected, required=None, stored=None, durable=False, parts=None, pause=1.0):
    """Store files below ``root`` as ``transfer.unpack`` does, from a web server instead of a stream.

    ``source`` is ``{"url": of the wheelhouse's top, "environment": proxies and CA bundle}``. A file that breaks off stays in the folder
    ``parts``, on the file system of ``root``, for the next attempt or the next run. ``stored`` is called from several threads.
    Raises Blocked with all that could not be had; what came before stays.
    """
    check_address("deploy_wheelhouse_url", source["url"])
    wanted = sorted(expected if required is None else required)
    getter = Getter(_opener(spell_out(source["environment"])), _hint, pause)
    make_folders(parts)
    os.chmod(parts, 0o711)

    def get(place):
        sha256, size = expected[place]
        part = os.path.join(parts, sha256 + ".part")
        url = "{0}/{1}".format(source["url"].rstrip("/"), urllib.parse.quote(place))
        try:
            getter.get(url, part, sha256, size)
        except OSError as error:
            if error.errno in _FULL and os.path.exists(part):
                os.unlink(part)
            raise
        target = os.path.join(root, place)
        make_folders(os.path.dirname(target))
        os.rename(part, target)
        if stored is not None:
            stored(place)

    problems = _all(get, wanted)
    if problems:
        raise Blocked("not everything could be had from {0}".format(shown(source["url"])), problems)


def _all(get, wanted):
    """Get all that is wanted, several at a time; return what went wrong, as dictionaries, each once, in the order of the names."""
    problems = {}
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        waiting = {pool.submit(get, place): place for place in wanted}
        for future in as_completed(waiting):
            try:
                future.result()
            except WheelhouseError as error:
                problems[waiting[future]] = error.as_dict()
    found = [problems[place] for place in wanted if place in problems]
    return [problem for number, problem in enumerate(found) if problem not in found[:number]]


def _opener(environment):
    try:
        return make_opener(environment)
    except (OSError, ssl.SSLError) as error:
        raise WheelhouseError("the CA bundle {0} can't be read: {1}".format(environment.get("SSL_CERT_FILE"), error),
                              hint="SSL_CERT_FILE in deploy_environment is a path on this host")


def _hint(status):
    if status == 200:
        return "find out what lies between this host and deploy_wheelhouse_url, or who altered the file there; it was not used"
    if status in (401, 403):
        return "let the web server hand it out, or put the credentials into deploy_wheelhouse_url"
    if status in (404, 410):
        return "deploy_wheelhouse_url is to be the top of the wheelhouse: copy to the web server what fetch brought, or set deploy_source: push"
    return "run again: what has arrived is kept. Proxy and CA bundle are set by deploy_environment"
