# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Power cuts in a virtual machine: what lies below ``tests/power``."""
from . import junit
from .outcome import REPORTS, TOOLS, Failure, execute, tail
from .unit import progress

LIMIT = 4 * 3600  # seconds


def run():
    """Return what pytest found. One machine after another: an emulated one takes a core for itself."""
    report = REPORTS / "power.xml"
    report.unlink(missing_ok=True)
    status, output = execute([TOOLS / "python", "-m", "pytest", "-q", "--color=no", f"--junitxml={report}", "-o", "faulthandler_timeout=7200",
                              "tests/power"], REPORTS / "power.log", progress, limit=LIMIT)
    found = junit.read(report, "power")
    if status and not found.failures:
        found.failures.append(Failure("power: pytest", tail(output)))
    return found
