# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import hashlib
import os
import subprocess

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder import tools
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.platform import describe


@pytest.fixture
def host(root, index, monkeypatch):
    """A function that prepares tools from the index, with nothing of this machine's own configuration of pip."""
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")

    def run(*lines):
        return tools.prepare(root, "".join(line + "\n" for line in lines), {"PIP_INDEX_URL": index.url + "/simple"})
    return run


def line(package):
    return "{0}=={1} --hash=sha256:{2}".format(package["name"], package["version"], package["wheels"][0]["hashes"]["sha256"])


def test_the_tools_are_installed_once(host, index, root):
    tool = line(index.add_wheel("tool"))
    found = host(tool)
    assert found["changed"] and found["python"].startswith(root) and found["platform"] == describe()
    assert subprocess.run([found["python"], "-I", "-c", "import tool"], check=False).returncode == 0
    del index.requests[:]
    assert host(tool) == dict(found, changed=False) and not index.requests


def test_what_pip_repeats_of_its_environment(root):
    with pytest.raises(WheelhouseError, match="name=http://127.0.0.1:9/simple") as caught:
        tools.prepare(root, "tool==1.0 --hash=sha256:{0}\n".format("0" * 64), {"PIP_INDEX_URL": "name=http://u:s3cret@127.0.0.1:9/simple"})
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("root", ["", "rel/x", "~/x", "/", "//", "/a\nb"])
def test_folders_that_cannot_be_the_root(root):
    with pytest.raises(WheelhouseError, match="cannot be a build root"):
        tools.prepare(root, "", {})


def test_a_preparation_that_was_broken_off_is_made_again(host, index):
    tool = line(index.add_wheel("tool"))
    found = host(tool)
    folder = os.path.dirname(os.path.dirname(found["python"]))
    os.unlink(os.path.join(folder, "complete"))
    os.unlink(found["python"])
    assert host(tool)["changed"] and os.path.exists(found["python"])


@pytest.mark.parametrize("spoil", ["hash", "sdist", "gone"])
def test_other_files_than_the_pinned_are_refused(host, index, root, spoil):
    tool = line(index.add_wheel("tool"))
    if spoil == "hash":
        index.add_wheel("tool", files={"tool.py": b"evil = 1\n"})
    else:
        del index.files["tool-1.0-py3-none-any.whl"]
    if spoil == "sdist":
        tool = "tool==1.0 --hash=sha256:" + index.add_sdist("tool")["sdist"]["hashes"]["sha256"]
    with pytest.raises(WheelhouseError, match="could not be installed") as caught:
        host(tool)
    assert caught.value.log and "build_environment" in caught.value.hint
    assert not [name for name in os.listdir(os.path.join(root, "tools")) if os.path.exists(os.path.join(root, "tools", name, "complete"))]


def test_no_venv_module(root, monkeypatch, tmp_path):
    fake = tmp_path / "python"
    fake.write_text("#!/bin/sh\necho ensurepip is not available\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setattr(tools.sys, "executable", str(fake))
    with pytest.raises(WheelhouseError) as caught:
        tools.prepare(root, "", {})
    assert "python3-venv" in caught.value.hint and "ensurepip" in caught.value.log


def test_a_root_that_can_not_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(WheelhouseError, match="can't be used"):
        tools.prepare(str(tmp_path / "file" / "root"), "", {})


def test_the_store_spares_the_download_unless_it_is_damaged(host, index, root):
    table = index.add_wheel("tool")
    digest = table["wheels"][0]["hashes"]["sha256"]
    found = host(line(table))
    folder = os.path.join(root, "sources", digest)
    (name,) = os.listdir(folder)
    for damage in (False, True):
        os.unlink(os.path.join(os.path.dirname(os.path.dirname(found["python"])), "complete"))
        with open(os.path.join(folder, ".tmp-unfinished"), "wb") as stream:
            stream.write(b"half")
        if damage:
            with open(os.path.join(folder, name), "wb") as stream:
                stream.write(b"altered")
        del index.requests[:]
        assert host(line(table))["changed"] and bool(index.requests) == damage
    with open(os.path.join(folder, name), "rb") as stream:
        assert hashlib.sha256(stream.read()).hexdigest() == digest
