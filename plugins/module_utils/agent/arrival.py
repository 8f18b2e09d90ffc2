# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Bring what a host lacks into its store: from an upload, a stream or a web server, verified, and unpacked by all processors."""
import contextlib
import functools
import os

from ..common import transfer
from ..common.errors import Blocked, WheelhouseError
from ..common.files import make_folders
from ..common.manifest import places
from ..common.steps import step
from . import bytecode, disk, unpack, upload
from .discard import discard
from .workers import Workers


def take(layout, manifest, stream, work, missing=None):
    """Unpack what is missing from ``stream`` (see ``stage``), while it arrives if it still does; return how many wheels came.

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
    entries = entries_by_place(manifest)
    numbers = {place: number for number, place in enumerate(missing)}

    def unpack_one(place):
        how = unpack.unpack if place.startswith("wheels/") else bytecode.unpack
        with disk.explained(layout.root):
            try:
                how(arrival.packed(place), os.path.join(ready, _name_of(layout, place)), entries[place])
            except WheelhouseError as error:
                error.package = error.package or entries[place]["name"]
                raise
        with contextlib.suppress(FileNotFoundError):  # it was in memory
            os.unlink(os.path.join(arrived, place))

    def stored(place):
        if place in numbers:
            workers.submit(numbers[place])

    failure = None
    with upload.opened(stream) as source:
        arrival = _arrival(layout, stream, source, arrived, places(manifest), missing)
        with Workers(unpack_one, missing) as workers:
            try:
                arrival.bring(stored)
            except WheelhouseError as error:
                failure = error
            step("arrived")
            outcome = workers.finish()
    upload.drop(layout, stream)  # before the disk is asked to keep all that was written
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


class _Copies:
    """Files that ``copy`` (see ``transfer.unpack``) verifies while they arrive; the other arguments are those of ``Upload``."""

    def __init__(self, copy, source, folder, expected, required):
        self.bring = functools.partial(copy, source, folder, expected, required, durable=False)
        self.packed = functools.partial(os.path.join, folder)


def _arrival(layout, stream, *arguments):
    """Return what brings files from ``stream``; ``arguments`` are those of ``Upload``, the first of which is the open stream."""
    if isinstance(stream, dict):
        from .pull import pull  # most deploys need nothing of HTTP, and importing it takes longer than a look at this host
        return _Copies(functools.partial(pull, parts=layout.incoming), *arguments)
    return upload.Upload(*arguments) if isinstance(stream, str) else _Copies(transfer.unpack, *arguments)


def entries_by_place(manifest):
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
