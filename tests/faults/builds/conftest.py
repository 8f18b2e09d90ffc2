# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An index and a build root."""
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.module_utils.builder.conftest import index, root, sandbox

__all__ = ["index", "root", "sandbox"]
