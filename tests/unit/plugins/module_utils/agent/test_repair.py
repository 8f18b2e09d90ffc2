# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whatever an audit finds is right after a deploy with repair, or said to be left for a person."""
import os
import shutil
import subprocess

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent import environment, history, repair as module, tools
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.activate import activate
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.audit import audit
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.check import check
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.layout import Layout
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.repair import repair
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.stage import stage
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.status import status
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.manifest import manifest_id

NOBODY = 12345
APP = "apps/shop"


class Host:
    """A host with a release before, and one that is active, and whatever else may lie there in time."""

    def __init__(self, store, root):
        self.store, self.root, self.layout = store, root, Layout(root)
        self.manifests = [store.manifest(store.wheel(version=version, files={"shop/__init__.py": "x = 1\n"})) for version in ("1.0", "2.0")]
        self.before, self.release = (manifest_id(manifest) for manifest in self.manifests)
        for manifest in self.manifests:
            stage(root, "shop", manifest, stream=store.tar(manifest))
            activate(root, "shop", manifest_id(manifest))
        for name in ("agent/confirm.pyz", APP + "/accepted.json", APP + "/signatures/" + self.release):
            os.makedirs(os.path.dirname(os.path.join(root, name)), exist_ok=True)
            with open(os.path.join(root, name), "w", encoding="utf-8") as stream:
                stream.write("{}")
        os.makedirs(self.layout.incoming, exist_ok=True)
        os.makedirs(self.layout.discarded, exist_ok=True)

    def path(self, name):
        """Return the path of something below the root, where R and W stand for the active release and its wheel."""
        names = {"R": APP + "/releases/" + self.release, "W": "wheels/" + self.manifests[1]["wheels"][0]["sha256"]}
        return os.path.join(self.root, *(names.get(part, part) for part in name.split("/"))).rstrip("/")

    def findings(self):
        """Return (what, path, remedy) of what an audit says."""
        found = audit(self.root, "shop", self.manifests, look_for_tools=False)["findings"]
        return {(finding["what"], finding["path"], finding["remedy"]) for finding in found}

    def repair(self, **options):
        places = audit(self.root, "shop", self.manifests, look_for_tools=False)["places"]
        return repair(self.root, "shop", self.manifests, stream=self.store.tar(self.manifests[1], only=places) if places else None, **options)

    def deploy(self):
        """Do what the action does for the second release, with repair; return what the repair returned."""
        done = self.repair()
        found = status(self.root, "shop")
        if found["current"] != self.release or self.release not in found["releases"] or found["unfinished"]:
            stage(self.root, "shop", self.manifests[1], stream=self.store.tar(self.manifests[1]))
            activate(self.root, "shop", self.release)
        return done


@pytest.fixture(name="host")
def fixture_host(store, root):
    found = Host(store, root)
    assert found.findings() == set() and found.repair()["changed"] is False
    return found


def mode(bits):
    return lambda host, path: os.chmod(path, bits)


def give_away(host, path):
    os.chown(path, NOBODY, NOBODY, follow_symlinks=False)


def write(host, path):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as stream:
        stream.write("x")


def edit(host, path):
    os.chmod(path, 0o644)
    write(host, path)
    os.chmod(path, 0o444)


def remove(host, path):
    os.unlink(path)


def remove_all(host, path):
    shutil.rmtree(path)


def link_to(target):
    def call(host, path):
        os.unlink(path)
        os.symlink(target.format(host=host), path)
    return call


def put_in_place_of_a_folder(make):
    def call(host, path):
        os.rename(path, os.path.join(os.path.dirname(host.root), "moved"))
        make(os.path.join(os.path.dirname(host.root), "moved"), path)
    return call


TO_A_FILE = put_in_place_of_a_folder(lambda _moved, path: open(path, "w", encoding="utf-8").close())
TO_A_LINK = put_in_place_of_a_folder(os.symlink)
TO_A_DANGLING_LINK = put_in_place_of_a_folder(lambda moved, path: os.symlink(moved + "-on", path))


def leave_unfinished(host, path):
    history.begin_activating(host.layout, "shop", "deploy", host.before, host.release)


