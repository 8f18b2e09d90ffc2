# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the modules support."""
from __future__ import annotations


class ModuleDocFragment:
    """Attributes that all modules share; one that shows a diff says so itself."""

    DOCUMENTATION = r"""
attributes:
  check_mode:
    description: Can run in C(check_mode) and return what would change, without changing anything.
    support: full
  diff_mode:
    description: Shows which package goes from which version to which.
    support: none
  platform:
    description: Target OS/families that can be operated against.
    platforms: posix
    support: full
"""
