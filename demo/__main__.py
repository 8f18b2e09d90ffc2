# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The demo: ``python3 -m demo up|down``, from the top of the repository; ``make demo`` sets the machine up for it first."""
import argparse
import pathlib
import shutil
import subprocess
import sys
import time

from . import proof

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
BED = [sys.executable, "-m", "tests.bed"]
DEPLOY = [str(pathlib.Path(sys.executable).parent / "ansible-playbook"), "-i", "inventories/demo", "playbooks/deploy.yml"]


def say(text):
    """Tell the person at the terminal, at once."""
    print(f"demo: {text}", flush=True)


def step(text, command):
    """Say what is being done and how long it took; end the demo when it fails."""
    say(f"{text}: {' '.join(pathlib.Path(word).name if word in (sys.executable, DEPLOY[0]) else word for word in command)}")
    started = time.monotonic()
    status = subprocess.run(command, cwd=REPOSITORY, stdin=subprocess.DEVNULL, check=False).returncode
    if status:
        say(f"failed: {text}")
        sys.exit(status)
    say(f"done in {time.monotonic() - started:.0f} s")


def up():
    """Make the hosts, deploy, and show that it is all true."""
    step("making a build host, two production hosts and a database host", [*BED, "up", "build01", "web01", "web02", "db01"])
    step("locking, building, fetching and deploying the shop", DEPLOY)
    say("the proof")
    try:
        proof.show()
    except proof.ProofError as error:
        say(f"failed: {error}")
        return 1
    say("the hosts stay up; to look around: ssh -F .cache/bed/ssh_config web01; to remove them: make demo-down")
    say("OK")
    return 0


def down():
    """Remove the hosts and all that the demo has written."""
    step("removing the hosts", [*BED, "down"])
    if (REPOSITORY / ".cache/demo").exists():
        shutil.rmtree(REPOSITORY / ".cache/demo")
    for name in ("pylock.toml", "pylock-build.toml"):
        (REPOSITORY / "demo" / name).unlink(missing_ok=True)
    say("the images stay cached for the next time; to remove them too: python3 -m tests.bed down --purge")
    return 0


def main():
    """Return the exit status."""
    parser = argparse.ArgumentParser(prog="python3 -m demo", description="A web application on hosts that have no compiler.")
    parser.add_argument("command", choices=["up", "down"])
    return up() if parser.parse_args().command == "up" else down()


if __name__ == "__main__":
    sys.exit(main())
