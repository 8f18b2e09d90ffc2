# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is tested on packages that people publish; they are downloaded when this runs."""
from . import junit
from .outcome import REPORTS, TOOLS, Failure, execute, tail


def run():
    """Return what pytest found below ``tests/published``."""
    report = REPORTS / "published.xml"
    report.unlink(missing_ok=True)
    status, output = execute([TOOLS / "python", "-m", "pytest", "-q", "--color=no", f"--junitxml={report}", "tests/published"],
                             REPORTS / "published.log")
    found = junit.read(report, "published")
    if status and not found.failures:
        found.failures.append(Failure("published: pytest", tail(output)))
    return found
