# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Compile once more what was compiled, on another host where there is one, and hold the bytes against each other."""
from ..common.errors import Blocked, WheelhouseError
from ..common.files import sha256_of
from .choose import count
from .git import fetch_commits
from .sources import chosen, sources_of
from .reproduce import differing, members


def verify(workshop, request):
    """Build the sources of ``request["compiled"]`` again; return ``{"verified": [names], "own": {hash of a source: wheel}, "changed": bool}``.

    ``compiled`` maps the hash of a source to ``{"sha256", "members"}`` of the wheel that was made from it (see ``described``). What was
    verified before on this host is not built again; nor is, where there is another host (``request["another"]``), what was compiled on this
    one: that is ``own``, for the other one to build. Raises Blocked with every wheel that differs, and in what, or that can't be built.
    """
    store, compiled = workshop.store, request["compiled"]
    artifacts, _cloned = fetch_commits(store, workshop.environment, chosen(request), workshop.say)
    sources = [source for source in sources_of(request, artifacts)
               if source.sha256 in compiled and not store.recall("verified", _key(source, compiled))]
    own = {source.sha256: compiled[source.sha256] for source in sources if request.get("another") and _is_own(workshop, source, compiled)}
    sources = [source for source in sources if source.sha256 not in own]
    if not sources:
        return {"verified": [], "own": own, "changed": False}
    workshop.downloader.fetch_all([source for source in sources if source.kind == "sdist"], workshop.say)
    workshop.prepare(len(sources))
    problems = []
    for source, found, error in workshop.each(sources, lambda source: workshop.build_again(source, _describe)):
        if error:
            problems.append(error.as_dict())
        elif found["sha256"] == compiled[source.sha256]["sha256"]:
            store.remember("verified", _key(source, compiled), {"name": source.name})
        else:
            problems.append(WheelhouseError(
                "a second build gives other bytes: {0}".format("; ".join(differing(compiled[source.sha256]["members"], found["members"]))),
                package="{0} {1}".format(source.name, source.version).strip(),
                hint="its sources are not reproducible: report it to the project, or take its published wheel").as_dict())
    if problems:
        raise Blocked("{0} can't be reproduced".format(count(problems, "wheel")), problems)
    return {"verified": sorted(source.name for source in sources), "own": own, "changed": True}


def _is_own(workshop, source, compiled):
    """Tell whether this host has compiled ``source`` itself, to these bytes: only then its own memo is here."""
    lock = workshop.requirements.locks.recall(source)
    if lock is None or source.kind == "sdist" and not workshop.store.holds("sources", source.sha256, source.filename):
        return False
    memo = workshop.store.recall("", workshop.key(source, lock))
    return bool(memo) and memo["sha256"] == compiled[source.sha256]["sha256"]


def described(store, memos):
    """Return what ``verify`` wants to know of the compiled wheels ``memos`` (by the hash of their source)."""
    return {source: dict(_describe(store.path_of("wheels", memo["sha256"], memo["filename"])), sha256=memo["sha256"])
            for source, memo in memos.items()}


def _describe(wheel):
    return {"sha256": sha256_of(wheel), "members": members(wheel)}


def _key(source, compiled):
    return "{0}-{1}".format(source.sha256, compiled[source.sha256]["sha256"])
