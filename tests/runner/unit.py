# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The unit tests, on all cores."""
import re

from . import junit
from .outcome import REPORTS, TOOLS, Failure, execute, tail


def run():
    """Return what pytest found below ``tests/unit``."""
    report = REPORTS / "unit.xml"
    report.unlink(missing_ok=True)
    status, output = execute([TOOLS / "pytest", "-q", "--numprocesses=auto", "--color=no", f"--junitxml={report}", "tests/unit"],
                             REPORTS / "unit.log", _progress)
    found = junit.read(report, "unit")
    if status and not found.failures:
        found.failures.append(Failure("unit: pytest", tail(output)))
    return found


def _progress(line):
    match = re.search(r"\[ *(\d+)%\]$", line)
    return f"unit {match[1]} %" if match else None
