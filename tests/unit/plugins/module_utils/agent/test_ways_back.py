# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whatever was deployed, rolled back and cut off before: when what is active turns out to be sick, going back leads away from it."""
import contextlib
import os

import pytest
from hypothesis import HealthCheck, example, given, settings, strategies as st

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent import history
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.activate import activate, rollback
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.layout import Layout
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common import steps
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError

RELEASES = ["{0:016x}".format(number) for number in range(3)]
MOMENTS = st.sampled_from(["noted", "link made", "switched", "restarted", "written down", None])  # None: it comes to its end
# a release to deploy, or "" to roll back, or - and a release that somebody takes away
STEPS = st.lists(st.tuples(st.sampled_from(RELEASES + [""] + ["-" + release for release in RELEASES]), MOMENTS), min_size=1, max_size=6)


class CutOff(BaseException):
    """As if the process was killed there."""


@pytest.fixture(name="host")
def fixture_host(tmp_path, monkeypatch):
    """Return a function that gives a new host on which all releases are staged."""
    numbers = iter(range(10 ** 6))

    def make():
        layout = Layout(str(tmp_path / str(next(numbers))))
        for release in RELEASES:
            os.makedirs(layout.release("shop", release))
        os.makedirs(layout.tmp)
        open(layout.lock, "w").close()
        return layout
    monkeypatch.setattr(steps, "hook", None)
    return make


def carry_out(layout, release, moment, health=None):
    """Do what a step says, and be cut off at that moment; return why it failed, or ""."""
    if release.startswith("-"):
        if release[1:] != layout.current_release("shop") and os.path.isdir(layout.release("shop", release[1:])):
            os.rmdir(layout.release("shop", release[1:]))
        return ""

    def hook(name):
        if name == moment:
            raise CutOff
    steps.hook = hook
    asked = {"health": health, "health_seconds": 0}
    try:
        with contextlib.suppress(CutOff):
            if release:
                activate(layout.root, "shop", release, **asked)
            else:
                rollback(layout.root, "shop", **asked)
    except WheelhouseError as error:
        return error.message
    finally:
        steps.hook = None
    return ""


@settings(max_examples=int(os.environ.get("WHEELHOUSE_TEST_MOMENTS") or 60), deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(before=STEPS, after=st.lists(MOMENTS, max_size=2))
@example(before=[(RELEASES[2], None), (RELEASES[1], None), (RELEASES[2], "switched"), (RELEASES[1], "noted")], after=[])
@example(before=[(RELEASES[0], None), (RELEASES[1], None), (RELEASES[2], "noted"), ("", "restarted")], after=[None])
def test_a_sick_release_is_left(host, before, after):
    """``after`` it is sick, it is deployed once more, and cut off again or not."""
    layout = host()
    for release, moment in before:
        carry_out(layout, release, moment)
    sick = layout.current_release("shop")
    health = "test $(readlink {0}) != releases/{1}".format(layout.current("shop"), sick)
    for moment in after if sick else ():
        carry_out(layout, sick, moment, health)
    others = set(history.stack(history.read(layout.history("shop")))) & set(layout.release_ids("shop")) - {sick}  # where there is a way back
    said = []
    while sick and layout.current_release("shop") == sick and len(said) < 4:
        said.append(carry_out(layout, "", None, health))
    assert not sick or not others or layout.current_release("shop") != sick, said
