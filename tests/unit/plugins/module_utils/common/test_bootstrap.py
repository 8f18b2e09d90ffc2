# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import json
import os
import subprocess
import sys
import zlib

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common import bootstrap

START = 'import sys;b=sys.stdin.buffer;s={"__name__":"bootstrap"};exec(b.read(int(b.readline())),s);s["run"](b)'


def block(data):
    return str(len(data)).encode() + b"\n" + data


def run(sources, rest=b"", entry="fresh.main"):
    """Run sources in a fresh interpreter, as a controller does."""
    with open(bootstrap.__file__, "rb") as stream:
        code = stream.read()
    payload = zlib.compress(json.dumps({"entry": entry, "sources": sources}).encode())
    return subprocess.run([sys.executable, "-I", "-B", "-c", START], input=block(code) + block(payload) + rest,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd="/", check=False)


def test_packages_from_memory():
    ran = run(
        {
            "fresh/__init__.py": "",
            "fresh/part/__init__.py": "name = 'part'\n",
            "fresh/part/text.py": "from . import name\nTEXT = name + ' \u00e4'\n",
            "fresh/main.py": "import sys\nfrom .part.text import TEXT\n\ndef main(stream):\n"
            "    sys.stdout.buffer.write((TEXT + stream.read().decode()).encode('utf-8'))\n",
        },
        b" and the rest",
    )
    assert ran.stdout.decode("utf-8") == "part \u00e4 and the rest", ran.stderr


def test_a_traceback_names_the_file():
    ran = run({"fresh/__init__.py": "", "fresh/main.py": "def main(stream):\n    raise ValueError('here')\n"})
    assert ran.returncode == 1 and b"fresh/main.py" in ran.stderr and b"ValueError: here" in ran.stderr


def test_what_is_not_in_memory_is_looked_for_elsewhere():
    ran = run({"fresh/__init__.py": "", "fresh/main.py": "import json\nimport fresh.none\n"})
    assert b"No module named 'fresh.none'" in ran.stderr


@pytest.mark.parametrize(
    "name, package, found", [("fresh", True, True), ("fresh.main", False, True), ("fresh.none", None, False), ("os", None, False)]
)
def test_importer(name, package, found):
    importer = bootstrap.MemoryImporter({"fresh/__init__.py": "", "fresh/main.py": "x = 1\n"})
    spec = importer.find_spec(name)
    assert (spec is not None) == found
    if found:
        assert importer.is_package(name) == package
        assert importer.get_source(name) == importer.sources[spec.origin]
    assert not os.path.exists("fresh")
