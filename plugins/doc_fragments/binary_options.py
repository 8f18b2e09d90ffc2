# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How wheels are chosen."""
from __future__ import annotations


class ModuleDocFragment:
    """Options that several modules share."""

    DOCUMENTATION = r"""
options:
  no_binary:
    description: Packages to compile although a published wheel fits, as pip's C(--no-binary); C(:all:) means every one.
    type: list
    elements: str
    default: []
  only_binary:
    description: Packages never to compile, as pip's C(--only-binary); C(:all:) means every one.
    type: list
    elements: str
    default: []
"""
