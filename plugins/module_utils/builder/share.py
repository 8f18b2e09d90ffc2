# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A host's share of the wheels of a release, where several hosts of one platform build; each finds out the same way which is its own."""
import os

from ..common.errors import WheelhouseError
from .git import fetch_commits
from .sources import chosen, sources_of


def build_share(workshop, request):
    """Compile this host's share: ``request["share"]`` is (its number from 0, how many there are).

    Returns ``{"memos": {build key: memo}, "sources": [files], "built": [names], "changed": bool}``: only with its sdist at hand can the
    other host tell that a wheel is the one it would build. What fails here is tried again, and reported, by the
    host that puts the release together, which also takes what nobody has built.
    """
    number, count = request["share"]
    artifacts, _cloned = fetch_commits(workshop.store, workshop.environment, chosen(request), workshop.say)
    sources = [source for source in sources_of(request, artifacts) if not workshop.recall(source)]
    mine = shares(sources, count)[number]
    if mine:
        try:
            workshop.fetch_all([source for source in mine if source.kind == "sdist"])
            workshop.compile_all(mine)
        except WheelhouseError as error:
            workshop.say(error.message)
    memos = {source.sha256: workshop.recall(source) for source in mine}
    built = [source for source in mine if memos[source.sha256]]
    sources = [{"filename": source.filename, "sha256": source.sha256, "size": os.stat(workshop.archive(source)).st_size}
               for source in built if source.kind == "sdist"]
    return {"memos": workshop.keyed(built, memos), "sources": sources, "built": sorted(workshop.built), "changed": bool(workshop.built)}


def shares(sources, count):
    """Return ``count`` lists of sources of about the same size together: the largest first, each to who has least."""
    found, loads = [[] for _number in range(count)], [0] * count
    for source in sorted(sources, key=lambda source: (-(source.size or 0), source.name)):
        number = loads.index(min(loads))
        found[number].append(source)
        loads[number] += (source.size or 0) + 100000  # starting a build takes its time, too
    return found
