# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What holds for all unit tests."""
import os

import hypothesis

# a busy machine is no failure, and what CI finds must be found again
hypothesis.settings.register_profile("project", deadline=None, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("project")


def pytest_make_parametrize_id(val, argname):
    """Number the cases that bytes and fractions make: as names they could differ between the processes that share the tests."""
    return argname if isinstance(val, (bytes, float)) else None
