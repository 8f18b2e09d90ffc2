# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Hold a host against the manifests of its releases: everything that is otherwise, and nothing is changed."""
import json
import os
import sys

from ..common.errors import WheelhouseError
from ..common.manifest import check_app, manifest_id, places, validate
from ..common.unfinished import NAME
from . import environment, expect, history, signed, surroundings, tools
from .compare import HAND, REPAIR, Finding, compare
from .layout import Layout, list_folder
from .seal import seal_of_tree
from .workers import spread

LAST = 10  # lines of history


def audit(root, app, manifests=(), seals=None, look_for_tools=True, allowed_signers=None):
    """Return what is otherwise than the manifests of the releases of ``app`` say.

    ``manifests`` are those that the controller knows, and ``seals`` the seal, by SHA-256, of each wheel and bytecode there (see seal.py): with
    both the host need not be believed what its releases are. With ``allowed_signers``, the path of a list of keys on this host, each release
    must be the one that a key of the list has signed, by the signature that was kept (see signed.py).

    Returns ``{"current": id or None, "previous", "releases": [ids], "findings": [{"what", "path", "why", "remedy"}], "files": n, "wheels": n,
    "places": [what has to be sent anew], "altered": [ids of the releases that ``repair`` has to put right, or what they are made of],
    "repairable": n (findings that ``repair`` puts right), "history": [last entries]}``.
    """
    layout = Layout(root)
    check_app(app)
    before = _state(layout, app)
    found = survey(layout, app, manifests, seals or {})
    if _state(layout, app) != before:  # a deploy, or a prune, took place meanwhile: what it removed is no drift
        found = survey(layout, app, manifests, seals or {})
    entries = history.read(layout.history(app))
    around = [finding for finding in surroundings.look(layout, app) if not _passes(layout, app, finding)]
    findings = found.findings + around + (_tools(found) if look_for_tools else [])
    if allowed_signers:
        findings += [Finding("signature", os.fsencode(path), why, remedy=HAND) for path, why in signed.unsigned(layout, app, allowed_signers)]
    current, activating = layout.active(app), history.read_activating(layout, app)
    return {"current": current, "previous": history.below_top(entries, current, layout.release_ids(app), activating),
            "releases": sorted(found.manifests), "findings": [finding.as_dict() for finding in findings], "files": found.files,
            "wheels": len(found.trees), "places": sorted(found.places), "altered": sorted(found.concerned()),
            "repairable": sum(finding.remedy == REPAIR for finding in findings), "history": entries[-LAST:]}


def _state(layout, app):
    """Return what every deploy and every prune changes."""
    return layout.active(app), layout.release_ids(app), layout.held("wheels"), layout.held("bytecode")


def _passes(layout, app, finding):
    """Tell whether it is a file that a run makes under this name, or left there when it was killed: the next one removes it (see lock.py)."""
    path = os.fsdecode(finding.path)
    noted = NAME.fullmatch(os.path.basename(path)) and os.path.dirname(path) == layout.app(app)
    return finding.what == "added" and (path == layout.current(app) + ".new" if os.path.islink(path) else bool(noted))


class Survey:
    """What was found below a deploy root, for one app.

    ``manifests`` by release; ``trees`` are the folders of the store that they need, ``{folder: (place, Item by path)}``, without those
    whose index cannot be read; ``places`` has to be sent anew, ``touched`` are all those with findings; ``altered`` releases have findings of
    their own; ``items`` are those of releases.
    """

    def __init__(self, app):
        self.app = app
        self.manifests = {}
        self.trees = {}
        self.places = set()
        self.touched = set()
        self.altered = set()
        self.findings = []
        self.items = {}
        self.files = 0

    def concerned(self):
        """Return the ids of the releases that have findings, or are made of something that has."""
        return {release for release, manifest in self.manifests.items() if release in self.altered or not self.touched.isdisjoint(places(manifest))}


