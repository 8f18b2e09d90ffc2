# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How versions are chosen."""
from __future__ import annotations


class ModuleDocFragment:
    """Options that several modules share."""

    DOCUMENTATION = r"""
options:
  cooldown:
    description:
      - Lock nothing that was published later than so long ago, such as V(7 days), or after a date, such as V(2026-01-31).
      - A number of hours, days or weeks, or a date; empty means no cooldown. What is locked already stays.
    type: str
    default: ''
"""
