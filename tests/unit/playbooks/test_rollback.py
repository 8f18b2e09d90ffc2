# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A rollback, and what it says before it is made."""
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent import history
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.layout import Layout


def test_a_dry_run_says_what_a_rollback_would_do(fleet):
    """After a deploy that was cut off before its switch the release stays the same, but its services are restarted."""
    first, second = (fleet.release(fleet.store.wheel(version=version)) for version in ("1.0", "2.0"))
    fleet.give("one", first)
    history.begin_activating(Layout(str(fleet.root("one"))), "shop", "deploy", first, second)
    for options in (["--check"], []):
        assert fleet.play("rollback", ["one"], *options).recap["one"]["changed"] == 1
    assert fleet.play("rollback", ["one"], "--check", wheelhouse_release=first).recap["one"]["changed"] == 0
