# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What holds for the tests that look for a way to break a host.

They are short among the unit tests; with WHEELHOUSE_TEST_LONG in the environment, as ``make test-faults`` sets it, they may take minutes.
"""
import pytest

from ansible_collections.nogcc.wheelhouse.tests.faults.host import Faults, Host
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.module_utils.agent.conftest import root, store, systemd

__all__ = ["host", "root", "store", "systemd"]


@pytest.fixture
def host(store, root):
    """A host on which the first of four releases is active."""
    found = Host(store, root)
    found.deploy(0)
    return found


@pytest.fixture
def faults(host):
    return Faults(host)
