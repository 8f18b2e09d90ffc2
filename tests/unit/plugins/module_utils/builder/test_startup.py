# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import json
import os
import pathlib
import subprocess
import sys
import sysconfig
import venv

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder import startup

DATA = next(name for name in sys.modules if name.startswith("_sysconfigdata_")) if sysconfig.get_config_vars() else ""
SHOW = "import json, sysconfig, sys; sys.path.insert(0, 'elsewhere'); print(json.dumps(sysconfig.get_config_vars(), default=str))"


@pytest.fixture
def python(tmp_path):
    """The interpreter of an environment that has what is written there."""
    venv.EnvBuilder(symlinks=True).create(tmp_path)
    site = next(tmp_path.glob("lib/python*/site-packages"))
    for path, text in startup.files(str(tmp_path), str(site)):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(text)
    return tmp_path / "bin/python"


def run(python, *words, **more):
    return subprocess.run([python, *words], capture_output=True, text=True, check=True, **more).stdout


def test_what_is_compiled_has_no_debug_information(python):
    theirs, ours = json.loads(run(python, "-c", SHOW)), sysconfig.get_config_vars()
    for name in ("CFLAGS", "OPT", "LDSHARED", "PY_CFLAGS"):
        assert theirs[name].split() == [word for word in ours[name].split() if word != "-g"]
    assert theirs["SOABI"] == ours["SOABI"] and len(theirs) == len(ours)


@pytest.mark.parametrize("flags, left", [
    ("-g -O2 -g", "-O2"), ("-g3 -O2 -ggdb3 -g0 -gdwarf -gdwarf-5", "-O2"),
    ("-O2 -grecord-gcc-switches -fuse-ld=gold --with-g -gx", None), ("", None), (7, None),
])
def test_nothing_else_is_left_out(python, tmp_path, flags, left):
    (tmp_path / "stdlib").mkdir()
    (tmp_path / "stdlib" / f"{DATA}.py").write_text(f"build_time_vars = {{'CFLAGS': {flags!r}}}\n")
    show = (f"import importlib, json, sys; sys.path.insert(2, {str(tmp_path / 'stdlib')!r}); "
            f"print(json.dumps(importlib.import_module({DATA!r}).build_time_vars['CFLAGS']))")
    found = json.loads(run(python, "-c", show))
    assert found == flags if left is None else found.split() == left.split()


def test_every_age_of_distutils_finds_no_debug_information(python):
    """Debian has the data under two names, and setuptools before 62 asks for the other one."""
    for path in pathlib.Path(sysconfig.__file__).parent.glob("_sysconfigdata_*.py"):
        show = f"import importlib; print(importlib.import_module({path.stem!r}).build_time_vars['CFLAGS'])"
        assert "-g" not in run(python, "-c", show).split()


def test_a_build_root_behind_a_link(python, tmp_path):
    (tmp_path / "link").symlink_to(tmp_path)
    site = next(tmp_path.glob("lib/python*/site-packages"))
    for path, text in startup.files(str(tmp_path / "link"), str(site)):
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(text)
    told = run(python, "-c", SHOW, env={**os.environ, "PYTHONPATH": str(tmp_path / "startup")})
    assert "-g" not in json.loads(told)["CFLAGS"].split()


def test_a_program_of_the_system_is_not_touched(python):
    """Such as a build tool that is written in Python: what it inherits must not keep it from starting."""
    ask = f"import subprocess; print(subprocess.check_output([{os.path.realpath(sys.executable)!r}, '-c', {SHOW!r}], text=True))"
    assert json.loads(run(python, "-c", ask))["CFLAGS"] == sysconfig.get_config_var("CFLAGS")


def test_temporary_names_are_the_same_each_time(python, tmp_path):
    make = "import tempfile; folder = tempfile.mkdtemp(); print(folder); __import__('os').rmdir(folder)"
    theirs, ours = ({run(interpreter, "-c", make, env={**os.environ, "TMPDIR": str(tmp_path)}) for _number in range(2)}
                    for interpreter in (python, sys.executable))
    assert len(theirs) == 1 and len(ours) == 2