def survey(layout, app, known, seals):
    """Compare the store and all releases of ``app``; return a Survey."""
    found = Survey(app)
    _read_manifests(layout, app, {manifest_id(manifest): manifest for manifest in known if manifest["app"] == app}, found)
    owner = os.stat(layout.root).st_uid if os.path.isdir(layout.root) else 0
    for manifest in found.manifests.values():
        for place in places(manifest):
            _read_tree(layout, place, seals, found)
    stored = {os.path.join(os.fsencode(tree), path): item for tree, (_place, items) in found.trees.items() for path, item in items.items()}
    trees = sorted(found.trees)
    sound = set()
    results = spread(lambda tree: compare(os.fsencode(tree), found.trees[tree][1], owner), trees)
    for tree, (findings, right) in zip(trees, results):
        found.findings += findings
        sound |= right
        found.files += len(found.trees[tree][1])
        if findings:
            found.touched.add(found.trees[tree][0])
        if any(finding.what in ("changed", "missing", "added") for finding in findings):
            found.places.add(found.trees[tree][0])
    for release, manifest in sorted(found.manifests.items()):
        _compare_release(layout, app, release, manifest, owner, stored, sound, found)
    return found


def _read_manifests(layout, app, known, found):
    """Find the releases, and what is none: a folder that is not what its name says is nobody's release."""
    for name in list_folder(layout.releases(app)):
        path = os.path.join(layout.releases(app), name)
        if name in known and os.path.isdir(path) and not os.path.islink(path):
            found.manifests[name] = known[name]
            continue
        try:
            with open(os.path.join(path, "manifest.json"), "rb") as stream:
                manifest = validate(json.loads(stream.read().decode("utf-8")))
            if manifest["app"] != app:
                why = "its manifest is for the app {0}".format(manifest["app"])
            elif manifest_id(manifest) != name:
                why = "its manifest is that of the release {0}".format(manifest_id(manifest))
            else:
                found.manifests[name] = manifest
                found.findings += [Finding("changed", os.fsencode(path), "it is a link, and no folder", remedy=HAND)] * os.path.islink(path)
                continue
        except (OSError, ValueError, RecursionError, WheelhouseError) as error:
            why = "it has no manifest that can be read: {0}".format(getattr(error, "strerror", None) or error)
        found.findings.append(Finding("foreign", os.fsencode(path), why))


def _read_tree(layout, place, seals, found):
    tree = layout.unpacked(place)
    if tree in found.trees or place in found.places:
        return
    try:
        items = expect.tree_of_wheel(tree) if place.startswith("wheels/") else expect.tree_of_bytecode(tree)
        wanted = seals.get(os.path.basename(tree))
        if wanted and seal_of_tree(place, tree) != wanted:
            raise ValueError("its list of files is not that of the {0} in the wheelhouse".format("wheel" if place.startswith("wheels/") else "bytecode"))
        found.trees[tree] = (place, items)
    except FileNotFoundError as error:
        found.places.add(place)
        found.touched.add(place)
        found.findings.append(Finding("missing", os.fsencode(error.filename if os.path.isdir(tree) else tree), "a release needs it"))
    except (OSError, ValueError, KeyError, TypeError) as error:
        found.places.add(place)
        found.touched.add(place)
        found.findings.append(Finding("changed", os.fsencode(tree), "{0}".format(error)))


def _compare_release(layout, app, release, manifest, owner, stored, sound, found):
    final = layout.release(app, release)
    try:
        items = expect.release(layout, manifest, final, stored)
    except (OSError, ValueError, KeyError, TypeError, WheelhouseError):
        found.altered.add(release)  # as soon as the store is right, it can be compared
        found.findings.append(Finding("unclear", os.fsencode(final), "it cannot be compared as long as the store is not right"))
        return
    findings, _right = compare(os.fsencode(final), items, owner, sound)
    found.items[release] = items
    found.findings += findings
    found.files += len(items)
    if findings:
        found.altered.add(release)


def _tools(found):
    wanted = {entry["name"] for manifest in found.manifests.values() for entry in manifest["wheels"]}
    findings = [Finding("tool", os.fsencode(path), "no compiler and no installer is needed here", remedy=HAND) for path in tools.commands()]
    if not wanted & {"pip"}:
        prefixes = {sys.base_prefix, "/usr", "/usr/local"}
        findings += [Finding("tool", os.fsencode(path), "nothing is installed with pip here", remedy=HAND)
                     for path in tools.modules(prefixes, environment.lib_folder())]
    return findings + [Finding("package", os.fsencode(name), "a package that only compiling needs", remedy=HAND) for name in tools.packages()]
