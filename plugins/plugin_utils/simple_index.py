# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The wheelhouse as an index for plain pip and uv: PEP 503 (HTML) and PEP 691 (JSON), as static files.

``simple/`` is for ``--index-url``, ``index.html`` at the top, with all wheels on one page, for ``--find-links``.
"""
from __future__ import annotations

import html
import json
import os
import shutil
import zipfile
from collections import defaultdict
from dataclasses import dataclass
from email.parser import HeaderParser
from urllib.parse import quote

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.files import write_file
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.steps import step
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.unfinished import sweep, sweep_below
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.third_party import InvalidWheelFilename, parse_wheel_filename
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.turns import alone_in


@dataclass(frozen=True)
class Entry:
    """A wheel as the index shows it; ``size`` in bytes, ``requires_python`` as in its metadata."""

    name: str
    version: str
    filename: str
    sha256: str
    size: int
    requires_python: str

    def link(self, up: str) -> str:
        """Return the URL of the wheel relative to a page that lies ``up`` (such as ``../``) from the top."""
        return f"{up}wheels/{self.sha256}/{quote(self.filename)}"


def update_index(root: str, unsure: bool = True) -> bool:
    """Bring the index pages of the wheelhouse at ``root`` up to date. Returns whether one changed.

    Who knows that nothing new came, and is only not ``unsure``, has a look at one folder's time instead of at every wheel. The build
    hosts of a play may bring wheels at the same time: one after another looks at all of them.
    """
    if not os.path.isdir(root):
        return _update_index(root, unsure)
    with alone_in(root):
        return _update_index(root, unsure)


def _update_index(root: str, unsure: bool) -> bool:
    time = _time_of_wheels(root)
    if not unsure and time and _read_text(_time_path(root)) == time:
        return False
    sweep(root)
    sweep_below(os.path.join(root, "simple"))
    changed = _update(root)
    step("pages written")
    _write(_time_path(root), time)
    return changed


def _update(root: str) -> bool:
    projects = defaultdict(list)
    for entry in sorted(_entries(root), key=lambda entry: (entry.name, entry.filename, entry.sha256)):
        projects[entry.name].append(entry)
    changed = False
    for name, entries in projects.items():
        pages = {"index.html": _html(f"Links for {name}", [_anchor(entry, "../../") for entry in entries]),
                 "index.json": _project_json(name, entries)}
        for page, text in pages.items():
            changed |= _write(os.path.join(root, "simple", name, page), text)
    changed |= _forget(os.path.join(root, "simple"), projects)
    anchors = [f'<a href="{quote(name)}/">{html.escape(name)}</a>' for name in projects]
    changed |= _write(os.path.join(root, "simple", "index.html"), _html("Simple index", anchors))
    changed |= _write(os.path.join(root, "simple", "index.json"),
                      _json({"meta": {"api-version": "1.1"}, "projects": [{"name": name} for name in projects]}))
    everything = [_anchor(entry, "") for entries in projects.values() for entry in entries]
    return _write(os.path.join(root, "index.html"), _html("All wheels", everything)) or changed


def _forget(folder: str, projects) -> bool:
    """Remove the pages of projects that have no wheel any more: their links would lead nowhere."""
    gone = [entry.path for entry in os.scandir(folder) if entry.is_dir() and entry.name not in projects] if os.path.isdir(folder) else []
    for path in gone:
        shutil.rmtree(path)
    return bool(gone)


def _entries(root: str):
    known = _read_catalogue(root)
    catalogue = {}
    folder = os.path.join(root, "wheels")
    for sha256 in sorted(entry.name for entry in os.scandir(folder) if entry.is_dir()) if os.path.isdir(folder) else []:
        for filename in os.listdir(os.path.join(folder, sha256)):
            try:
                name, version, _build, _tags = parse_wheel_filename(filename)
            except InvalidWheelFilename:
                continue  # a .damaged or unfinished file is no wheel
            path = os.path.join(folder, sha256, filename)
            try:
                row = known.get(f"{sha256}/{filename}") or {"size": os.path.getsize(path), "requires_python": _requires_python(path)}
            except zipfile.BadZipFile:
                continue  # nor is one that was altered: it is set aside when a host is to have it
            catalogue[f"{sha256}/{filename}"] = row
            yield Entry(name, str(version), filename, sha256, row["size"], row["requires_python"])
    _write(_catalogue_path(root), _json(catalogue))


def _time_path(root: str) -> str:
    return os.path.join(root, "simple", ".time")


def _time_of_wheels(root: str) -> str:
    """Return when a wheel was last added or set aside; empty when there was never one."""
    try:
        return str(os.stat(os.path.join(root, "wheels")).st_mtime_ns)
    except FileNotFoundError:
        return ""


def _read_text(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as stream:
            return stream.read()
    except FileNotFoundError:
        return ""


def _catalogue_path(root: str) -> str:
    return os.path.join(root, "simple", ".catalogue.json")


def _read_catalogue(root: str) -> dict:
    """Return what an earlier run learned of the wheels: opening each of them again would make a large wheelhouse slow."""
    try:
        with open(_catalogue_path(root), encoding="utf-8") as stream:
            return json.load(stream)
    except (FileNotFoundError, ValueError):
        return {}


def _requires_python(path: str) -> str:
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.count("/") == 1 and name.endswith(".dist-info/METADATA"):
                return HeaderParser().parsestr(archive.read(name).decode("utf-8", "replace")).get("Requires-Python") or ""
    return ""


def _anchor(entry: Entry, up: str) -> str:
    requires = f' data-requires-python="{html.escape(entry.requires_python)}"' if entry.requires_python else ""
    return f'<a href="{entry.link(up)}#sha256={entry.sha256}"{requires}>{html.escape(entry.filename)}</a>'


def _html(title: str, anchors: list[str]) -> str:
    body = "".join(f"    {anchor}<br>\n" for anchor in anchors)
    return ('<!DOCTYPE html>\n<html>\n  <head>\n    <meta name="pypi:repository-version" content="1.1">\n'
            f"    <title>{html.escape(title)}</title>\n  </head>\n  <body>\n{body}  </body>\n</html>\n")


def _project_json(name: str, entries: list[Entry]) -> str:
    files = [{"filename": entry.filename, "url": entry.link("../../"), "hashes": {"sha256": entry.sha256}, "size": entry.size,
              **({"requires-python": entry.requires_python} if entry.requires_python else {})} for entry in entries]
    return _json({"meta": {"api-version": "1.1"}, "name": name, "files": files,
                  "versions": sorted({entry.version for entry in entries})})


def _json(value) -> str:
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _write(path: str, text: str) -> bool:
    data = text.encode()
    try:
        with open(path, "rb") as stream:
            if stream.read() == data:
                return False
    except FileNotFoundError:
        pass
    write_file(path, data)
    return True
