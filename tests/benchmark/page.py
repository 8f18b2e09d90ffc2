# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""docs/benchmarks.md and its plots, from the numbers of the last runs."""
import json

from . import build, deploy
from .fleet import CACHE, REPOSITORY
from .plot import bars
from .report import goals_table, seconds_table
from .timing import medians

TITLES = {"build": "Twelve sdists to wheels, one build host", "deploy": "66 wheels, {hosts} production hosts"}
HEAD = """# Benchmarks

Made by `make bench`; a part of it: `python3 -m tests.benchmark deploy page --hosts 10 --runs 3`. All contenders run in turn, on hosts of the
benchmark's own (containers on one machine, which share its processors; each has a file system of its own), with Ansible's default
settings. Shown are medians; ratios hold better than seconds. A contender that takes a quarter of an hour for each run takes part in one.
"""


def write():
    """Write the page and a plot for each result that is there."""
    parts = [HEAD]
    for path in sorted(CACHE.glob("*-*.json")) + sorted(CACHE.glob("build.json")):
        result = json.loads(path.read_text())
        if isinstance(result, dict) and "seconds" in result:
            parts.append(section(result, path.stem))
            (REPOSITORY / "docs" / f"benchmark-{path.stem}.svg").write_text(bars(title(result), medians(result["seconds"])))
    (REPOSITORY / "docs/benchmarks.md").write_text("\n".join(parts))


def title(result):
    """Say what was measured."""
    return TITLES[result["kind"]].format(hosts=result["hosts"])


def section(result, stem):
    """Return one result as a section of the page."""
    machine, goals = result["machine"], {"build": build, "deploy": deploy}[result["kind"]].GOALS
    where = f"{machine['processors']} processors, {machine['memory_gb']} GB of memory; {result['runs']} runs; {result['date']}"
    return "\n\n".join([f"## {title(result)}", f"{where}.", f"![{title(result)}](benchmark-{stem}.svg)", seconds_table(result["seconds"]),
                        goals_table(goals, result["seconds"])]) + "\n"
