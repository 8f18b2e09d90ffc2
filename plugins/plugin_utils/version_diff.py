# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What ``--diff`` shows: which package goes from which version to which."""
from __future__ import annotations


def version_diff(before: dict[str, str], after: dict[str, str], title: str) -> dict:
    """Return Ansible's ``diff`` of two sets of packages, ``{name: version}`` each, under ``title``."""
    rows = []
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name), after.get(name)
        if old is None:
            rows.append(f"+ {name} {new}")
        elif new is None:
            rows.append(f"- {name} {old}")
        elif old != new:
            rows.append(f"{name} {old} → {new}")
    return {"prepared": "\n".join([title, *rows, ""])} if rows else {}
