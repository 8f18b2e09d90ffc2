# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A rollback that can't stay where it leads to."""
import re

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent import history
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.activate import activate, rollback
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.layout import Layout
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.status import status
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError


@pytest.mark.parametrize("named", [False, True])
def test_a_rollback_to_a_release_that_is_not_well(staged, root, systemd, named):
    """It is on what was active before the rollback again, and to go back once more leads to the same."""
    one, two, layout = staged("1.0"), staged("2.0"), Layout(root)
    for release in (one, two):
        activate(root, "shop", release, services=["shop"])
    health = "test $(readlink {0}) = releases/{1} || {{ echo unwell; false; }}".format(layout.current("shop"), two)
    asked = {"services": ["shop"], "health": health, "health_seconds": 0.2, "release": one if named else None}
    said = "the release {0} of shop is not well: the health command ended with status 1.*; {1} is active again$".format(one, two)
    for _attempt in range(2):
        with pytest.raises(WheelhouseError) as caught:
            rollback(root, "shop", **asked)
        assert re.match(said, caught.value.message) and "unwell" in caught.value.log and "the journal of shop" in caught.value.log
        last = history.read(layout.history("shop"))[-1]
        assert (last["action"], last["from"], last["to"], last["outcome"]) == ("rollback", two, one, "failed")
        assert layout.current_release("shop") == two
        assert status(root, "shop")["unfinished"] is None and status(root, "shop")["previous"] == one
    assert systemd.asked() == ["restart shop"] * 6
