# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The wheelhouse as an index for plain pip and uv: PEP 503 (HTML) and PEP 691 (JSON), as static files.

``simple/`` is for ``--index-url``, ``index.html`` at the top, with all wheels on one page, for ``--find-links``.
"""
import html
import json
import os
import shutil
import zipfile
from collections import defaultdict, namedtuple
from email.parser import HeaderParser
from urllib.parse import quote

from ..agent.wheel import parse_filename
from ..common.errors import WheelhouseError
from ..common.files import write_file
from ..common.manifest import normalise
from ..common.steps import step
from ..common.turns import alone_in
from ..common.unfinished import sweep, sweep_below


class Entry(namedtuple("Entry", "name version filename sha256 size requires_python")):
    """A wheel as the index shows it; ``size`` in bytes, ``requires_python`` as in its metadata."""

    def link(self, up):
        """Return the URL of the wheel relative to a page that lies ``up`` (such as ``../``) from the top."""
        return "{0}wheels/{1}/{2}".format(up, self.sha256, quote(self.filename))


def update_index(root, unsure=True):
    """Bring the index pages of the wheelhouse at ``root`` up to date. Returns ``{"changed": whether one was}``.

    Who knows that nothing new came, and is only not ``unsure``, has a look at one folder's time instead of at every wheel. The build
    hosts of a play, and other controllers, may bring wheels at the same time: one after another looks at all of them.
    """
    with alone_in(root):
        return {"changed": _update_index(root, unsure)}


def _update_index(root, unsure):
    time = _time_of_wheels(root)
    if not unsure and time and _read_text(_time_path(root)) == time:
        return False
    sweep(root)
    sweep_below(os.path.join(root, "simple"))
    changed = _update(root)
    step("pages written")
    _write(_time_path(root), time)
    return changed


def _update(root):
    known, catalogue = _read_catalogue(root), {}
    projects = defaultdict(list)
    for entry in sorted(_entries(root, known, catalogue), key=lambda entry: (entry.name, entry.filename, entry.sha256)):
        projects[entry.name].append(entry)
    _write(_catalogue_path(root), _json(dict(known, **catalogue)))  # what is gone stays in it until its pages are: a run may be killed
    changed = False
    for name, entries in projects.items():
        pages = {"index.html": _html("Links for {0}".format(name), [_anchor(entry, "../../") for entry in entries]),
                 "index.json": _project_json(name, entries)}
        for page, text in pages.items():
            changed |= _write(os.path.join(root, "simple", name, page), text)
    changed |= _forget(os.path.join(root, "simple"), {_project_of(place) for place in set(known) - set(catalogue)} - set(projects))
    anchors = ['<a href="{0}/">{1}</a>'.format(quote(name), html.escape(name)) for name in projects]
    changed |= _write(os.path.join(root, "simple", "index.html"), _html("Simple index", anchors))
    changed |= _write(os.path.join(root, "simple", "index.json"),
                      _json({"meta": {"api-version": "1.1"}, "projects": [{"name": name} for name in projects]}))
    everything = [_anchor(entry, "") for entries in projects.values() for entry in entries]
    changed |= _write(os.path.join(root, "index.html"), _html("All wheels", everything))
    _write(_catalogue_path(root), _json(catalogue))
    return changed


def _forget(folder, projects):
    """Remove the pages of projects that have no wheel any more: their links would lead nowhere. What is of nobody here stays."""
    gone = [path for path in (os.path.join(folder, name) for name in sorted(projects)) if os.path.isdir(path)]
    for path in gone:
        shutil.rmtree(path)
    return bool(gone)


def _project_of(place):
    return normalise(parse_filename(place.partition("/")[2]).name)


def _entries(root, known, catalogue):
    """Yield the wheels; what is ``known`` of them, from an earlier ``catalogue``, need not be read again."""
    folder = os.path.join(root, "wheels")
    for sha256 in sorted(entry.name for entry in os.scandir(folder) if entry.is_dir()) if os.path.isdir(folder) else []:
        for filename in os.listdir(os.path.join(folder, sha256)):
            place = "{0}/{1}".format(sha256, filename)
            try:
                parts = parse_filename(filename)
            except WheelhouseError:
                continue  # a .damaged or unfinished file is no wheel
            path = os.path.join(folder, sha256, filename)
            try:
                row = known.get(place) or {"size": os.path.getsize(path), "requires_python": _requires_python(path)}
            except zipfile.BadZipFile:
                continue  # nor is one that was altered: it is set aside when a host is to have it
            catalogue[place] = row
            yield Entry(normalise(parts.name), parts.version, filename, sha256, row["size"], row["requires_python"])


def _time_path(root):
    return os.path.join(root, "simple", ".time")


def _time_of_wheels(root):
    """Return when a wheel was last added or set aside; empty when there was never one."""
    try:
        return str(os.stat(os.path.join(root, "wheels")).st_mtime_ns)
    except FileNotFoundError:
        return ""


def _read_text(path):
    try:
        with open(path, encoding="utf-8") as stream:
            return stream.read()
    except FileNotFoundError:
        return ""


def _catalogue_path(root):
    return os.path.join(root, "simple", ".catalogue.json")


def _read_catalogue(root):
    """Return what an earlier run learned of the wheels: opening each of them again would make a large wheelhouse slow."""
    try:
        with open(_catalogue_path(root), encoding="utf-8") as stream:
            return json.load(stream)
    except (FileNotFoundError, ValueError):
        return {}


def _requires_python(path):
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.count("/") == 1 and name.endswith(".dist-info/METADATA"):
                return HeaderParser().parsestr(archive.read(name).decode("utf-8", "replace")).get("Requires-Python") or ""
    return ""


def _anchor(entry, up):
    requires = ' data-requires-python="{0}"'.format(html.escape(entry.requires_python)) if entry.requires_python else ""
    return '<a href="{0}#sha256={1}"{2}>{3}</a>'.format(entry.link(up), entry.sha256, requires, html.escape(entry.filename))


def _html(title, anchors):
    body = "".join("    {0}<br>\n".format(anchor) for anchor in anchors)
    return ('<!DOCTYPE html>\n<html>\n  <head>\n    <meta name="pypi:repository-version" content="1.1">\n'
            "    <title>{0}</title>\n  </head>\n  <body>\n{1}  </body>\n</html>\n".format(html.escape(title), body))


def _project_json(name, entries):
    files = [dict({"filename": entry.filename, "url": entry.link("../../"), "hashes": {"sha256": entry.sha256}, "size": entry.size},
                  **({"requires-python": entry.requires_python} if entry.requires_python else {})) for entry in entries]
    return _json({"meta": {"api-version": "1.1"}, "name": name, "files": files,
                  "versions": sorted({entry.version for entry in entries})})


def _json(value):
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _write(path, text):
    data = text.encode()
    try:
        with open(path, "rb") as stream:
            if stream.read() == data:
                return False
    except FileNotFoundError:
        pass
    write_file(path, data)
    return True