FOLDERS = ["", "apps", APP, APP + "/releases", APP + "/signatures", "wheels", "bytecode", "agent", "tmp", "incoming", "discarded"]
NOTES = [APP + "/history.jsonl", APP + "/accepted.json", "agent/confirm.pyz", "lock", APP + "/signatures/{release}"]
# what is found, what is done, where, what puts it right
DAMAGE = [("permissions", mode(0o777), folder, "repair") for folder in FOLDERS]
DAMAGE += [("permissions", mode(0o666), note, "repair") for note in NOTES]
DAMAGE += [
    ("permissions", mode(0o644), "lock", "repair"),
    ("permissions", mode(0o777), "R", "repair"),
    ("permissions", mode(0o777), "W/site/shop", "repair"),
    ("permissions", mode(0o777), "W", "repair"),
    ("permissions", mode(0o666), "R/manifest.json", "repair"),
    ("changed", edit, "R/manifest.json", "repair"),
    ("changed", edit, "W/site/shop/__init__.py", "repair"),
    ("changed", link_to("/bin/sh"), "R/bin/python", "repair"),
    *[("changed", turn, "R/" + folder, "repair") for folder in ("bin", "include", "lib") for turn in (TO_A_FILE, TO_A_LINK, TO_A_DANGLING_LINK)],
    ("added", TO_A_LINK, "R/{site}/shop", "repair"),
    ("missing", remove_all, "R/include", "repair"),
    ("missing", remove, "R/manifest.json", "repair"),
    ("missing", remove_all, "W", "repair"),
    ("added", write, "R/extra", "repair"),
    ("added", write, "W/site/extra.py", "repair"),
    ("foreign", write, APP + "/releases/mine/file", "repair"),
    ("foreign", write, "wheels/mine/file", "repair"),
    ("foreign", write, "bytecode/mine", "repair"),
    ("changed", link_to("{host.root}/apps/shop/releases/{host.release}"), APP + "/current", "repair"),
    ("changed", link_to("releases/{host.before}"), APP + "/current", "repair"),
    ("changed", remove, APP + "/history.jsonl", "repair"),
    ("changed", link_to("releases/0000000000000000"), APP + "/current", "deploy"),
    ("missing", remove, APP + "/current", "deploy"),
    ("missing", remove_all, "R", None),
    ("unfinished", leave_unfinished, APP + "/activating.json", "deploy"),
]
if os.geteuid() == 0:  # nobody else can give files away
    DAMAGE += [("owner", give_away, name, "repair") for name in [*FOLDERS, *NOTES, "R", "R/manifest.json", "R/bin/python", "W", "W/site/shop"]]


@pytest.mark.parametrize("what, damage, where, remedy", DAMAGE, ids=["{0} {1} {2}".format(number, row[0], row[2]) for number, row in enumerate(DAMAGE)])
def test_what_is_found_is_put_right(host, what, damage, where, remedy):
    path = host.path(where.format(release=host.release, site=environment.lib_folder() + "/site-packages"))
    damage(host, path)
    found = host.findings()
    assert {kind for kind, _path, _remedy in found} >= {what if remedy else "changed"} and "hand" not in {finding[2] for finding in found}
    if remedy:
        assert remedy in {finding[2] for finding in found if finding[0] == what}
    done = host.deploy()
    assert host.findings() == set()
    assert done["changed"] == ("repair" in {finding[2] for finding in found})
    assert bool(done["repaired"]) == done["changed"]
    assert host.layout.current_release("shop") == host.release
    assert host.repair()["changed"] is False


def link_elsewhere(host, path):
    os.rename(path, path + ".moved")
    os.symlink(path + ".moved", path)


def another_name(host, path):
    os.link(path, os.path.join(os.path.dirname(host.root), "another"))


# what is left for a person: what is found, what is done, where
LEFT = [
    ("added", write, "note"),
    ("added", write, APP + "/note"),
    ("added", write, "apps/old shop/note"),
    ("changed", link_elsewhere, APP + "/accepted.json"),
    ("changed", another_name, APP + "/history.jsonl"),
]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give something to somebody else")
def test_what_a_repair_would_refuse_is_foreseen(host):
    for folder, folders, files in os.walk(host.root):
        for name in [""] + folders + files:
            give_away(host, os.path.join(folder, name))
    manifest = host.store.manifest(host.store.wheel(version="3.0"))
    (blocker,) = check(host.root, "shop", manifest, repairing=True)["blockers"]
    assert "belongs to the user {0}".format(NOBODY) in blocker["message"]
    with pytest.raises(WheelhouseError, match="belongs to the user {0}".format(NOBODY)):
        host.repair()


