# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import io
import marshal
import os
import pathlib
import signal
import subprocess
import sys
import time
import types
import zipfile

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder import bytecode, bytecode_script
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.module_utils.builder.package_factory import wheel_of

TAG = sys.implementation.cache_tag


@pytest.mark.parametrize("name, expected", [
    ("app/x.py", "app/x.py"), ("app-1.0.data/purelib/app/x.py", "app/x.py"), ("app-1.0.data/platlib/x.py", "x.py"),
    ("app-1.0.data/scripts/x.py", None), ("app-1.0.data/data/share/x.py", None), ("app.data.py", "app.data.py"),
    ("../x.py", None), ("/x.py", None), ("app-1.0.data/purelib/../../x.py", None), ("app/..x.py", "app/..x.py"),
    ("app-1.0.data/purelib//usr/x.py", None),
])
def test_where_a_member_is_installed(name, expected):
    assert bytecode.installed_path(name) == expected


def keep(store, data, sha256="ab" * 32, filename="app-1.0-py3-none-any.whl"):
    path = store.path_of("wheels", sha256, filename)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as stream:
        stream.write(data)
    return sha256, filename


def members(store, found):
    with zipfile.ZipFile(store.path_of("bytecode", found["sha256"])) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


FILES = {"app/__init__.py": b"import sys\nwords = {'a', 'b', 'c'}\n", "app/x.py": "name = '\u00e9'\n".encode(), "app/data.txt": b"x",
         "app/template.py": b"{{ broken }} here", "app-1.0.data/purelib/y.py": b"", "app-1.0.data/scripts/run.py": b"print()"}


def test_every_file_that_compiles_is_in_the_zip(store):
    found = bytecode.bytecode_of(store, *keep(store, wheel_of("app", files=FILES)))
    assert sorted(members(store, found)) == [
        f"__pycache__/y.{TAG}.pyc", f"app/__pycache__/__init__.{TAG}.pyc", f"app/__pycache__/x.{TAG}.pyc"]
    assert found["size"] == os.stat(store.path_of("bytecode", found["sha256"])).st_size


