# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a suite found, and how the runner talks."""
import dataclasses
import os
import pathlib
import re
import signal
import subprocess
import sys
import threading

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent.parent
TOOLS = pathlib.Path(sys.executable).parent
REPORTS = REPOSITORY / ".cache/tests"

#: Seconds that one tool may take. The slowest needs a fifth of it; beyond it something hangs.
LIMIT = 1500

_COLOURS = re.compile(r"\x1b(\[[0-9;]*[A-Za-z]|\]8;[^\x1b]*\x1b\\)")


@dataclasses.dataclass(frozen=True)
class Failure:
    """One test that failed, and why."""

    name: str
    cause: str


@dataclasses.dataclass
class Outcome:
    """How many tests passed, which failed, and which were skipped by name; a skipped test is neither."""

    passed: int = 0
    failures: list = dataclasses.field(default_factory=list)
    skipped: list = dataclasses.field(default_factory=list)

    def add(self, other):
        """Count the other's tests with ours."""
        self.passed += other.passed
        self.failures += other.failures
        self.skipped += other.skipped

    def summary(self):
        """Return the numbers as a phrase."""
        skipped = f"; skipped {', '.join(self.skipped)}" if self.skipped else ""
        return f"{self.passed} passed, {len(self.failures)} failed{skipped}"


def say(text):
    """Tell the person at the terminal, at once."""
    print(f"test: {text}", flush=True)


def environment(**changes):
    """Return the environment of a tool: ours with its folder first on the path, and no settings of the person's own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "MOLECULE_", "PYTEST_"))}
    return {**kept, "PATH": f"{TOOLS}{os.pathsep}{kept.get('PATH', os.defpath)}", "NO_COLOR": "1", "PYTHONDONTWRITEBYTECODE": "1", **changes}


def execute(command, log, shown=None, cwd=REPOSITORY, env=None, limit=LIMIT):
    """Run ``command`` with its output in the file ``log``; return exit status and output.

    ``shown`` turns a line of output into what the person sees of it, or into None. After ``limit`` seconds it is ended, with all
    that it started.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    lines = []
    with open(log, "w", encoding="utf-8") as stream, subprocess.Popen(
            [str(part) for part in command], cwd=cwd, env=env or environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors="replace", start_new_session=True) as process:
        timer = threading.Timer(limit, _end, [process, lines, f"it was ended: it took more than {limit} s\n"])
        timer.start()
        try:
            for line in process.stdout:
                line = _COLOURS.sub("", line)
                stream.write(line)
                stream.flush()
                lines.append(line)
                text = shown(line.rstrip("\n")) if shown else None
                if text:
                    say(text)
        except BaseException:  # an interrupt from the keyboard reaches only us
            _end(process)
            raise
        finally:
            timer.cancel()
    return process.returncode, "".join(lines)


def _end(process, lines=None, text=""):
    if lines is not None:
        lines.append(text)
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass  # it ended by itself just now


def tail(text, count=60):
    """Return the last lines of a tool's output."""
    return "\n".join(text.rstrip().splitlines()[-count:])
