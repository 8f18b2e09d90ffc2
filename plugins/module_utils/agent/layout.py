# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where things lie below the deploy root of a production host.

::

    wheels/<sha256>/                one wheel, unpacked and verified (see unpack.py)
    bytecode/<sha256>/              the .pyc files of one wheel for one interpreter (see bytecode.py)
    apps/<app>/releases/<id>/       a release; the name appears when it is complete
    apps/<app>/current              -> releases/<id>
    apps/<app>/current.back         there while an activation is not finished (see switch.py)
    apps/<app>/history.jsonl        one line for each activation (see history.py)
    apps/<app>/activating.json      there while an activation is not finished (see activate.py)
    apps/<app>/signatures/<id>      of each release that was deployed with allowed signers (see signed.py)
    apps/<app>/accepted.json        which of them was signed last
    incoming/<token>/               an upload under way
    tmp/                            what whoever holds the lock works on
    discarded/                      on its way to be removed (see discard.py)
    lock                            held while anything is changed (see lock.py)

Bytecode has a place of its own because two apps may use one pure wheel with two interpreters.
"""
import os
import re

from ..common.errors import WheelhouseError
from ..common.manifest import ID, check_app, check_release, places


class Layout:
    """The paths below ``root``, an absolute path."""

    def __init__(self, root):
        plain = isinstance(root, str) and os.path.isabs(root) and ".." not in root.split("/")
        # ":" parts the folders of PATH, and three quotes end the text that a long path is in a script's first lines (see scripts.py)
        if not plain or not os.path.normpath(root).strip("/") or re.search("[\0-\x1f:\ud800-\udfff]|'''", root):
            raise WheelhouseError("{0!r} cannot be a deploy root".format(root),
                                  hint="use an absolute path without '..' and ':', such as /opt/wheelhouse")
        self.root = os.path.normpath(root)
        self.lock = os.path.join(self.root, "lock")
        self.tmp = os.path.join(self.root, "tmp")
        self.discarded = os.path.join(self.root, "discarded")
        self.incoming = os.path.join(self.root, "incoming")
        self.apps = os.path.join(self.root, "apps")

    def wheel(self, sha256):
        return os.path.join(self.root, "wheels", sha256)

    def bytecode(self, sha256):
        return os.path.join(self.root, "bytecode", sha256)

    def app(self, app):
        return os.path.join(self.apps, check_app(app))

    def releases(self, app):
        return os.path.join(self.app(app), "releases")

    def release(self, app, release):
        return os.path.join(self.releases(app), check_release(release))

    def current(self, app):
        return os.path.join(self.app(app), "current")

    def way_back(self, app):
        return os.path.join(self.app(app), "current.back")

    def history(self, app):
        return os.path.join(self.app(app), "history.jsonl")

    def activating(self, app):
        return os.path.join(self.app(app), "activating.json")

    def signatures(self, app):
        return os.path.join(self.app(app), "signatures")

    def accepted(self, app):
        return os.path.join(self.app(app), "accepted.json")

    def folders(self, app):
        """Return the folders that files are moved or linked between."""
        return [os.path.join(self.root, kind) for kind in ("wheels", "bytecode")] + [
            self.tmp, self.incoming, self.discarded, self.apps, self.app(app), self.releases(app)]

    def own(self, app=None):
        """Return the folders that nobody else may write to, each before those in it; those of one app only with ``app``."""
        found = [self.root, self.apps, self.tmp, self.incoming, self.discarded] + [os.path.join(self.root, kind) for kind in ("agent", "wheels", "bytecode")]
        return found + ([self.app(app), self.releases(app), self.signatures(app)] if app else [])

    def unpacked(self, place):
        """Return the folder that holds, unpacked, the file that is at ``place`` in other stores."""
        kind, name = place.split("/")[:2]
        return self.wheel(name) if kind == "wheels" else self.bytecode(name[:-len(".zip")])

    def current_release(self, app):
        """Return the id of the active release, or None. Raises WheelhouseError when ``current`` leads anywhere else than to a release."""
        try:
            target = os.path.join(self.app(app), os.readlink(self.current(app)))
            folder, found = os.path.split(os.path.normpath(target))  # by hand it is made with a slash at its end, or by another way to it
            if os.path.realpath(folder) != os.path.realpath(self.releases(app)) or not ID.fullmatch(found):
                raise WheelhouseError("{0} leads to {1}, which is no release".format(self.current(app), target), hint="point it to one, such as "
                                      "releases/{0}, or remove it".format((self.release_ids(app) or ["<id>"])[-1]))
            return found
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError:
            raise WheelhouseError("{0} is not a symbolic link".format(self.current(app)),
                                  hint="move it away; nogcc.wheelhouse makes a link of that name")

    def active(self, app):
        """Return the id of the active release; None also when ``current`` leads elsewhere: for who only looks."""
        try:
            return self.current_release(app)
        except WheelhouseError:
            return None

    def release_ids(self, app):
        """Return the ids of the complete releases, sorted; what somebody else put beside them is none."""
        return [name for name in list_folder(self.releases(app)) if ID.fullmatch(name)]

    def missing(self, manifest):
        """Return the places that a release of this manifest still lacks, sorted; one listing of each folder."""
        held = {"wheels": set(self.held("wheels")), "bytecode": set(self.held("bytecode"))}
        return sorted(place for place in places(manifest)
                      if os.path.basename(self.unpacked(place)) not in held[place.split("/")[0]])

    def held(self, kind):
        """Return the SHA-256 of each wheel (``kind`` ``wheels``) or bytecode held."""
        return list_folder(os.path.join(self.root, kind))


def list_folder(path):
    """Return the sorted names in the folder ``path``; none when it is not there."""
    try:
        return sorted(os.listdir(path))
    except (FileNotFoundError, NotADirectoryError):
        return []
