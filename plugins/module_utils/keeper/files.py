# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The files of the wheelhouse, each under its SHA-256: which are here, which are sound, and how they come and go.

What is needed of files is given as ``{place: [SHA-256, size in bytes]}`` (see common.transfer.place_of).
"""
import os

from ..common import exchange
from ..common.errors import WheelhouseError
from ..common.files import sha256_of
from ..common.transfer import unpack
from ..common.unfinished import sweep_below


def check_writable(root):
    """Raise WheelhouseError unless files can be added. Makes nothing: the folder comes with its first file."""
    nearest = root
    while not os.path.lexists(nearest):
        nearest = os.path.dirname(nearest)
    if not os.path.isdir(nearest):
        raise _unwritable(root, "{0} is not a folder".format(nearest))
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise _unwritable(root, "permission denied for {0}".format(nearest))
    return {}


def _unwritable(root, reason):
    return WheelhouseError("the wheelhouse {0} can't be written: {1}".format(root, reason),
                           hint="set wheelhouse_dir to a folder that you may write there")


def missing(root, files):
    """Return ``{"missing": [places]}``: those of ``files`` that are absent or have another size."""
    def held(place, size):
        try:
            return os.stat(exchange.checked_path(root, place)).st_size == size
        except (FileNotFoundError, NotADirectoryError):
            return False
    return {"missing": [place for place, promise in files.items() if not held(place, promise[1])]}


def is_empty(root):
    """Return ``{"empty": whether there is nothing that a build host could be given}``."""
    return {"empty": not any(os.path.isdir(os.path.join(root, part)) and os.listdir(os.path.join(root, part)) for part in ("sources", "wheels"))}


def sources(root, hashes):
    """Return, as ``sound`` does, what is kept under ``sources/`` with these hashes."""
    folders = [(sha256, exchange.checked_path(root, "sources/{0}".format(sha256))) for sha256 in sorted(set(hashes))]
    return sound(root, ["sources/{0}/{1}".format(sha256, name) for sha256, folder in folders if os.path.isdir(folder)
                        for name in os.listdir(folder)])


def sound(root, places):
    """Return ``{"sound": {place: size}}`` of those of the ``places`` whose files are here, and are what their names say."""
    found = {}
    for place in places:
        path = exchange.checked_path(root, place)
        if os.path.isfile(path) and sha256_of(path) == hash_in(place):
            found[place] = os.path.getsize(path)
    return {"sound": found}


def hash_in(place):
    """Return the SHA-256 that a place promises."""
    return place.split("/")[1].partition(".")[0]


def verify(root, files):
    """Check the bytes of ``files``. A damaged one is set aside, so that the next run replaces it; raises WheelhouseError."""
    damaged = []
    for place, (sha256, size) in files.items():
        path = exchange.checked_path(root, place)
        if not os.path.exists(path):
            damaged.append("{0} is missing".format(place))
        elif os.stat(path).st_size != size or sha256_of(path) != sha256:
            os.replace(path, path + ".damaged")
            os.utime(os.path.join(root, place.split("/")[0]))  # the index looks at this
            damaged.append("{0} is not what its name says; it was renamed to end in .damaged".format(place))
    if damaged:
        raise WheelhouseError("the wheelhouse {0} is damaged: {1}".format(root, "; ".join(damaged)),
                              hint="run the deploy or the fetch playbook again: what is missing comes from the build host")
    return {}


def pack(root, files, owner=""):
    """Verify ``files``, then write them to one tar that only the login user can read; return ``{"path", "size"}``."""
    verify(root, files)
    return exchange.pack_for_login(root, files, owner)


def take(root, stream, files):
    """Add ``files`` from a tar: ``stream`` is the path of an upload (see exchange.receive), removed afterwards, or a binary file."""
    expected = {place: tuple(promise) for place, promise in files.items() if exchange.checked_path(root, place)}
    if not isinstance(stream, str):
        unpack(stream, root, expected)
        return {}
    try:
        with open(stream, "rb") as archive:
            unpack(archive, root, expected)
    finally:
        exchange.forget_upload(root, stream)
    return {}


def forget_unfinished(root):
    """Remove what a run that was killed left unfinished beside the files. Looks at every folder of them: for who is about to add some."""
    for kind in ("sources", "wheels", "bytecode", "builds", "releases"):
        sweep_below(os.path.join(root, kind))
    return {}
