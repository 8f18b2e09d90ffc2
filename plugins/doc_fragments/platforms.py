# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What to build for, and what goes into the wheels."""
from __future__ import annotations


class ModuleDocFragment:
    """Options that several modules share."""

    DOCUMENTATION = r"""
options:
  platforms:
    description: The platforms to build for, as M(nogcc.wheelhouse.status) returns them; empty means the build host's own.
    type: list
    elements: dict
    default: []
  bundle_libraries:
    description: Whether the shared libraries that a compiled wheel needs are put into it (C(auditwheel repair)).
    type: bool
    default: false
"""
