# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Hosts beside those of bed.toml, in its networks, for as long as somebody needs them.

Their containers have a prefix of their own, so that the bed neither takes them for its own nor removes them. Log in with
``ssh -F`` and ``access.GUESTS``.
"""
import contextlib
import ipaddress

from . import access, containers, definition, engine, images, networks, turns

FIRST = 100  # the last part of the first address; the bed's own hosts are below


def define(name, count, image, network, number=0, capabilities=(), disk=""):
    """Return ``count`` guests called ``name01``, ``name02``, …; ``number`` is how many guests the network has before them,
    ``disk`` the folder of this machine where their volumes lie."""
    first = ipaddress.ip_network(network.subnet).network_address + FIRST + number
    return [definition.Guest(name=f"{name}{index + 1:02}", image=image, network=network, address=str(first + index),
                             capabilities=list(capabilities), disk=str(disk)) for index in range(count)]


@contextlib.contextmanager
def present(bed, guests, say):
    """Have the guests up for the length of a ``with`` block; they are removed at its end, however it ends."""
    engine.configure()
    access.prepare(guests, access.GUESTS)
    try:
        with turns.alone():
            turns.mend(containers.present, say)
            images.ensure(list({guest.image.name: guest.image for guest in guests}.values()), say)
            networks.ensure({guest.network.name: guest.network for guest in guests}.values(), say)
            containers.make(bed, guests, containers.present(definition.Guest.prefix), say)
        yield
    finally:
        containers.remove_all(say, definition.Guest.prefix)