def test_a_release_that_is_a_link_stops_no_repair_of_others(host):
    """It is for a person; the rest is put right, once."""
    os.rename(host.path(APP + "/releases/" + host.before), host.path("../moved"))
    os.symlink("../../../../moved", host.path(APP + "/releases/" + host.before))
    os.chmod(host.path("wheels"), 0o777)
    assert [found["what"] for found in host.deploy()["repaired"]] == ["permissions"]
    assert {finding[2] for finding in host.findings()} == {"hand"} and host.deploy()["changed"] is False


@pytest.mark.parametrize("what, damage, where", LEFT, ids=["{0} {1}".format(row[0], row[2]) for row in LEFT])
def test_what_is_found_is_left_for_a_person(host, what, damage, where):
    damage(host, host.path(where))
    found = host.findings()
    assert (what, "hand") in {(finding[0], finding[2]) for finding in found} and {finding[2] for finding in found} == {"hand"}
    assert host.deploy()["changed"] is False and host.findings() == found


@pytest.mark.parametrize("where", ["agent", "tmp", "wheels", APP, APP + "/releases", APP + "/signatures"])
def test_a_folder_that_is_a_link_is_left_for_a_person_and_nothing_is_done_before(host, where):
    link_elsewhere(host, host.path(where))
    os.chmod(host.path("R/manifest.json"), 0o666)
    found = host.findings()
    assert ("changed", host.path(where), "hand") in found
    with pytest.raises(WheelhouseError, match="{0} is a symbolic link".format(host.path(where))):
        host.deploy()
    assert host.findings() == found


def test_a_link_in_a_release_leads_nobody_out_of_it(host, tmp_path):
    """What lies where a folder of the release leads to is not the release's, whatever it is called."""
    outside = tmp_path / "outside"
    shutil.copytree(host.path("R/bin"), str(outside), symlinks=True)
    os.unlink(str(outside / "python"))
    (outside / "python").write_text("precious")
    shutil.rmtree(host.path("R/bin"))
    os.symlink(str(outside), host.path("R/bin"))
    before = sorted(os.listdir(str(outside)))
    host.deploy()
    assert host.findings() == set() and not os.path.islink(host.path("R/bin"))
    assert (outside / "python").read_text() == "precious" and sorted(os.listdir(str(outside))) == before


def test_a_release_that_is_a_link_leads_nobody_out_of_it(host):
    TO_A_LINK(host, host.path("R"))
    os.unlink(host.path("R/pyvenv.cfg"))
    with pytest.raises(WheelhouseError, match="{0} is a link, or no folder".format(host.path("R"))):
        host.deploy()
    assert not os.path.exists(host.path("R/pyvenv.cfg"))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_the_deploy_root_of_another_user_is_left_alone(host):
    subprocess.run(["chown", "-hR", str(NOBODY), host.root], check=True)
    with pytest.raises(WheelhouseError, match="and all that is in it, belongs to the user {0}".format(NOBODY)) as caught:
        host.repair()
    assert "deploy as that user" in caught.value.hint
    assert {os.lstat(host.path(name)).st_uid for name in ["", "lock", "wheels", "R", "R/manifest.json"]} == {NOBODY}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_below_the_folder_of_another_user_nothing_is_given_back(host):
    os.chown(os.path.dirname(host.root), NOBODY, -1)
    os.chmod(host.path("wheels"), 0o777)
    with pytest.raises(WheelhouseError, match="{0} belongs to the user".format(os.path.dirname(host.root))):
        host.repair()
    assert os.stat(host.path("wheels")).st_mode & 0o777 == 0o777


