# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What we use of ``packaging``. ansible-core brings it along; a plugin must load, for its documentation, even without it."""
from __future__ import annotations

try:
    from packaging.markers import InvalidMarker, Marker
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.specifiers import InvalidSpecifier, SpecifierSet
    from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
    from packaging.version import InvalidVersion, Version
except ImportError:
    Marker = Requirement = SpecifierSet = Version = canonicalize_name = parse_wheel_filename = None
    InvalidMarker = InvalidRequirement = InvalidSpecifier = InvalidVersion = InvalidWheelFilename = ValueError

__all__ = ["InvalidMarker", "InvalidRequirement", "InvalidSpecifier", "InvalidVersion", "InvalidWheelFilename", "Marker", "Requirement",
           "SpecifierSet", "Version", "canonicalize_name", "parse_wheel_filename"]
