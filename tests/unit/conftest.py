# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What holds for all unit tests."""


def pytest_make_parametrize_id(val, argname):
    """Number the cases that bytes and fractions make: as names they could differ between the processes that share the tests."""
    return argname if isinstance(val, (bytes, float)) else None