def test_the_folder_of_somebody_else_keeps_its_rights(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/letters").mkdir()
    (tmp_path / "mine").chmod(0o777)
    with pytest.raises(WheelhouseError, match="has what is not of nogcc.wheelhouse"):
        repair(str(tmp_path / "mine"), "shop")
    assert (tmp_path / "mine").stat().st_mode & 0o777 == 0o777


def test_tools_are_left_for_a_person(host, monkeypatch):
    monkeypatch.setattr(tools, "commands", lambda: ["/usr/bin/gcc"])
    monkeypatch.setattr(tools, "packages", lambda: ["libc6-dev"])
    monkeypatch.setattr(tools, "modules", lambda *_all: ["/usr/lib/python3/dist-packages/pip"])
    found = audit(host.root, "shop", host.manifests)
    assert [finding["remedy"] for finding in found["findings"]] == ["hand"] * 3 and found["repairable"] == 0


def test_all_at_once(host):
    for what, damage, where, _remedy in DAMAGE:
        path = host.path(where.format(release=host.release, site=""))
        if what in ("permissions", "owner") and os.path.lexists(path):
            damage(host, path)
    edit(host, host.path("W/site/shop/__init__.py"))
    write(host, host.path("R/extra"))
    host.deploy()
    assert host.findings() == set()


def test_where_another_hand_has_switched_the_services_are_restarted(host, systemd):
    """A repair only notes it; the deploy decides, and would go back to what was activated last."""
    link_to("releases/" + host.before)(host, host.layout.current("shop"))
    edit(host, host.path(APP + "/releases/" + host.before + "/manifest.json"))
    assert host.repair(services=["shop"])["restarted"] == []
    assert systemd.asked() == [] and status(host.root, "shop")["unfinished"] == host.before
    assert history.read_activating(host.layout, "shop")["from"] == host.release
    assert activate(host.root, "shop", host.before, services=["shop"])["restarted"] == ["shop"]
    assert host.findings() == set()


def test_another_hand_switched_to_what_is_not_well(host, systemd):
    link_to("releases/" + host.before)(host, host.layout.current("shop"))
    host.repair()
    systemd.fail(host.before)
    with pytest.raises(WheelhouseError, match="is active again"):
        activate(host.root, "shop", host.before, services=["shop"])
    assert host.layout.current_release("shop") == host.release and host.findings() == set()


def test_without_a_history_there_is_nothing_to_go_back_to(host, systemd):
    os.unlink(host.layout.history("shop"))
    host.repair()
    with pytest.raises(WheelhouseError, match="active before as well, and is left so"):
        activate(host.root, "shop", host.release, services=["shop"], health="false", health_seconds=0.1)
    assert host.layout.current_release("shop") == host.release


def test_what_waits_for_its_confirmation_is_not_a_switch(host):
    history.begin_activating(host.layout, "shop", "deploy", host.release, host.before, confirm=60, services=[])
    link_to("releases/" + host.before)(host, host.layout.current("shop"))
    assert {finding[2] for finding in host.findings()} == {"deploy"}
    assert host.repair()["changed"] is False
    assert history.read_activating(host.layout, "shop")["confirm"] == 60


def test_the_way_back_is_not_taken_away(host):
    """Nobody knows what the release before should hold; but while another one waits, it is where the host goes back to."""
    edit(host, host.path(APP + "/releases/" + host.before + "/manifest.json"))
    history.begin_activating(host.layout, "shop", "deploy", host.before, host.release, confirm=60, services=[])
    with pytest.raises(WheelhouseError, match="could not be put right") as caught:
        repair(host.root, "shop", host.manifests[1:])
    assert host.layout.release("shop", host.before) in caught.value.log and host.before in host.layout.release_ids("shop")
    history.end_activating(host.layout, "shop")
    repair(host.root, "shop", host.manifests[1:])
    assert host.before not in host.layout.release_ids("shop")


def test_a_root_without_the_app(root, store):
    os.makedirs(root)
    os.chmod(root, 0o777)
    assert repair(root, "shop")["changed"]
    assert os.stat(root).st_mode & 0o777 == 0o755 and not os.path.exists(Layout(root).app("shop"))


@pytest.mark.parametrize("where", ["R/manifest.json", "W/site/shop/__init__.py"])
def test_a_file_of_somebody_else_that_got_a_name_here_keeps_its_permissions(host, tmp_path, where):
    secret = tmp_path / "secret"
    secret.write_text("x")
    secret.chmod(0o600)
    os.unlink(host.path(where))
    os.link(str(secret), host.path(where))
    host.deploy()
    assert host.findings() == set()
    assert secret.read_text() == "x" and secret.stat().st_mode & 0o7777 == 0o600


def test_nobody_else_may_write_where_something_is_replaced(host, monkeypatch):
    folders = [host.path(name) for name in ("", "wheels", "W/site/shop", "R", "R/bin")]
    for folder in folders:
        os.chmod(folder, 0o777)
    edit(host, host.path("W/site/shop/__init__.py"))
    replace, modes = module._replace_trees, []

    def seen(*arguments):
        modes.extend(os.stat(folder).st_mode & 0o777 for folder in folders)
        return replace(*arguments)
    monkeypatch.setattr(module, "_replace_trees", seen)
    host.deploy()
    assert modes == [0o755] * len(folders) and host.findings() == set()
