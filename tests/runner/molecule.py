# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The molecule scenarios. Each of their steps is a test, and in the place of ``verify`` each test that testinfra ran."""
import re
import shutil

from . import junit
from .outcome import REPORTS, TOOLS, Failure, Outcome, environment, execute, say, tail

SCENARIOS = ("build", "platforms", "fetch", "deploy", "default")
STATE = REPORTS / "molecule-state"

_STEP = re.compile(r"^INFO +\[(\w+) > (\w+)\] Executing$")
_RESULT = re.compile(r"^(\w+) > (\w+): Executed: (\w+)(.*)$", re.MULTILINE)
_TASK = re.compile(r"^(?=TASK \[|PLAY \[|PLAY RECAP|INFO |CRITICAL |ERROR )", re.MULTILINE)
_WRONG = re.compile(r"^(fatal|failed|\[ERROR\]|CRITICAL|ERROR)\b|^\[ERROR\]|Idempotence test failed", re.MULTILINE)


def run(scenarios=SCENARIOS):
    """Return what the scenarios found, one after another; one that fails does not stop the next."""
    found = Outcome()
    for scenario in scenarios:
        found.add(_run(scenario))
    return found


def _run(scenario):
    report = REPORTS / f"molecule-{scenario}.xml"
    report.unlink(missing_ok=True)
    if STATE.exists():  # left by a run that was cut off: it would have this one skip its preparation
        shutil.rmtree(STATE)
    addopts = f"--junitxml={report} -p no:cacheprovider --color=no"
    status, output = execute([TOOLS / "molecule", "test", "--scenario-name", scenario], REPORTS / f"molecule-{scenario}.log", _progress,
                             env=environment(PYTEST_ADDOPTS=addopts, MOLECULE_EPHEMERAL_DIRECTORY=str(STATE)))
    name = f"molecule {scenario}"
    found = _steps(name, output)
    if report.exists():
        tests = junit.read(report, name)
        if not tests.passed and not tests.failures:
            tests.failures.append(Failure(f"{name}: verify", "testinfra ran no test"))
        found.add(tests)
    elif not found.failures:
        found.failures.append(Failure(f"{name}: verify", f"testinfra ran no test\n{tail(output)}"))
    if status and not found.failures:
        found.failures.append(Failure(name, tail(output)))
    say(f"{name}: {found.summary()}")
    return found


def _steps(name, output):
    """Return the steps that molecule's own report names; it calls the scenario that owns the hosts by that one's name."""
    found = Outcome()
    for _scenario, step, result, more in _RESULT.findall(output):
        if step in ("verify", "destroy", "cleanup"):
            continue
        if result == "Successful":
            found.passed += 1
        else:
            found.failures.append(Failure(f"{name}: {step}", _cause(output) or f"{result}{more}"))
    return found


def _cause(output):
    """Return the tasks of the output that went wrong."""
    blocks = [block.strip() for block in _TASK.split(output) if _WRONG.search(block)]
    return "\n".join("\n".join(block.splitlines()[:60]) for block in blocks[:6])


def _progress(line):
    match = _STEP.match(line)
    if match:
        return f"molecule {match[1]}: {match[2]}"
    return None
