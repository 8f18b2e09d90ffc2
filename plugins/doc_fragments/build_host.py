# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How to work on a build host."""
from __future__ import annotations


class ModuleDocFragment:
    """Options that several modules share."""

    DOCUMENTATION = r"""
options:
  root:
    description:
      - Folder of the build host that holds its store and its tools.
      - It is a new or empty one, or one that is a build root; a folder that has something else is refused.
    type: str
    required: true
  python:
    description: Interpreter of the build host that the wheels are built for.
    type: str
    default: python3
  tools:
    description: Path, on the controller, of the hashed requirements of the build tools.
    type: path
    required: true
  environment:
    description: Extra environment of the steps that use the network, such as an index URL, a proxy or a CA bundle.
    type: dict
    default: {}
"""
