# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which release a production host is to have."""
from __future__ import annotations


class ModuleDocFragment:
    """Options that several modules share."""

    DOCUMENTATION = r"""
options:
  requirements:
    description: Path, on the controller, of the requirements; not needed with O(release).
    type: str
    default: ''
  release:
    description: Id of the release to deploy; empty means the one that was made from the lock.
    type: str
    default: ''
  status:
    description: The host's status, where M(nogcc.wheelhouse.status) was asked in the same run; that of another run is not taken.
    type: dict
    default: {}
  lock:
    description: Name of the lock beside the requirements; empty means C(pylock.toml).
    type: str
    default: ''
  project:
    description: Path, on the controller, of the application's own source tree; empty means that there is none.
    type: str
    default: ''
"""
