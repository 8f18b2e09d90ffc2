# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The long search for a way to break a host: whatever lies below ``tests/faults``, fuzzing that is guided by coverage, and the hostile table.

The short one is among the unit tests.
"""
from . import junit
from .outcome import REPORTS, TOOLS, Failure, environment, execute, tail
from .unit import progress

HOSTILE = "tests/unit/plugins/module_utils/agent/test_hostile.py"
LIMIT = 4 * 3600  # seconds


def run():
    """Return what pytest found, told by ``WHEELHOUSE_TEST_LONG`` to take its time."""
    report = REPORTS / "faults.xml"
    report.unlink(missing_ok=True)
    status, output = execute([TOOLS / "python", "-m", "pytest", "-q", "--numprocesses=auto", "--color=no", f"--junitxml={report}",
                              "-o", "faulthandler_timeout=3600", "tests/faults", "tests/guided", HOSTILE], REPORTS / "faults.log", progress,
                             env=environment(WHEELHOUSE_TEST_LONG="1"), limit=LIMIT)
    found = junit.read(report, "faults")
    if status and not found.failures:
        found.failures.append(Failure("faults: pytest", tail(output)))
    return found
