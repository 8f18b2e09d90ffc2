# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read the JUnit reports that pytest and ansible-test write."""
import pathlib
from xml.etree import ElementTree

from .outcome import Failure, Outcome


class ReportError(Exception):
    """A report is missing or unreadable, so nobody knows what was tested."""


def read(path, suite):
    """Return the ``Outcome`` that the report tells of; failures are named ``<suite>: <test>``."""
    if not pathlib.Path(path).exists():
        raise ReportError(f"there is no report {path}: the tests did not run to their end")
    try:
        root = ElementTree.parse(path).getroot()
    except ElementTree.ParseError as error:
        raise ReportError(f"the report {path} can't be read: {error}") from error
    found = Outcome()
    for case in root.iter("testcase"):
        parts = [part for part in (case.get("classname"), case.get("name")) if part and part != suite]
        name = f"{suite}: {'.'.join(parts)}"
        bad = [element for element in case if element.tag in ("failure", "error")]
        if bad:
            found.failures.append(Failure(name, "\n".join((element.text or element.get("message") or "").strip() for element in bad)))
        elif case.find("skipped") is not None:
            found.skipped.append(name)
        else:
            found.passed += 1
    return found
