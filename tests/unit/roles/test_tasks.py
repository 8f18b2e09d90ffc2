# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The tasks of the roles give our modules only what these take, and all that they need."""
import importlib
import pathlib
import re

import pytest
import yaml

ROLES = pathlib.Path(__file__).resolve().parents[3] / "roles"
PREFIX = "nogcc.wheelhouse."


def ours(tasks):
    """Give module name and arguments of each of our modules among some tasks, those in blocks too."""
    for task in tasks or []:
        for key, value in task.items():
            if key in ("block", "rescue", "always"):
                yield from ours(value)
            elif key.startswith(PREFIX):
                yield key[len(PREFIX):], value


CALLS = [(f"{path.parent.parent.name} {path.stem}: {name}", name, given)
         for path in sorted(ROLES.glob("*/tasks/*.yml")) for name, given in ours(yaml.safe_load(path.read_text(encoding="utf-8")))]


@pytest.mark.parametrize("name, given", [call[1:] for call in CALLS], ids=[call[0] for call in CALLS])
def test_arguments_are_known_and_documented(name, given):
    takes = importlib.import_module(f"ansible_collections.nogcc.wheelhouse.plugins.action.{name}").ActionModule.ARGUMENTS
    assert set(given) <= set(takes)
    assert {option for option, spec in takes.items() if spec.get("required")} <= set(given)
    assert ("wheelhouse_dir" in given) is ("wheelhouse_host" in given), "a folder belongs to a host"


def test_there_are_some():
    assert len(CALLS) > 8 and len(CONDITIONS) > 8


def conditions(tasks):
    """Give each condition of some tasks, those in blocks too."""
    for task in tasks or []:
        if "when" in task:
            yield task["when"]
        for key in ("block", "rescue", "always"):
            yield from conditions(task.get(key))


CONDITIONS = [(f"{path.parent.parent.name} {path.stem}", text)
              for path in sorted(ROLES.glob("*/tasks/*.yml")) for text in conditions(yaml.safe_load(path.read_text(encoding="utf-8")))]


@pytest.mark.parametrize("text", [condition[1] for condition in CONDITIONS], ids=[condition[0] for condition in CONDITIONS])
def test_what_a_user_switches_may_be_text(text):
    """``-e build_verify=false`` gives a text, which alone is no condition to ansible-core, and in company is true."""
    for variable in re.findall(r"\b(?:build|fetch|deploy|wheelhouse)_\w+", re.sub(r"__\w+(\.\w+)*", "", text)):
        assert re.search(rf"\b{variable} *(\| *(bool|length|default)\b|==|!=)", text), text
