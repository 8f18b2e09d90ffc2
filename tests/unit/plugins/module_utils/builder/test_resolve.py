# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import os

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder import resolve
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.module_utils.builder.package_factory import send


@pytest.fixture
def lock(root, index, sandbox):
    """A function that locks requirements files against the index."""
    def run(text="app\n", files=None, **options):
        files = {"requirements.in": text, **(files or {})}
        return resolve.lock(root, files, "requirements.in", environment=index.environment, **options)["lock"]
    return run


def test_a_lock_names_every_artifact_with_its_hash(lock, index, root):
    made = index.add_sdist("app", requires=["lib"])
    index.add_wheel("lib")
    index.add_wheel("lib", "2.0", tag="cp27-cp27m-win32")
    text = lock()
    assert made["sdist"]["hashes"]["sha256"] in text and made["sdist"]["url"] in text
    assert 'name = "lib"' in text and root not in text and "requires-python" in text
    assert os.listdir(os.path.join(root, "locking")) == []


def test_versions_stay_until_they_are_upgraded(lock, index):
    index.add_wheel("app")
    index.add_wheel("lib")
    before = lock("app\nlib\n")
    index.add_wheel("app", "2.0")
    index.add_wheel("lib", "2.0")
    assert lock("app\nlib\n", previous=before) == before
    assert lock("app\nlib\n", previous=before, upgrade=["app"]).count('version = "2.0"') == 1
    assert lock("app\nlib\n", previous=before, upgrade=True).count('version = "2.0"') == 2
    assert lock("app\nlib==2.0\n", previous=before).count('version = "2.0"') == 1


def test_markers_of_other_platforms_stay_in_the_lock(lock, index):
    index.add_wheel("app", requires=["lib; sys_platform == 'win32'"])
    index.add_wheel("lib")
    assert "win32" in lock()


def test_files_that_include_others(lock, index):
    index.add_wheel("app")
    index.add_wheel("app", "2.0")
    index.add_wheel("lib")
    text = lock("-r base/app.in\n-c limits.txt\nlib\n", files={"base/app.in": "app\n", "limits.txt": "app<2\n"})
    assert 'version = "2.0"' not in text and 'name = "lib"' in text
    assert 'version = "2.0"' not in lock("app\n", files={"limits.txt": "app<2\n"}, constraints=["limits.txt"])


def test_only_binary_keeps_to_versions_with_wheels(lock, index):
    index.add_wheel("app")
    index.add_sdist("app", "2.0")
    assert 'version = "2.0"' in lock()
    assert 'version = "1.0"' in lock(only_binary=["app"])


@pytest.mark.parametrize("text, words", [
    ("absent\n", "absent"), ("app==7\n", "app==7"), ("app>>1\n", "app>>1"), ("app\n-r missing.in\n", "missing.in"),
    ("app<1\n", "app<1"), ("app==1.0\napp==2.0\n", "app"),
])
def test_what_can_not_be_resolved(lock, index, root, text, words):
    index.add_wheel("app")
    with pytest.raises(WheelhouseError) as caught:
        lock(text)
    assert words in str(caught.value) and caught.value.hint and root not in str(caught.value)


@pytest.mark.parametrize("name", ["../outside.in", "/etc/outside.in", "a/../../outside.in"])
def test_files_outside(lock, name):
    with pytest.raises(WheelhouseError, match="outside"):
        lock(files={name: ""})


def test_an_index_that_is_not_there(root, sandbox):
    with pytest.raises(WheelhouseError) as caught:
        resolve.lock(root, {"a.in": "app\n"}, "a.in", environment={
            "UV_DEFAULT_INDEX": "http://user:secret@127.0.0.1:9/simple", "UV_HTTP_RETRIES": "0"})
    assert "UV_DEFAULT_INDEX" in caught.value.hint and "secret" not in str(caught.value)


@pytest.mark.parametrize("answer", [
    lambda handler: send(handler, 500, b"sorry"),
    lambda handler: send(handler, 200, b"<html>please log in</html>", "text/html"),
    lambda handler: send(handler, 200, b"nonsense", "application/octet-stream"),
    lambda handler: None,
])
def test_an_index_that_answers_nonsense(lock, index, root, answer):
    index.add_wheel("app")
    index.answers["/simple/app/"] = [answer] * 9
    with pytest.raises(WheelhouseError) as caught:
        lock()
    assert "app" in caught.value.message and caught.value.hint and root not in str(caught.value)
