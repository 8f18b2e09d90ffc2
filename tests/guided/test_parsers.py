# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Bytes that find their own way into everything that reads what came from elsewhere: only our own error, and nothing outside the folder."""
import os
import pathlib
import re
import subprocess
import sys

import pytest

from ansible_collections.nogcc.wheelhouse.tests.guided import parsers

pytest.importorskip("atheris", reason="atheris has no wheel for this interpreter and machine")
SECONDS = int(os.environ.get("WHEELHOUSE_TEST_SECONDS") or 60)  # for each parser
TOP = pathlib.Path(__file__).parent.parent.parent


def fuzz(folder, name, begin, seconds):
    """Return exit status and output of a fuzzer that begins with these bytes."""
    corpus = folder / "corpus"
    corpus.mkdir()
    for number, data in enumerate(begin):
        (corpus / str(number)).write_bytes(data)
    options = [f"-max_total_time={seconds}", f"-artifact_prefix={folder}/", "-timeout=20", "-rss_limit_mb=2048", "-max_len=8192", str(corpus)]
    ran = subprocess.run([sys.executable, "-m", "tests.guided", name, *options], cwd=TOP, check=False, stdin=subprocess.DEVNULL, text=True, errors="replace",
                         env={**os.environ, "PYTHONPATH": f"{TOP}/.cache/collections"}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return ran.returncode, ran.stdout


@pytest.mark.parametrize("name", parsers.PARSERS)
def test_inputs_that_reach_ever_more(tmp_path, name, record_property):
    status, said = fuzz(tmp_path, name, parsers.PARSERS[name][1], SECONDS)
    assert status == 0, said[-4000:]
    reached = [int(number) for number in re.findall(r" cov: (\d+) ", said)]
    assert reached and reached[-1] > 10, said[-4000:]
    record_property("count", ("guided inputs", int(re.search(r"Done (\d+) runs", said)[1])))


def test_a_defect_is_found(tmp_path):
    status, said = fuzz(tmp_path, "planted", [b"x"], 120)
    assert status != 0 and "ValueError: found" in said, said[-4000:]
