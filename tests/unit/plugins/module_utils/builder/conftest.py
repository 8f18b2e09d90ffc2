# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the builder's tests share."""
from __future__ import annotations

import hashlib
import os
import shutil
import tempfile

import pytest
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder import job
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder.sandbox import find_sandbox
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder.store import Store
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder.workshop import Workshop
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import Blocked, WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.platform import describe
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.module_utils.builder.package_factory import Index, sdist_of


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


class Builds:
    """Builds against ``index`` into ``store``, and remembers what was said."""

    def __init__(self, store, index):
        self.store, self.index = store, index
        self.said = []
        self.locks = []
        self.logs = store.path("jobs", "test")
        os.makedirs(self.logs)

    def run(self, *packages, **options):
        request = {"app": "shop", "lock": "0" * 64, "packages": list(packages), "project": None, "no_binary": [], "only_binary": [],
                   "platform": describe(), "environment": self.index.environment, "jobs": 2}
        request = {**request, "build_locks": [], **options}
        workshop = Workshop(self.store, request, self.logs, self.said.append, self.locks.append)
        return job.TASKS[request.get("task", "release")](workshop, request)

    def project(self, version="1.0", name="shop", **options):
        """Upload a source tree; return the member of the request."""
        data = sdist_of(name, version, **options)
        path = self.store.path(f"project-{len(data)}.tar")
        with open(path, "wb") as stream:
            stream.write(data)
        return {"digest": hashlib.sha256(data).hexdigest(), "archive": path}

    def memos(self, name):
        """Return what is remembered of wheels of this name."""
        found = [self.store.recall("", entry[:-5]) for entry in os.listdir(self.store.path("builds")) if entry.endswith(".json")]
        return [memo for memo in found if memo["filename"].startswith(name + "-")]

    def fail(self, *packages, **options):
        """Return the reasons that the build gives, by package."""
        with pytest.raises(WheelhouseError) as caught:
            self.run(*packages, **options)
        found = caught.value
        assert not os.path.exists(self.store.path("releases")), "nothing half-written"
        return {reason["package"]: reason for reason in (found.reasons if isinstance(found, Blocked) else [found.as_dict()])}


@pytest.fixture
def builds(store, index, sandbox):
    """Whole builds against the index."""
    return Builds(store, index)
