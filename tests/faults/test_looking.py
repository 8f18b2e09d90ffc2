# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whoever looks at a host sees what is wrong with it."""
import os

from ansible_collections.nogcc.wheelhouse.tests.faults import looking


def test_another_wheel_under_the_name_of_one(host):
    """Its own list fits it; only the wheelhouse knows better."""
    host.deploy(1)
    looking.wait_until_discarded(host.layout)
    one, other = (host.layout.wheel(host.manifests[number]["wheels"][1]["sha256"]) for number in (0, 1))
    os.rename(one, one + "-kept")
    os.rename(other, one)
    os.rename(one + "-kept", other)
    found = [text for text in host.broken([1]) if text.endswith("is another wheel")]
    assert sorted(found) == sorted("{0} is another wheel".format(tree) for tree in (one, other))


def test_what_is_not_active(host):
    (found,) = host.broken([1, 2])
    assert found == "{0} is active".format(host.ids[0])
    assert host.broken([0]) == []
