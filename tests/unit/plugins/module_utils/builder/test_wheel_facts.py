# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import zipfile

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder import archives, wheel_facts
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.module_utils.builder.package_factory import wheel_of


def read(tmp_path, data, filename="my_app-1.0-py3-none-any.whl"):
    (tmp_path / filename).write_bytes(data)
    return wheel_facts.read_facts(str(tmp_path / filename), filename)


def test_what_is_read(tmp_path):
    assert read(tmp_path, wheel_of("my-app", requires=["lib>=1", "x; extra == 'y'"])) == {
        "name": "my-app", "version": "1.0", "requires": ["lib>=1", "x; extra == 'y'"], "requires_python": None,
        "libc_version": None, "libraries": [], "optional": [], "carries": [], "symbols": {}, "users": [], "paths": []}


@pytest.mark.parametrize("stated", ["My.App", "my_app", "MY-APP"])
def test_spellings_of_the_same_name(tmp_path, stated):
    assert read(tmp_path, wheel_of("my-app", stated=stated))["name"] == "my-app"


@pytest.mark.parametrize("data, filename", [
    (b"nonsense", "my_app-1.0-py3-none-any.whl"), (wheel_of("other"), "my_app-1.0-py3-none-any.whl"),
    (wheel_of("my-app", "2.0"), "my_app-1.0-py3-none-any.whl"), (wheel_of("my-app"), "nonsense.whl"),
    (wheel_of("my-app")[:-30], "my_app-1.0-py3-none-any.whl"),
])
def test_what_is_no_such_wheel(tmp_path, data, filename):
    with pytest.raises(WheelhouseError):
        read(tmp_path, data, filename)


def test_a_bomb_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "WHEEL_SIZE", 1 << 20)
    monkeypatch.setattr(wheel_facts, "needs_of", None)
    path = tmp_path / "my_app-1.0-py3-none-any.whl"
    path.write_bytes(wheel_of("my-app"))
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("my_app/zeros", b"\x7fELF" + bytes(4 << 20))
    with pytest.raises(WheelhouseError, match="can't be used: it unpacks to 4194") as caught:
        wheel_facts.read_facts(str(path), path.name)
    assert "hostile" in caught.value.hint


def test_facts_are_remembered(store, monkeypatch):
    calls = []
    monkeypatch.setattr(wheel_facts, "read_facts", lambda path, filename: calls.append(path) or {"name": "app"})
    wheel = ("ab" * 32, "app-1.0-py3-none-any.whl")
    assert wheel_facts.facts_of(store, *wheel) == wheel_facts.facts_of(store, *wheel)
    assert len(calls) == 1
