# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import os
import time

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder import folder, job, main, tools
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.platform import describe
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.module_utils.common.folders import fill, tree
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.work import at_each_call

SHA256 = "0" * 64


@pytest.mark.parametrize("name", sorted({*main.OPERATIONS} - {"survey"}))
def test_nothing_is_done_in_a_folder_of_somebody_else(root, name):
    fill(root, ["jobs/nightly/config.xml", "work/thesis.tex", "uploads/photo.jpg"])
    before = tree(root)
    with pytest.raises(WheelhouseError, match="the build root {0} has what is not of nogcc.wheelhouse: jobs, uploads, work".format(root)) as caught:
        main.OPERATIONS[name](root=root)
    assert "for build_root" in caught.value.hint and tree(root) == before


@pytest.mark.parametrize("paths", [
    ["jobs/nightly/config.xml"], ["work/thesis.tex"], ["environments/prod/"], ["cache/letters"], ["tools/hammer"], ["tools/lock", "README"],
    ["uploads/photo.jpg"], ["incoming/mail"], ["sources/main.c"], ["builds/7.json"], ["jobs/", "users/"]])
def test_a_folder_of_somebody_else(root, paths):
    fill(root, paths)
    with pytest.raises(WheelhouseError, match="has what is not of nogcc.wheelhouse"):
        folder.require(root)


@pytest.mark.parametrize("paths", [
    [], ["lost+found/"], [".gitkeep"], ["tools/"], ["tools/lock"], ["uploads/tmp0123abc_/files.tar", "sources/"], [f"incoming/{SHA256}.part"], ["jobs/"],
    ["cache/resolve/", "locking/.tmp-wheelhouse-half0000/x"], ["tools/0123456789abcdef-cp311/bin/", "README"], ["tools/0123456789abcdef-cp313t/"],
    ["jobs/20261126T181500-0123abcd/log", "README"], [f"sources/{SHA256}/x.tar.gz", "README"]])
def test_a_folder_that_is_new_or_a_build_root(root, paths):
    fill(root, paths)
    folder.require(root)


def refused(root):
    """Return what is in a folder that is refused."""
    try:
        folder.require(root)
        return None
    except WheelhouseError:
        return tree(root)


def test_tools_may_end_anywhere(root, index, monkeypatch):
    """Whatever the call after which their preparation was killed, the next run takes the folder for its own."""
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    table = index.add_wheel("tool")
    text = "tool==1.0 --hash=sha256:{0}\n".format(table["wheels"][0]["hashes"]["sha256"])
    assert at_each_call(lambda: refused(root), tools.prepare, root, text, {"PIP_INDEX_URL": index.url + "/simple"}) == []
    assert main.OPERATIONS["prepare"](root=root, requirements_text=text, environment={})["changed"] is False


def test_a_job_may_end_anywhere(root, index, tmp_path):
    request = {"app": "shop", "lock": "0" * 64, "packages": [index.add_wheel("app")], "project": None, "no_binary": [], "only_binary": [],
               "platform": describe(), "environment": index.environment, "jobs": None}

    def look():
        with open(tmp_path / ("refused" if refused(root) else "accepted"), "a", encoding="ascii") as stream:
            stream.write("here\n")  # the job is a process of its own
    at_each_call(look, job.start, root, request)
    while not [path for path in tree(root) if path.endswith("result.json")]:
        time.sleep(0.05)
    assert not (tmp_path / "refused").exists() and (tmp_path / "accepted").read_text().count("here") > 100
