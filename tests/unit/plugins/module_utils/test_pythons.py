# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What production hosts and the wheelhouse run is for Python 3.6 and later: its grammar, what it imports, and, where such interpreters are at hand, itself."""
import ast
import pathlib
import shutil
import subprocess
import sys

import pytest

from ansible_collections.nogcc.wheelhouse.plugins import module_utils
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.manifest import manifest_id
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils import payload
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.module_utils.agent.wheel_factory import Store
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.module_utils.common.web_server import WebServer

SOURCES = [path for part in ("agent", "common", "keeper") for path in sorted((pathlib.Path(module_utils.__path__[0]) / part).glob("*.py"))]
VERSIONS = [(3, minor) for minor in range(6, 15)]

#: Functions and arguments that came later than 3.6, by the words that use them.
LATER = {
    "capture_output=": "3.7", ", text=": "3.7", ".isascii(": "3.7", "from __future__ import annotations": "3.7", "import dataclasses": "3.7",
    "import contextvars": "3.7", "nullcontext": "3.7", "time_ns(": "3.7", "fromisoformat": "3.7",
    "importlib.metadata": "3.8", "shlex.join": "3.8", "math.prod": "3.8", "missing_ok": "3.8", "functools.cached_property": "3.8", "dirs_exist_ok": "3.8",
    ".removeprefix(": "3.9", ".removesuffix(": "3.9", "functools.cache\n": "3.9", "zoneinfo": "3.9", "waitstatus_to_exitcode": "3.9",
    "is_relative_to": "3.9", "zip(strict": "3.10", "tomllib": "3.11", "file_digest": "3.11",
}


def interpreters():
    """Return the interpreters that are at hand: this one, and others by their usual names."""
    found = {sys.version_info[:2]: sys.executable}
    for version in VERSIONS:
        path = shutil.which("python{0}.{1}".format(*version))
        works = path and subprocess.run([path, "-c", "import venv, ssl, ctypes"], stderr=subprocess.DEVNULL, check=False).returncode == 0
        if works:
            found.setdefault(version, path)
    return sorted(found.items())


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_the_grammar(path, version):
    ast.parse(path.read_text(encoding="utf-8"), str(path), feature_version=min(version, sys.version_info[:2]))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_nothing_of_later_libraries(path):
    text = path.read_text(encoding="utf-8")
    assert {word: since for word, since in LATER.items() if word in text} == {}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_nothing_but_the_standard_library_is_imported(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [name.name for name in node.names] if isinstance(node, ast.Import) else [node.module] if isinstance(node, ast.ImportFrom) else []
        if not getattr(node, "level", 0):
            assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names


@pytest.mark.parametrize("version, python", interpreters(), ids=lambda value: value if isinstance(value, str) else "{0}.{1}".format(*value))
def test_a_deploy_and_a_rollback(tmp_path, version, python):
    """All that a host is asked in its life, by the interpreter itself."""
    (tmp_path / "wheelhouse").mkdir()
    store = Store(tmp_path / "wheelhouse")
    web = WebServer(store.root)
    where = {"root": str(tmp_path / "opt"), "app": "shop"}

    def talk(*calls, stream=b""):
        ran = subprocess.run(payload.command(python), input=payload.request("agent", [{**where, **call} for call in calls]) + stream,
                             shell=True, capture_output=True, check=False)
        return payload.read_reply(python, ran.returncode, ran.stdout.decode(), ran.stderr.decode())

    platform = talk({"op": "status"})[0]["platform"]
    assert platform["python"] == "{0}.{1}".format(*version)
    releases = []
    for number in ("1.0", "2.0"):
        extra = [("shop-{0}.dist-info/entry_points.txt".format(number), b"[console_scripts]\nshop = shop:main\n")]
        text = "def main():\n    print('shop', {0!r})\n".format(number)
        wheel = store.wheel(version=number, files={"shop.py": text}, extra=extra, bytecode=False, project=True)
        manifest = store.manifest(wheel, platform=platform)
        releases.append(manifest_id(manifest))
        stream = "-" if number == "1.0" else {"url": web.url, "environment": {}}
        checked, staged, activated = talk({"op": "check", "manifest": manifest}, {"op": "stage", "manifest": manifest, "stream": stream},
                                          {"op": "activate", "release": releases[-1], "keep": 3}, stream=store.tar(manifest).getvalue())
        assert checked["blockers"] == [] and staged["unpacked"] == 1 and activated["changed"]
        assert subprocess.check_output([str(tmp_path / "opt/apps/shop/current/bin/shop")]).decode() == "shop {0}\n".format(number)
    assert talk({"op": "rollback", "keep": 3})[0]["to"] == releases[0]
    assert talk({"op": "status"})[0]["current"] == releases[0]
    web.close()
