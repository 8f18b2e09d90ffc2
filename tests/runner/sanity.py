# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""``ansible-test sanity`` on a copy of what git knows, in a folder of the shape that it insists on."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import types

from ansible_test._internal.python_requirements import get_venv_packages

from . import junit
from .outcome import REPORTS, REPOSITORY, TOOLS, Failure, Outcome, environment, execute, say, tail

HOME = REPOSITORY / ".cache/ansible-test-home"
COPY = REPORTS / "ansible_collections/nogcc/wheelhouse"

# ansible-test downloads a script that puts pip into an empty virtual environment. Python's own ensurepip can do that too, and
# pip then replaces itself by the version that ansible-test wants, so that a machine needs nothing but a package index.
_BOOTSTRAP = '''\
import ensurepip
import subprocess
import sys

ensurepip.bootstrap()
arguments = [argument for argument in sys.argv[1:] if argument not in ("--no-setuptools", "--no-wheel")]
sys.exit(subprocess.call([sys.executable, "-m", "pip", "install", *arguments]))
'''


def run():
    """Return one test for each sanity test."""
    _provide_pip()
    _copy()
    said = re.compile(r'Running sanity test "([^"]+)"')
    count = 0

    def shown(line):
        nonlocal count
        if match := said.match(line):
            count += 1
            return f"sanity {count}: {match[1]}"
        return None

    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    status, output = execute([TOOLS / "ansible-test", "sanity", "--venv", "--python", version, "--junit", "--color", "no"],
                             REPORTS / "sanity.log", shown, cwd=COPY, env=environment(HOME=str(HOME)))
    found = Outcome()
    for report in sorted((COPY / "tests/output/junit").glob("*.xml")):
        found.add(junit.read(report, "sanity"))
    found.failures += [Failure("sanity: a program is missing", line) for line in output.splitlines() if "Required program" in line]
    if (status or not found.passed) and not found.failures:
        found.failures.append(Failure("sanity: ansible-test", tail(output)))
    found.add(_nothing_ignored())
    return found


def _nothing_ignored():
    """Return the test that the files which could excuse a failure are empty."""
    full = [path.name for path in (REPOSITORY / "tests/sanity").glob("ignore*.txt") if path.read_text(encoding="utf-8").strip()]
    if full:
        return Outcome(failures=[Failure("sanity: nothing is ignored", f"not empty: {', '.join(full)}")])
    return Outcome(passed=1)


def _provide_pip():
    version = get_venv_packages(types.SimpleNamespace(version=f"{sys.version_info.major}.{sys.version_info.minor}"))["pip"]
    script = HOME / f".ansible/test/cache/get_pip_{version.replace('.', '_')}.py"
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text(_BOOTSTRAP)


def _copy():
    """Copy what is tracked, or would be if it were added; the virtual environments of an earlier run are kept in HOME."""
    if COPY.exists():
        shutil.rmtree(COPY)
    names = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=REPOSITORY, check=True,
                           capture_output=True).stdout.split(b"\0")
    for name in sorted({pathlib.Path(os.fsdecode(name)) for name in names if name}):
        source = REPOSITORY / name
        if source.is_symlink() or source.is_file():
            (COPY / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, COPY / name, follow_symlinks=False)
    # ansible-test asks git for the files: without this, the repository around the copy, which ignores it
    subprocess.run(["git", "init", "--quiet"], cwd=COPY, check=True)
    say(f"sanity runs on a copy in {COPY.relative_to(REPOSITORY)}")
