# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whoever looks at a host sees what is wrong with it."""
import os

from ansible_collections.nogcc.wheelhouse.tests.faults import looking


def test_another_tree_under_the_name_of_one(host):
    """Its own list fits it; only the wheelhouse knows better."""
    host.deploy(1)
    looking.wait_until_discarded(host.layout)
    wheels = [host.manifests[number]["wheels"][1] for number in (0, 1)]
    trees = [[host.layout.wheel(wheel["sha256"]) for wheel in wheels], [host.layout.bytecode(wheel["bytecode"]["sha256"]) for wheel in wheels]]
    for one, other in trees:
        os.rename(one, one + "-kept")
        os.rename(other, one)
        os.rename(one + "-kept", other)
    found = [text for text in host.broken([1]) if text.endswith("is another one")]
    assert sorted(found) == sorted("{0} is another one".format(tree) for pair in trees for tree in pair)


def test_what_is_not_active(host):
    (found,) = host.broken([1, 2])
    assert found == "{0} is active".format(host.ids[0])
    assert host.broken([0]) == []
