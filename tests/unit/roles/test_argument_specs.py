# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The reference of a role, ``meta/argument_specs.yml``, agrees with its ``defaults/main.yml``."""
import pathlib

import jinja2
import pytest
import yaml
from jinja2.nativetypes import NativeEnvironment

ROLES = pathlib.Path(__file__).resolve().parents[3] / "roles"
UNSET = object()


def load(role, path):
    return yaml.safe_load((ROLES / role / path).read_text(encoding="utf-8"))


def value_of(text):
    """Return what a default is when the user has set nothing, UNSET when it is then undefined."""
    if not isinstance(text, str) or "{{" not in text:
        return text
    value = NativeEnvironment().from_string(text).render()
    return UNSET if isinstance(value, jinja2.Undefined) else value


def cases():
    found = []
    for role in sorted(path.name for path in ROLES.iterdir()):
        for entry_point in load(role, "meta/argument_specs.yml")["argument_specs"]:
            found.append((role, entry_point))
    return found


@pytest.mark.parametrize("role, entry_point", cases())
def test_defaults_and_specs_agree(role, entry_point):
    options = load(role, "meta/argument_specs.yml")["argument_specs"][entry_point]["options"]
    defaults = {name: value_of(text) for name, text in load(role, "defaults/main.yml").items()}
    assert set(defaults) <= set(options), "a default without an option"
    for name, option in options.items():
        default = defaults.get(name, UNSET)
        assert option.get("default", UNSET) == (default if default is not None else UNSET), name
        if option.get("required"):
            assert default is UNSET, f"{name} is required, yet has a default"
        assert name in defaults or not option.get("required"), f"{name} is required, and nothing shared is taken for it"


@pytest.mark.parametrize("role, entry_point", cases())
def test_names_carry_the_roles_prefix_and_are_explained(role, entry_point):
    spec = load(role, "meta/argument_specs.yml")["argument_specs"][entry_point]
    assert spec["short_description"] and spec["description"] and spec["author"]
    for name, option in spec["options"].items():
        assert name.startswith(f"{role}_") and option["description"] and option["type"]
        assert option["type"] != "list" or "elements" in option


@pytest.mark.parametrize("role, entry_point", cases())
def test_every_entry_point_has_its_tasks(role, entry_point):
    assert (ROLES / role / f"tasks/{entry_point}.yml").is_file()
