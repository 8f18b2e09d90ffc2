# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Bring a release onto the host, complete and tried out, without anything that runs noticing."""
import contextlib
import functools
import os

from ..common import transfer
from ..common.errors import Blocked, WheelhouseError
from ..common.files import fsync_folder, make_folders
from ..common.manifest import places
from ..common.steps import step
from . import bytecode, claim, disk, unpack
from .check import check, require
from .discard import discard
from .layout import Layout
from .lock import exclusive
from .release import assemble
from .smoke import smoke_test
from .workers import Workers


def stage(root, app, manifest, stream=None, smoke_imports=None):
    """Make the release of ``manifest`` and return what was done; its name appears only when it is complete and works.

    ``stream`` is where the tar of what is missing comes from: a binary stream, or the path of an uploaded file; or else the web server
    to get it from (see pull.py).
    No other process removes the release before this one ends, or has activated it (see claim.py).
    ``smoke_imports`` names modules that must import; None means the top-level modules of the project's wheel.
    Returns ``{"changed": False, "release": id}`` when it is there already, else with ``changed`` True also
    ``{"unpacked", "linked", "copied": counts, "warnings": [texts]}``. Raises Blocked when the host is not fit, WheelhouseError
    when wheels are missing, are not what the manifest says, or do not work here.
    """
    layout = Layout(root)
    found = check(root, app, manifest)
    require(found, app)
    release = found["release"]
    final = layout.release(app, release)
    hold_upload(layout, stream)
    try:
        if found["staged"] and claim.hold(final):
            return {"changed": False, "release": release}
        with disk.explained(layout.root), exclusive(layout) as work:
            if os.path.isdir(final):
                claim.hold(final)
                return {"changed": False, "release": release}
            unpacked = take(layout, manifest, stream, work)
            _refuse_missing(layout, manifest)
            folder = os.path.join(work, "release")
            home = os.path.join(work, "home")
            os.mkdir(home)
            done = assemble(layout, manifest, folder, final)
            step("put together")
            smoke_test(layout, manifest, folder, home, smoke_imports)
            step("tried out")
            make_folders(os.path.dirname(final))
            disk.sync(layout.root)
            _appear(folder, final)
            claim.hold(final)
        return dict(done, changed=True, release=release, unpacked=unpacked)
    finally:
        drop_upload(layout, stream)


@contextlib.contextmanager
def opened(stream):
    """Give the binary stream, or the upload that lies at that path."""
    if isinstance(stream, str):
        try:
            handle = os.open(stream, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)  # the folder is another user's
        except FileNotFoundError:
            raise WheelhouseError("the upload {0} is gone: what nobody took for a day is removed".format(stream), hint="run again; it is sent anew")
        with open(handle, "rb") as opened:
            yield opened
    else:
        yield stream


def hold_upload(layout, stream):
    """Have nobody take the upload for one that was given up."""
    folder = _folder_of(layout, stream)
    if folder:
        claim.hold(folder)


def drop_upload(layout, stream):
    """Remove the upload, and its folder when it is one that ``receive`` made."""
    if not isinstance(stream, str):
        return
    with contextlib.suppress(OSError):
        os.unlink(stream)
        if _folder_of(layout, stream):
            os.rmdir(_folder_of(layout, stream))


def _folder_of(layout, stream):
    """Return the folder that ``receive`` made for the upload; None when it is no upload, or lies elsewhere."""
    folder = os.path.dirname(os.path.abspath(stream)) if isinstance(stream, str) else ""
    return folder if os.path.dirname(folder) == layout.incoming else None


def take(layout, manifest, stream, work, missing=None):
    """Read the tar from ``stream`` (see ``stage``) and unpack what is missing, while it arrives; return how many wheels came.

    ``missing`` are the places that are wanted, although there may be something else already; None means those that the store lacks.
    Each wheel or bytecode that arrived whole is kept, even when the next one is not what it should be.
    """
    missing = layout.missing(manifest) if missing is None else missing
    if not missing or stream is None:
        return 0
    arrived = os.path.join(work, "arrived")
    ready = os.path.join(work, "unpacked")
    for kind in ("wheels", "bytecode"):
        make_folders(os.path.join(ready, kind))
    entries = _entries(manifest)
    numbers = {place: number for number, place in enumerate(missing)}

    def unpack_one(place):
        packed = os.path.join(arrived, place)
        how = unpack.unpack if place.startswith("wheels/") else bytecode.unpack
        with disk.explained(layout.root):
            how(packed, os.path.join(ready, _name_of(layout, place)), entries[place])
        os.unlink(packed)

    def stored(place):
        if place in numbers:
            workers.submit(numbers[place])

    failure = None
    with opened(stream) as source, Workers(unpack_one, missing) as workers:
        try:
            _bring_from(layout, source)(source, arrived, places(manifest), required=missing, stored=stored, durable=False)
        except WheelhouseError as error:
            failure = error
        step("arrived")
        outcome = workers.finish()
    drop_upload(layout, stream)  # before the disk is asked to keep all that was written
    good = [missing[number] for number, error in sorted(outcome.items()) if error is None]
    _keep(layout, good, ready)
    errors = [error for error in outcome.values() if error is not None]
    if failure is not None:
        errors[:0] = getattr(failure, "reasons", None) or [failure.as_dict()]
    if len(errors) == 1:
        raise WheelhouseError(**errors[0])
    if errors:
        raise Blocked(failure.message if isinstance(failure, Blocked) else "what arrived is not what the manifest says", errors)
    return sum(place.startswith("wheels/") for place in good)


def _bring_from(layout, source):
    """Return the function that stores what ``source`` has."""
    if not isinstance(source, dict):
        return transfer.unpack
    from .pull import pull  # most deploys need nothing of HTTP, and importing it takes longer than a look at this host
    return functools.partial(pull, parts=layout.incoming)


def _entries(manifest):
    """Return the manifest's entry for each place."""
    found = {}
    for entry in manifest["wheels"]:
        found.update((place, entry) for place in places({"wheels": [entry]}))
    return found


def _name_of(layout, place):
    """Return where, below the deploy root, what comes from ``place`` is kept unpacked."""
    return os.path.relpath(layout.unpacked(place), layout.root)


def _keep(layout, good, ready):
    """Give what was unpacked its name, once all of it is on the disk."""
    if not good:
        return
    for kind in ("wheels", "bytecode"):
        make_folders(os.path.join(layout.root, kind))
    step("unpacked")
    disk.sync(layout.root)
    for place in good:
        name = _name_of(layout, place)
        if os.path.lexists(os.path.join(layout.root, name)):
            discard(layout, os.path.join(layout.root, name))
        os.rename(os.path.join(ready, name), os.path.join(layout.root, name))
        step("stored")


def _appear(folder, final):
    os.rename(folder, final)
    step("named")
    fsync_folder(os.path.dirname(final))


def _refuse_missing(layout, manifest):
    missing = set(layout.missing(manifest))
    if missing:
        packages = sorted({entry["name"] for place, entry in _entries(manifest).items() if place in missing})
        raise WheelhouseError("the host lacks {0} and nobody sent it".format(", ".join(packages)),
                              hint="run again; what is missing is sent then")
