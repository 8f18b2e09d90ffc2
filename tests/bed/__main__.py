# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The test bed's commands: ``python3 -m tests.bed up|down|status``, from the top of the repository."""
import argparse
import sys

from . import access, containers, definition, engine, images, networks
from .turns import alone, mend


def say(text):
    """Tell the person at the terminal, at once."""
    print(f"bed: {text}", flush=True)


def up(bed, names):
    """Make everything as defined; quick when it is so already."""
    hosts = [bed.hosts[name] for name in names or bed.hosts]
    access.prepare(bed.hosts.values())
    images.ensure(list({host.image.name: host.image for host in hosts}.values()), say)
    networks.ensure(bed.networks.values(), say)
    containers.ensure(bed, hosts, say)
    say(f"up: {', '.join(host.name for host in hosts)}; log in with: ssh -F {access.CONFIGURATION} {hosts[0].name}")


def down(purge):
    """Remove the hosts and networks, with ``purge`` the images as well."""
    containers.remove_all(say)
    networks.remove_all(say)
    if purge:
        images.remove_all(say)


def main():
    """Return the exit status."""
    bed = definition.load()
    parser = argparse.ArgumentParser(prog="python3 -m tests.bed", description="The hosts that the demo and the tests use.")
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("up", help="make the hosts, or make them right again")
    command.add_argument("hosts", nargs="*", metavar="HOST", help=f"only these; all of them when none is named: {', '.join(bed.hosts)}")
    command = commands.add_parser("down", help="remove the hosts and their networks")
    command.add_argument("--purge", action="store_true", help="the images and their cache as well")
    commands.add_parser("status", help="say what is up; exit status 1 unless all of it is")
    options = parser.parse_args()
    unknown = set(getattr(options, "hosts", [])) - set(bed.hosts)
    if unknown:
        parser.error(f"no such host: {', '.join(sorted(unknown))}")
    engine.configure()
    try:
        if options.command == "status":
            found = containers.states(bed.hosts.values())
            for name, state in found.items():
                print(f"{name:10} {bed.hosts[name].address:15} {state}")
            return int(set(found.values()) != {"up"})
        with alone():
            mend(containers.present, say)
            up(bed, options.hosts) if options.command == "up" else down(options.purge)
    except definition.BedError as error:
        print(f"bed: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
