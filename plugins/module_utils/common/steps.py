# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Names for the moments at which a process may end: a test ends it at each of them."""

hook = None  # set by tests, to a function that takes the name


def step(name):
    """Say that the work has come to the moment ``name``."""
    if hook is not None:
        hook(name)
