# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where the central wheelhouse is."""
from __future__ import annotations


class ModuleDocFragment:
    """Options that several modules share."""

    DOCUMENTATION = r"""
options:
  wheelhouse_dir:
    description:
      - Folder that is the central wheelhouse, on the controller or on O(wheelhouse_host).
      - It is a new or empty one, or one that is a wheelhouse; a folder that has something else is refused.
    type: str
    required: true
  wheelhouse_host:
    description:
      - Inventory name of the host that has the central wheelhouse; empty means the controller.
      - It is spoken to by its own variables. One becomes root there where the task does, unless the host has C(ansible_become) of its own.
    type: str
    default: ''
"""
