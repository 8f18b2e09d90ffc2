# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import contextlib
import hashlib
import importlib.util
import os
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder.environments import Environments
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder.uv import Uv
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.module_utils.builder.package_factory import wheel_of


@pytest.fixture
def python_for(store):
    """A function that makes an environment with a wheel of these files, and returns its interpreter."""
    def make(files):
        data = wheel_of("lib", files=files)
        path = store.path("lib-1.0-py3-none-any.whl")
        with open(path, "wb") as stream:
            stream.write(data)
        cache = store.path("cache")
        os.makedirs(cache, exist_ok=True)
        uv = Uv(cache, {"UV_DEFAULT_INDEX": "http://user:secret@127.0.0.1:9/simple"})
        return Environments(store, uv).python_for("app", [("lib", path, hashlib.sha256(data).hexdigest())])
    return make


def test_a_build_requirement_runs_nothing_with_our_rights(python_for, root):
    mark = os.path.join(root, "mark")
    python = python_for({"lib.py": b"value = 1\n", "lib.pth": f"import os; open({mark!r}, 'w').close()\n".encode()})
    assert not os.path.exists(mark)
    subprocess.run([python, "-c", "import lib"], check=True)  # by whom it may be run
    assert os.path.exists(mark)


def test_its_bytecode_is_there_though_a_file_does_not_compile(python_for):
    folder = os.path.dirname(os.path.dirname(python_for({"lib/__init__.py": b"value = 1\n", "lib/old.py": b"print 'old'\n"})))
    found = subprocess.run(["find", folder, "-path", "*/lib/__pycache__/*"], capture_output=True, text=True, check=True).stdout.split()
    assert [os.path.basename(path).split(".")[0] for path in found] == ["__init__"]


def test_a_wheel_may_bring_bytecode_of_its_own(python_for):
    name = os.path.basename(importlib.util.cache_from_source("lib.py"))
    python = python_for({"lib.py": b"value = 1\n", f"__pycache__/{name}": b"not bytecode"})
    assert subprocess.run([python, "-c", "print(6 * 7)"], capture_output=True, text=True, check=True).stdout == "42\n"


def test_nothing_is_written_outside(python_for, root):
    """uv may take such a wheel; what we make of it stays where it belongs."""
    target = os.path.join(root, "outside")
    with contextlib.suppress(WheelhouseError):
        python_for({"lib.py": b"value = 1\n", f"lib-1.0.data/purelib/{target}/x.py": b"value = 2\n"})
    assert not os.path.exists(target)


def test_the_first_is_made_alone_and_the_others_at_once(store):
    """uv looks at an interpreter that it has not seen for longer than it installs."""
    class Slow:
        """Stands for uv: notes how many are at work when one begins; all but the first wait until another is there too."""

        def __init__(self):
            self.working, self.seen, self.both = 0, [], threading.Barrier(2)

        def run(self, *_arguments, **_more):
            self.working += 1
            self.seen.append(self.working)
            if len(self.seen) > 1:
                self.both.wait(20)
            else:
                time.sleep(0.3)
            self.working -= 1

    uv = Slow()
    path = store.path("lib-1.0-py3-none-any.whl")
    with open(path, "wb") as stream:
        stream.write(wheel_of("lib", files={"lib.py": b"value = 1\n"}))
    made = Environments(store, uv)
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda number: made.python_for("app", [("lib", path, str(number) * 64)]), range(3)))
    assert uv.seen[0] == uv.seen[1] == 1 and len(uv.seen) == 3


def test_its_scripts_run_in_its_environment(python_for):
    entry = b"[console_scripts]\nlib-tool = lib:main\n"
    python = python_for({"lib.py": b"import sys\ndef main(): print(sys.prefix)\n", "lib-1.0.dist-info/entry_points.txt": entry,
                         "lib-1.0.data/scripts/lib-script": b"#!python\nimport lib; lib.main()\n"})
    folder = os.path.dirname(python)
    for name in ("lib-tool", "lib-script"):
        ran = subprocess.run([os.path.join(folder, name)], capture_output=True, text=True, check=True)
        assert ran.stdout.strip() == os.path.dirname(folder)
