# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Build hosts that a play takes in batches: each batch does the whole work, because the hosts of another one are not at it."""
import re

import pytest
import yaml

PLATFORM = {"python": "3.11", "abi": "cp311", "machine": "x86_64", "libc": "glibc", "libc_version": "2.36", "os": "debian-12"}
SHOW = "{{ inventory_hostname }} is {{ __build_part.share }} of {{ __build_part.shares }} for {{ __build_part.platforms | length }}"


@pytest.mark.parametrize("serial, parts", [
    (None, {"b01": "0 of 3 for 1", "b02": "1 of 3 for 0", "b03": "2 of 3 for 0"}),
    (1, {"b01": "0 of 1 for 1", "b02": "0 of 1 for 1", "b03": "0 of 1 for 1"}),
    ([1, 2], {"b01": "0 of 1 for 1", "b02": "0 of 2 for 1", "b03": "1 of 2 for 0"}),
])
def test_the_work_is_divided_within_a_batch(fleet, serial, parts):
    tasks = [{"name": "Plan", "ansible.builtin.set_fact": {"__build_plan": {"host": "{{ inventory_hostname }}", "platform": PLATFORM}}},
             {"name": "Divide", "ansible.builtin.include_role": {"name": "nogcc.wheelhouse.build", "tasks_from": "divide_work"}},
             {"name": "Show", "ansible.builtin.debug": {"msg": SHOW}}]
    play = {"hosts": "prod", "gather_facts": False, "tasks": tasks}
    path = fleet.folder / "serial.yml"
    path.write_text(yaml.safe_dump([{**play, **({"serial": serial} if serial else {})}]))
    done = fleet.play(str(path), sorted(parts))
    assert dict(re.findall(r'"msg": "(b\d+) is (.*)"', done.stdout)) == parts, done.stdout
