# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A disk of the build host that gets full in the middle: not a call that fails, but a small disk, of sizes that end at different steps."""
import os
import pathlib
import re
import subprocess

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder import archives, job, progress
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.module_utils.builder.test_job import finish, request_for

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts")


@pytest.fixture
def resize(root):
    """Return a function that sets the size of the disk that holds the build root."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", root], check=True)
    yield lambda size: subprocess.run(["mount", "-o", f"remount,size={size}", root], check=True)
    subprocess.run(["umount", "-l", root], check=True)


def test_progress_that_can_not_be_written_is_whole_lines_and_stops_no_build(root, resize):
    folder = os.path.join(root, "jobs", "job")
    os.makedirs(folder)
    resize("8k")
    told = progress.Progress(os.path.join(folder, "progress.jsonl"))
    for letter in "abcdefghij":
        told.say(letter * 1500)
    with pytest.raises(OSError, match="No space left"):  # what the controller must know
        told.made_lock({"name": "x" * 1500})
    resize("1m")
    told.say("more")
    (pathlib.Path(folder) / "result.json").write_text("{}")
    texts = [line["text"] for line in progress.poll(root, "job")["lines"]]
    assert texts[-1] == "more" and all(text == text[0] * 1500 for text in texts[:-1]) and 1 < len(texts) < 10


@pytest.mark.parametrize("size, others", [("80m", True), ("24k", False), ("32k", False), ("56k", False), ("140k", False)])
def test_it_is_said_and_the_next_run_goes_on(root, index, sandbox, monkeypatch, resize, size, others):
    if not others:
        monkeypatch.setattr(archives, "SPARE", 0)  # else what is unpacked last sees it coming
    resize(size)
    good = index.add_sdist("good")
    after = f"[time.sleep(0.05) for _attempt in iter(lambda: os.path.isdir({os.path.join(root, 'wheels')!r}), True)]; " if others else ""
    large = index.add_sdist("large", extra=after + "open('large', 'wb').write(bytes(100 << 20))")
    request = request_for(index, good, large, jobs=2)
    _lines, result = finish(root, job.start(root, request)["job"])
    reasons = {reason["package"]: reason for reason in result["error"]["reasons"]}
    assert "large 1.0" in reasons and ("good 1.0" not in reasons or not others)
    for reason in reasons.values():
        assert re.search("No space left|disk is full|bytes that are free", reason["message"])
        assert "make room" in reason["hint"]
    top = pathlib.Path(root)
    assert [*top.rglob(".tmp-*"), *top.rglob("*.part"), *top.glob("work/*"), *top.glob("releases/*/*")] == []
    resize("1g")
    _lines, result = finish(root, job.start(root, request)["job"])
    assert result["built"] == ["large"] if others else "large" in result["built"]
    assert [wheel["name"] for wheel in result["manifest"]["wheels"]] == ["good", "large"]
