# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.manifest import manifest_id, places
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils import auditing
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.wheelhouse import Wheelhouse
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.module_utils.agent.wheel_factory import Store


def test_only_manifests_that_are_there(tmp_path):
    store = Store(tmp_path)
    manifest = store.manifest(store.wheel())
    wheelhouse = Wheelhouse(str(tmp_path))
    wheelhouse.publish(manifest, manifest)
    (tmp_path / "releases/shop" / f"{'1' * 16}.json").write_text("{")
    said = []
    assert auditing.known_manifests(wheelhouse, "shop", [manifest_id(manifest), "0" * 16, "1" * 16], said.append) == [manifest]
    assert len(said) == 1 and f"{'1' * 16}.json is damaged" in said[0]


def test_all_that_a_release_is_made_of_has_its_seal(tmp_path):
    store = Store(tmp_path)
    manifest = store.manifest(store.wheel(), store.wheel("lib", files={"lib.py": ""}))
    wanted = {sha256 for sha256, _size in places(manifest).values()}
    assert len(wanted) == 4 and set(auditing.seals(Wheelhouse(str(tmp_path)), [manifest, manifest])) == wanted


class Host:
    """Stands for a production host that has these releases, of which nothing was altered."""

    args = {"app": "shop", "root": "/opt/wheelhouse"}

    def __init__(self, *releases):
        self.action, self.releases, self.said = self, list(releases), []
        self.show = self.said.append

    def call(self, *_calls):
        return [{"releases": self.releases, "findings": []}]


def test_a_release_that_came_after_the_first_look_is_no_foreign_one(tmp_path):
    store = Store(tmp_path)
    manifests = [store.manifest(store.wheel(version=version)) for version in ("1", "2")]
    wheelhouse = Wheelhouse(str(tmp_path))
    for manifest in manifests:
        wheelhouse.publish(manifest, manifest)
    (tmp_path / "releases/shop" / f"{'1' * 16}.json").write_text("{")
    first, second = map(manifest_id, manifests)
    host = Host(first, second, "0" * 16, "1" * 16)
    found = auditing.Repair(host, wheelhouse, [first]).audit(look_for_tools=False)
    folder = "/opt/wheelhouse/apps/shop/releases"
    assert [(finding["what"], finding["path"]) for finding in found["findings"]] == [("foreign", f"{folder}/{'0' * 16}"), ("foreign", f"{folder}/{'1' * 16}")]
    assert len(host.said) == 1 and "is damaged" in host.said[0]


def test_what_is_told():
    findings = [{"what": "changed", "path": f"/opt/{number:03}", "why": "its bytes are others", "remedy": "repair"} for number in range(auditing.SHOWN + 2)]
    text = auditing.told("shop", {"findings": findings[::-1]})
    assert text.splitlines()[:2] == ["shop is not what its manifest says, in 202 places:", "- changed: /opt/000: its bytes are others"]
    assert "- and 2 more" in text and text.endswith("deploy_repair=true puts 202 of them right")
    assert auditing.told("shop", {"findings": findings[:1]}).startswith("shop is not what its manifest says, in 1 place:")


def test_what_is_told_of_who_puts_it_right():
    findings = [{"what": "changed", "path": f"/opt/{remedy}", "why": "so", "remedy": remedy} for remedy in ("hand", "deploy", "repair", "hand")]
    assert auditing.told("shop", {"findings": findings}).splitlines()[1:] == [
        "- changed: /opt/deploy: so", "- changed: /opt/hand: so (by hand)", "- changed: /opt/hand: so (by hand)", "- changed: /opt/repair: so",
        "  -> the deploy playbook with deploy_repair=true puts 1 of them right", "  -> the deploy playbook puts 1 of them right",
        "  -> 2 of them (by hand) are left for you to decide"]
    assert "deploy_repair" not in auditing.told("shop", {"findings": findings[:2]})


def test_the_history():
    entries = [{"time": "2026-01-01T00:00:00Z", "user": "ann", "host": "desk", "action": "deploy", "from": None, "to": "a", "outcome": "ok"}, {"to": "b"}]
    assert auditing.history_lines(entries) == ["? ?@? ? none -> b: ?", "2026-01-01T00:00:00Z ann@desk deploy none -> a: ok"]
