# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Install the same wheels by our hand and by pip's, and tell what differs."""
import ast
import csv
import os
import re
import subprocess
import sys

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent import environment, unpack
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.layout import Layout
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.release import assemble
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.files import sha256_of
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.manifest import normalise

SITE = environment.lib_folder() + "/site-packages"


class Installed:
    """What installing added to a virtual environment, bytecode aside: ``files`` maps a path, relative to ``folder``, to (bytes, executable)."""

    def __init__(self, folder, before):
        self.folder = folder
        self.files = {}
        for path in paths_below(folder) - before:
            if path.endswith(".pyc"):
                continue  # pip takes what a wheel brings; we take only what the build host made
            full = os.path.join(folder, path)
            with open(full, "rb") as stream:
                self.files[path] = stream.read(), bool(os.stat(full).st_mode & 0o111)

    def record(self, dist_info):
        """Return the rows of a RECORD: ``[[path, hash, size]]``, sorted."""
        with open(os.path.join(self.folder, SITE, dist_info, "RECORD"), encoding="utf-8", newline="") as stream:
            return sorted(row for row in csv.reader(stream) if not row[0].endswith(".pyc"))

    def dist_infos(self):
        return sorted(path.split("/")[-2] for path in self.files if re.fullmatch(re.escape(SITE) + r"/[^/]+\.dist-info/RECORD", path))


def paths_below(folder):
    return {os.path.relpath(os.path.join(parent, name), folder) for parent, _folders, names in os.walk(folder) for name in names}


def entry_of(path):
    """Return a manifest's entry for the wheel file at ``path``."""
    filename = os.path.basename(path)
    name, version = filename.split("-")[:2]
    return {"name": normalise(name), "version": version, "filename": filename, "sha256": sha256_of(path), "bytecode": None}


def by_us(wheels, folder, release="0" * 16):
    """Install the wheel files as an agent does, as a release below the deploy root ``folder``; no smoke test: they may be for another machine."""
    layout = Layout(folder)
    entries = [entry_of(path) for path in wheels]
    for path, entry in zip(wheels, entries):
        if not os.path.exists(layout.wheel(entry["sha256"])):
            unpack.unpack(path, layout.wheel(entry["sha256"]), entry)
    empty, release = os.path.join(folder, "empty", release), layout.release("shop", release)
    os.makedirs(os.path.dirname(empty), exist_ok=True)
    os.makedirs(os.path.dirname(release), exist_ok=True)
    environment.create(empty, release)
    done = assemble(layout, {"wheels": entries}, release, release)
    return Installed(release, paths_below(empty) | {"manifest.json"}), done["warnings"]


def by_pip(wheels, folder):
    """Install them with the pip that runs these tests, by name, as from an index; a name's spelling decides over a folder of headers."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    before = paths_below(folder)
    names = ["==".join(os.path.basename(path).split("-")[:2]).replace("_", "-") for path in wheels]
    links = sorted({"--find-links=" + os.path.dirname(os.path.abspath(path)) for path in wheels})
    pip = [sys.executable, "-m", "pip", "--isolated", "--disable-pip-version-check", "--python", os.path.join(folder, "bin", "python")]
    install = ["install", "--no-compile", "--no-deps", "--no-index", "--no-cache-dir", "--quiet"]
    subprocess.run(pip + install + links + names, check=True)
    return Installed(folder, before)


def differences(ours, theirs):
    """Return what differs though it should not, as text: files, executable bits, contents but for the paths of shebangs, RECORDs.

    Allowed: INSTALLER names another installer, and pip marks what a person asked for by name (REQUESTED).
    """
    found = ["only pip makes {0}".format(path) for path in theirs.files.keys() - ours.files.keys()
             if not path.endswith(".dist-info/REQUESTED")]
    found += ["pip makes no {0}".format(path) for path in ours.files.keys() - theirs.files.keys()]
    for path in sorted(ours.files.keys() & theirs.files.keys()):
        (our_data, our_bit), (their_data, their_bit) = ours.files[path], theirs.files[path]
        if our_bit != their_bit and not (our_bit and path.startswith("bin/")):  # a script of a wheel that was made on Windows
            found.append("{0} is executable: {1}, by pip's hand: {2}".format(path, our_bit, their_bit))
        if re.fullmatch(r"[^/]+\.dist-info/INSTALLER", os.path.relpath(path, SITE)):
            found += [] if (our_data, their_data) == (b"nogcc.wheelhouse\n", b"pip\n") else ["{0} is wrong".format(path)]
        elif our_data != their_data and not path.endswith(".dist-info/RECORD") and not (
                path.startswith("bin/") and _meaning(our_data) == _meaning(their_data)):
            found.append("{0} has other contents".format(path))
    for dist_info in theirs.dist_infos():
        found += _compare_records(ours, theirs, dist_info)
    return sorted(found)


def _compare_records(ours, theirs, dist_info):
    our_rows = ours.record(dist_info)
    their_rows = [row for row in theirs.record(dist_info) if row[0] != dist_info + "/REQUESTED"]
    if [row[0] for row in our_rows] != [row[0] for row in their_rows]:
        return ["RECORD of {0} lists other files".format(dist_info)]
    found = []
    for our_row, their_row in zip(our_rows, their_rows):
        path = os.path.normpath(os.path.join(SITE, our_row[0]))
        same = ours.files.get(path, "")[:1] == theirs.files.get(path, "")[:1]  # a script that names its interpreter, and INSTALLER, have hashes of their own
        if same and our_row != their_row and our_row[1].split("=")[0] == their_row[1].split("=")[0]:
            found.append("RECORD of {0} has {1}, pip's has {2}".format(dist_info, our_row, their_row))
    return found


def _meaning(data):
    """Return a script without its first lines; of the call of an entry point only what is imported and called."""
    if data.startswith(b"#!/bin/sh\n'''exec'"):
        data = b"#!\n" + data.split(b"\n", 3)[3]
    first, _newline, rest = data.partition(b"\n")
    if not re.match(rb"#!.*python|#!$", first):
        return data
    try:
        tree = ast.parse(rest)
    except (SyntaxError, ValueError):
        return rest
    called = [ast.dump(node) for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.dump(node.func).find("'exit'") >= 0]
    imported = [(node.module, [name.name for name in node.names]) for node in tree.body if isinstance(node, ast.ImportFrom)]
    return (imported, called) if len(imported) == len(called) == 1 and len(tree.body) <= 5 else rest