def test_python_loads_it_whatever_became_of_the_source(store, tmp_path):
    found = bytecode.bytecode_of(store, *keep(store, wheel_of("app", files=FILES)))
    for name, data in members(store, found).items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    (tmp_path / "app" / "__init__.py").write_text("raise SystemExit('the source was compiled again')")
    (tmp_path / "app" / "x.py").write_text("raise SystemExit('the source was compiled again')")
    shown = subprocess.run([sys.executable, "-c", "import app.x; print(app.x.__file__, app.x.__cached__, app.x.name.encode())"],
                           cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert str(tmp_path / "app" / "x.py") in shown
    flags = members(store, found)[f"app/__pycache__/x.{TAG}.pyc"][4:8]
    assert flags == b"\x01\0\0\0", "unchecked hash (PEP 552)"


def test_the_same_wheel_gives_the_same_bytes(store):
    wheel = wheel_of("app", files=FILES)
    first = bytecode.bytecode_of(store, *keep(store, wheel))
    second = bytecode.bytecode_of(store, *keep(store, wheel, sha256="cd" * 32))
    assert first == second


def test_it_is_made_once_and_again_when_it_is_gone(store, monkeypatch):
    place = keep(store, wheel_of("app", files=FILES))
    found = bytecode.bytecode_of(store, *place)
    with monkeypatch.context() as patched:
        patched.setattr(bytecode.subprocess, "Popen", None)
        assert bytecode.bytecode_of(store, *place) == found
    os.unlink(store.path_of("bytecode", found["sha256"]))
    assert bytecode.bytecode_of(store, *place) == found


def test_a_wheel_without_python_files(store):
    assert bytecode.bytecode_of(store, *keep(store, wheel_of("app", files={"lib.so": b"x"}))) is None


def test_a_file_that_is_no_wheel(store):
    with pytest.raises(WheelhouseError, match="could not be made"):
        bytecode.bytecode_of(store, *keep(store, b"nonsense"))


def test_the_script_by_itself():
    sources = b"4 x.py\nx = 5 \xc3\xa9 y.py\nx = 1"
    given, wanted = io.BytesIO(sources), io.BytesIO()
    bytecode_script.main(given, wanted)
    nothing, length, code = wanted.getvalue().split(b"\n", 2)
    assert nothing == b"0" and int(length) == len(code)
    assert marshal.loads(code).co_filename == "\u00e9 y.py"


def test_an_interpreter_that_dies_is_told(store, monkeypatch):
    monkeypatch.setattr(bytecode, "WITH_US", ["sh", "-c", "echo no room >&2; exit 3"])
    with pytest.raises(WheelhouseError, match="app-1.0-py3-none-any.whl could not be made.* ended with 3 at app/__init__.py") as caught:
        bytecode.bytecode_of(store, *keep(store, wheel_of("app", files=FILES)))
    assert caught.value.log == "no room\n"


def test_the_file_that_ends_the_interpreter_is_named(store, monkeypatch):
    script = bytecode_script.__loader__.get_source(bytecode_script.__name__)
    begins = "    try:\n        return marshal"
    deadly = script.replace(begins, "    if b'deadly' in source:\n        __import__('os')._exit(7)\n" + begins, 1)
    assert deadly != script
    monkeypatch.setattr(bytecode_script, "__loader__", types.SimpleNamespace(get_source=lambda _name: deadly))
    files = {f"app/m{number}.py": b"x = 1\n" if number != 5 else b"deadly = 1\n" for number in range(9)}
    with pytest.raises(WheelhouseError, match="ended with 7 at app/m5.py"):
        bytecode.bytecode_of(store, *keep(store, wheel_of("app", files=files)))


def test_an_answer_that_is_cut_short_is_no_bytecode(store, monkeypatch):
    monkeypatch.setattr(bytecode, "WITH_US", ["sh", "-c", "read line; printf '100\\nshort'"])
    with pytest.raises(WheelhouseError, match="could not be made.* ended with 0"):
        bytecode.bytecode_of(store, *keep(store, wheel_of("app", files=FILES)))


def test_a_file_that_can_not_be_unpacked(store):
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("app.py", "".join(f"name_{number} = {number}\n" for number in range(5000)), zipfile.ZIP_DEFLATED)
    data = bytearray(whole.getvalue())
    data[100:140] = b"\xff" * 40
    with pytest.raises(WheelhouseError, match="app-1.0-py3-none-any.whl could not be made"):
        bytecode.bytecode_of(store, *keep(store, bytes(data)))


def test_a_large_file_for_an_interpreter_that_died(store, monkeypatch):
    monkeypatch.setattr(bytecode, "WITH_US", ["true"])
    with pytest.raises(WheelhouseError, match="could not be made"):
        bytecode.bytecode_of(store, *keep(store, wheel_of("app", files={"app.py": b"#" * 1000000})))


def test_what_was_compiled_before_leaves_no_trace(store):
    """Else two hosts that compile in another order would differ."""
    wheel = wheel_of("app", files=FILES)
    first = bytecode.bytecode_of(store, *keep(store, wheel))
    bytecode.bytecode_of(store, *keep(store, wheel_of("other", files={"x.py": b"import sys\nname = words = {'b', 'c'}\n"}), sha256="ef" * 32))
    assert bytecode.bytecode_of(store, *keep(store, wheel, sha256="cd" * 32)) == first


def test_who_compiles_ends_with_the_build_that_asked(store):
    """What it writes would else be in the way of the next run, which removes what a build that was killed left."""
    wanted = keep(store, wheel_of("app", files={f"app/m{number}.py": b"x = 1\n" * 50000 for number in range(20)}))
    pid = os.fork()
    if not pid:
        try:
            bytecode.bytecode_of(store, *wanted)
        finally:
            os._exit(1)
    try:
        wait_until(lambda: children_of(pid))
        compiling = children_of(pid)
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    wait_until(lambda: not any(is_running(child) for child in compiling), seconds=0.5)


def children_of(pid):
    return [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_running(pid):
    try:
        return bool(pathlib.Path(f"/proc/{pid}/cmdline").read_bytes())
    except FileNotFoundError:
        return False


def wait_until(true, seconds=20.0):
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until
        time.sleep(0.01)
