# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Run the suites one after another, tell why what failed did, and end with one line: ``N passed, N failed``."""
import argparse
import sys
import time

from . import faults, junit, lint, molecule, outcome, power, published, sanity, unit

SUITES = {"lint": lint.run, "sanity": sanity.run, "unit": unit.run, "published": published.run, "molecule": molecule.run, "faults": faults.run,
          "power": power.run}
USUAL = [name for name in SUITES if name not in ("faults", "power")]  # they take long; a short version of the first is among the unit tests


def main():
    """Return the exit status."""
    parser = argparse.ArgumentParser(prog="python3 -m tests.runner", description="Run the tests of the project.")
    parser.add_argument("suites", nargs="*", metavar="SUITE", help=f"only these; known: {', '.join(SUITES)}, and one scenario as "
                        f"molecule:NAME ({', '.join(molecule.SCENARIOS)})")
    chosen = parser.parse_args().suites or USUAL
    for name in chosen:
        suite, _colon, scenario = name.partition(":")
        if suite not in SUITES or scenario and (suite != "molecule" or scenario not in molecule.SCENARIOS):
            parser.error(f"no such suite: {name}")
    total = outcome.Outcome()
    for name in chosen:
        suite, _colon, scenario = name.partition(":")
        started = time.monotonic()
        outcome.say(f"{name} …")
        try:
            found = SUITES[suite]([scenario]) if scenario else SUITES[suite]()
        except (OSError, junit.ReportError) as error:
            found = outcome.Outcome(failures=[outcome.Failure(name, str(error))])
        if not found.passed and not found.failures:
            found.failures.append(outcome.Failure(name, "it ran no test"))
        outcome.say(f"{name}: {found.summary()}, in {time.monotonic() - started:.0f} s")
        total.add(found)
    for failure in total.failures:
        print(f"\nFAILED {failure.name}\n{failure.cause}", flush=True)
    if total.failures:
        print()
    print(f"{total.passed} passed, {len(total.failures)} failed", flush=True)
    return int(bool(total.failures))


if __name__ == "__main__":
    sys.exit(main())
