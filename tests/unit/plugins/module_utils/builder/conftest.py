# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the builder's tests share."""
from __future__ import annotations

import os
import shutil
import tempfile

import pytest
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder.sandbox import find_sandbox
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder.store import Store
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.module_utils.builder.package_factory import Index


@pytest.fixture
def index():
    """An empty index."""
    made = Index()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def root():
    """A build root that every user may enter, as the one that builds has to."""
    folder = tempfile.mkdtemp(prefix="wheelhouse-build-")
    os.chmod(folder, 0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def store(root):
    """An empty store."""
    return Store(root)


@pytest.fixture
def sandbox():
    """The way to build without network; without one here, there is nothing to test."""
    try:
        return find_sandbox()
    except WheelhouseError as error:
        pytest.skip(str(error))
