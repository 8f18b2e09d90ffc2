# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Say at the end of a run how much was tried.

A test counts with ``record_property("count", "kills")``, or ``record_property("count", ("kills", 1000))``; names are summed up.
"""

MARK = "counted: "


def pytest_terminal_summary(terminalreporter):
    """Write the sums on one line."""
    sums = {}
    for reports in terminalreporter.stats.values():
        for report in reports:
            for key, value in getattr(report, "user_properties", ()) if getattr(report, "when", "") == "call" else ():
                if key == "count":
                    name, number = (value, 1) if isinstance(value, str) else value
                    sums[name] = sums.get(name, 0) + number
    if sums:
        terminalreporter.write_line(MARK + ", ".join(f"{name} {number}" for name, number in sums.items()))
