# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the wheelhouse can give to a build host before it builds: sources, build requirements, and wheels that another host has built."""
from ..common.exchange import forget_upload
from ..common.files import canonical_json
from ..common.platform import describe, family
from ..common.transfer import place_of, unpack
from .choose import Artifact
from .download import kind_of
from .sources import chosen, sources_of
from .store import Store
from .workshop import Workshop


def lacking(root, request):
    """Return ``{"places": [...]}``: the files that would serve a build request and that are not here, as far as can be told now.

    To be asked again when some have come: only with its sdist here it is known which wheel of another host would do.
    """
    store = Store(root)
    artifacts = chosen(request)
    places = {}
    for artifact in artifacts + _requirements(request):
        if artifact.kind != "vcs" and not store.holds(kind_of(artifact), artifact.sha256, artifact.filename, artifact.size):
            places[place_of(kind_of(artifact), artifact.sha256, artifact.filename)] = None
    places.update(dict.fromkeys(_known_wheels(store, request, sources_of(request, artifacts))))
    return {"places": sorted(places)}


def take(root, path, files):
    """Take ``files`` (place: [SHA-256, size]) from the tar that was uploaded to ``path``."""
    try:
        with open(path, "rb") as stream:
            unpack(stream, root, {place: tuple(promise) for place, promise in files.items()})
    finally:
        forget_upload(root, path)
    return {}


def _requirements(request):
    platform = family(describe())
    files = {canonical_json(file): file for lock in request.get("build_locks") or () if lock["platform"] == platform for file in lock["files"]}
    return [Artifact(kind="requirement", **file) for file in files.values()]


def _known_wheels(store, request, sources):
    """Yield the places of wheels that are not here and whose build keys the wheelhouse knows."""
    known = request.get("known") or {}
    if not known:
        return
    workshop = Workshop(store, request, None, None, lambda lock: None)  # a build lock of a run that was cut off is told by the job
    for source in sources:
        lock = workshop.requirements.locks.recall(source)
        if lock is None or source.kind == "sdist" and not store.holds("sources", source.sha256, source.filename):
            continue
        memo = known.get(workshop.key(source, lock))
        if memo and not store.holds("wheels", memo["sha256"], memo["filename"], memo["size"]):
            yield place_of("wheels", memo["sha256"], memo["filename"])
