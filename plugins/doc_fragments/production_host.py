# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which application on a production host."""
from __future__ import annotations


class ModuleDocFragment:
    """Options that several modules share."""

    DOCUMENTATION = r"""
options:
  app:
    description: Name of the application.
    type: str
    required: true
  root:
    description:
      - Folder of the host under which everything is kept; one filesystem.
      - It is new, empty or of an earlier deploy, and nobody but root and the user that deploys may write to it, or to the folders above.
    type: str
    default: /opt/wheelhouse
  python:
    description: The application's interpreter on the host.
    type: str
    default: python3
"""
