# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a release is made from."""
from __future__ import annotations


class ModuleDocFragment:
    """Options that several modules share."""

    DOCUMENTATION = r"""
options:
  app:
    description: Name of the application; it names folders in the wheelhouse and on the hosts.
    type: str
    required: true
  requirements:
    description: Path, on the controller, of the C(requirements.in), C(requirements.txt) or C(pylock.toml) of the application.
    type: str
    required: true
  lock:
    description: Name of the lock beside the requirements; empty means C(pylock.toml).
    type: str
    default: ''
  project:
    description: Path, on the controller, of the application's own source tree; empty means that there is none.
    type: str
    default: ''
"""
