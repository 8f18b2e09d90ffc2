# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The signatures of the releases of an app, beside their manifests. They are made and judged by the controller."""
import hashlib
import os

from ..common.files import canonical_json, write_file
from ..common.manifest import ID, check_app, check_release
from ..common.signature import LARGEST
from ..common.steps import step
from ..common.turns import alone_in
from ..common.unfinished import sweep


def signatures(root, app):
    """Return ``{"signatures": {release: text}}`` of an app."""
    folder = os.path.join(root, "releases", check_app(app))
    names = [name.partition(".") for name in os.listdir(folder)] if os.path.isdir(folder) else []
    releases = [release for release, _dot, ending in names if ending == "json.sig" and ID.fullmatch(release)]
    return {"signatures": {release: read_signature(root, app, release) for release in releases}}


def read_signature(root, app, release):
    """Return the text of a release's signature, or None; one that is far too long only as far as shows that."""
    try:
        with open(_path(root, app, release), encoding="utf-8", errors="replace") as stream:
            return stream.read(LARGEST + 1)
    except FileNotFoundError:
        return None


def keep_signatures(root, app, seen, new):
    """Store the signatures ``new`` (release: text) unless others came meanwhile; return ``{"kept": whether it was done}``.

    ``seen`` is the digest of those that were known when the new ones were made.
    """
    with alone_in(root):
        sweep(os.path.join(root, "releases", check_app(app)))
        if digest(signatures(root, app)["signatures"]) != seen:
            return {"kept": False}
        for release, text in new.items():
            write_file(_path(root, app, check_release(release)), text.encode("utf-8"))
            step("signed")
    return {"kept": True}


def digest(known):
    """Return a digest of signatures, by release, that tells whether another one has come."""
    return hashlib.sha256(canonical_json(known)).hexdigest()


def _path(root, app, release):
    return os.path.join(root, "releases", app, release + ".json.sig")
