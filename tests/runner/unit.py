# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The unit tests, and the short search for a way to break a host, on all cores."""
import contextlib
import pathlib
import re
import shutil
import stat
import tempfile

from . import junit
from .outcome import REPORTS, TOOLS, Failure, execute, tail


def run():
    """Return what pytest found below ``tests/unit`` and ``tests/faults``."""
    report = REPORTS / "unit.xml"
    report.unlink(missing_ok=True)
    with _tools_for_all() as tools:
        status, output = execute([tools / "python", "-m", "pytest", "-q", "--numprocesses=auto", "--color=no", f"--junitxml={report}",
                                  "tests/unit", "tests/faults"], REPORTS / "unit.log", progress)
    found = junit.read(report, "unit")
    if status and not found.failures:
        found.failures.append(Failure("unit: pytest", tail(output)))
    return found


@contextlib.contextmanager
def _tools_for_all():
    """Give a folder of tools that the user nobody can reach: builds run as nobody, and a clone may lie in a private folder."""
    if all(folder.stat().st_mode & stat.S_IXOTH for folder in TOOLS.resolve().parents):
        yield TOOLS
        return
    with tempfile.TemporaryDirectory(prefix="nogcc-tools-", dir="/var/tmp") as folder:
        pathlib.Path(folder).chmod(0o755)
        shutil.copytree(TOOLS.parent, f"{folder}/tools", symlinks=True)
        yield pathlib.Path(folder) / "tools" / TOOLS.name


def progress(line):
    """Return what the person sees of a line of pytest's output: how far it is, and what it counted (see tests/conftest.py)."""
    match = re.search(r"\[ *(\d+)%\]$", line)
    return f"pytest {match[1]} %" if match else line if line.startswith("counted: ") else None
