# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A deploy over connections that are not SSH."""
import os
import re
import subprocess
import time

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.audit import audit
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils import host_action


def deployed(fleet, name="one"):
    python = fleet.root(name) / "apps/shop/current/bin/python"
    return subprocess.check_output([str(python), "-c", "import shop; print(shop.version)"], text=True)


@pytest.mark.parametrize("connection", ["local", "no_input"])
def test_from_nothing_to_nothing_to_do(fleet, connection):
    first, second = (fleet.release(fleet.store.wheel(version=version)) for version in ("1.0", "2.0"))
    done = fleet.play("deploy", ["one"], "-vvv", ansible_connection=connection, wheelhouse_release=first)
    assert done.recap["one"]["changed"] == 1 and deployed(fleet) == "1.0\n"
    assert all(letter.isprintable() or letter in "\n\t" for letter in done.stdout), "no binary"
    assert len(done.stdout) < 100_000, "no stream"
    assert fleet.play("deploy", ["one"], ansible_connection=connection, wheelhouse_release=first).recap["one"]["changed"] == 0
    fleet.play("deploy", ["one"], ansible_connection=connection, wheelhouse_release=second)
    assert deployed(fleet) == "2.0\n"
    fleet.play("rollback", ["one"], ansible_connection=connection)
    assert deployed(fleet) == "1.0\n"
    assert not list(fleet.folder.glob("ansible/*")), "nothing of a request stays on the host"


@pytest.mark.parametrize("connection", ["local", "no_input"])
def test_what_is_large_goes_as_a_file(fleet, connection):
    big = fleet.store.wheel(extra=[("shop/data", os.urandom(host_action.STREAM_LIMIT + 1))])
    done = fleet.play("deploy", ["one"], ansible_connection=connection, wheelhouse_release=fleet.release(big))
    assert "sending" in done.stdout and deployed(fleet) == "1.0\n"
    assert os.listdir(fleet.root("one") / "incoming") == []


def sent(done):
    """Return how many files a run says that it sends."""
    return int(re.search(r"sending (\d+) files", done.stdout)[1])


def state(fleet):
    """Return what is active on the host, what it imports, and its releases and history; None where nothing ever was."""
    app = fleet.root("one") / "apps/shop"
    if not app.exists():
        return None
    return (app / "current").readlink(), deployed(fleet), sorted(os.listdir(app / "releases")), (app / "history.jsonl").read_text()


def left_over(fleet):
    """Return what is left of work, and what an audit finds."""
    root = fleet.root("one")
    left = [str(path.relative_to(root)) for kind in ("tmp", "incoming") for path in root.glob(f"{kind}/*")]
    return left + audit(str(root), "shop", look_for_tools=False)["findings"]


@pytest.mark.parametrize("before, after, left", [
    (None, 20_000, {18}), (None, 1_000_000, {7, 8}),
    ("0.9", 20_000, {18}), ("0.9", 200_000, {8, 9}), ("0.9", 1_000_000, {7, 8}), ("0.9", 3_900_000, {1, 2}),
])
def test_a_stream_that_breaks_off(fleet, before, after, left):
    """Wherever it breaks, be it in the request, the next run goes on; bytecode comes first, and the wheel of the app is a small one."""
    wheels = [fleet.store.wheel(f"part{number}", extra=[(f"part{number}/data", os.urandom(500_000))]) for number in range(8)]
    release = fleet.release(fleet.store.wheel(), *wheels)
    if before:
        fleet.give("one", fleet.release(fleet.store.wheel(version=before)))
    was = state(fleet)
    assert bool(was) == bool(before)
    done = fleet.try_to_play("deploy", ["one"], environment={"CUT_AFTER": str(after)}, ansible_connection="cut", wheelhouse_release=release)
    assert done.returncode and "the line broke" in done.stdout
    assert state(fleet) == was and not list(fleet.root("one").glob("tmp/*"))
    again = fleet.play("deploy", ["one"], wheelhouse_release=release)
    assert deployed(fleet) == "1.0\n" and sent(again) in left and left_over(fleet) == []


@pytest.mark.parametrize("before", [None, "0.9"])
def test_a_file_that_breaks_off(fleet, before):
    """The upload stays where it is for a day, because nobody on the host knows whether more of it will come; and nothing else stays."""
    release = fleet.release(fleet.store.wheel(extra=[("shop/data", os.urandom(host_action.STREAM_LIMIT + 1))]))
    if before:
        fleet.give("one", fleet.release(fleet.store.wheel(version=before)))
    was = state(fleet)
    done = fleet.try_to_play("deploy", ["one"], environment={"CUT_AFTER": "1000000"}, ansible_connection="cut", wheelhouse_release=release)
    assert done.returncode and "the line broke" in done.stdout and state(fleet) == was
    (upload,) = fleet.root("one").glob("incoming/*")
    assert [(path.name, path.stat().st_size) for path in upload.iterdir()] == [("files.tar", 1_000_000)]
    fleet.play("deploy", ["one"], wheelhouse_release=release)
    assert deployed(fleet) == "1.0\n" and left_over(fleet) == [f"incoming/{upload.name}"]
    os.utime(upload, (0, time.time() - 25 * 3600))
    fleet.play("deploy", ["one"], wheelhouse_release=fleet.release(fleet.store.wheel(version="2.0")))
    assert deployed(fleet) == "2.0\n" and left_over(fleet) == []


@pytest.mark.parametrize("after, done_already", [(20_000, False), (-5, False), (0, True)], ids=["in the code", "in the request", "before the answer"])
def test_a_rollback_that_breaks_off(fleet, after, done_already):
    """With less than the whole request the host does nothing; with all of it, though nobody hears, all."""
    first, second = (fleet.release(fleet.store.wheel(version=version)) for version in ("1.0", "2.0"))
    for release in (first, second):
        fleet.give("one", release)
    was = state(fleet)
    done = fleet.try_to_play("rollback", ["one"], environment={"CUT_AFTER": str(after)}, ansible_connection="cut")
    assert done.returncode and "the line broke" in done.stdout and left_over(fleet) == []
    assert deployed(fleet) == "1.0\n" if done_already else state(fleet) == was
    again = fleet.play("rollback", ["one"], wheelhouse_release=first)
    assert again.recap["one"]["changed"] == (not done_already) and deployed(fleet) == "1.0\n" and left_over(fleet) == []


def test_an_error_comes_back_too(fleet):
    needs = {"libc_version": "99.0", "libraries": ["libnowhere.so.1"], "packages": ["libnowhere1"]}
    release = fleet.release(fleet.store.wheel(needs=needs))
    done = fleet.try_to_play("deploy", ["one"], ansible_connection="no_input", wheelhouse_release=release)
    assert done.returncode and "libnowhere.so.1" in done.stdout and "glibc 99.0" in done.stdout and not fleet.root("one").exists()
