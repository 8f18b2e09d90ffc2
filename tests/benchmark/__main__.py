# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The benchmarks' command: ``python3 -m tests.benchmark [build] [deploy] [page] [--hosts N …] [--runs N]``; all of it when none is named."""
import argparse
import json
import sys
import time

from tests.bed.definition import BedError

from . import build, deploy, page, payload
from .fleet import CACHE, BenchmarkError, fleet, machine
from .report import goals_table, seconds_table
from .timing import measure

KINDS = {"build": build, "deploy": deploy}


def say(text):
    """Tell the person at the terminal, at once."""
    print(f"bench: {text}", flush=True)


def measured(kind, hosts, runs, only):
    """Measure one kind on ``hosts`` production hosts; write the numbers below .cache/bench, print the tables."""
    module = KINDS[kind]
    with fleet(hosts, say) as found:
        found.write_inventory(payload.VARIABLES)
        wanted = [contender for contender in module.contenders(found) if not only or any(word in contender.name for word in only)]
        seconds = measure(wanted, runs, say)
    name = kind if kind == "build" else f"{kind}-{hosts}"
    result = {"kind": kind, "hosts": hosts, "runs": runs, "machine": machine(), "date": time.strftime("%Y-%m-%d", time.gmtime()), "seconds": seconds}
    (CACHE / f"{name}.json").write_text(json.dumps(result, indent=1) + "\n")
    print(seconds_table(seconds), goals_table(module.GOALS, seconds), sep="\n\n")


def main():
    """Return the exit status."""
    parser = argparse.ArgumentParser(prog="python3 -m tests.benchmark", description="This project beside what people use in its place.")
    parser.add_argument("what", nargs="*", choices=[*KINDS, "page", []], help="all of it when none is named")
    parser.add_argument("--hosts", type=int, nargs="+", default=[2, 10], help="production hosts of the deploy benchmark, one run for each")
    parser.add_argument("--runs", type=int, default=3, help="of each contender, in turn; medians are shown")
    parser.add_argument("--only", nargs="+", default=[], metavar="WORD", help="only contenders whose name has one of these words")
    options = parser.parse_args()
    what = options.what or [*KINDS, "page"]
    try:
        if "build" in what:
            measured("build", 1, options.runs, options.only)
        for hosts in options.hosts if "deploy" in what else []:
            measured("deploy", hosts, options.runs, options.only)
        if "page" in what:
            page.write()
    except (BenchmarkError, BedError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
