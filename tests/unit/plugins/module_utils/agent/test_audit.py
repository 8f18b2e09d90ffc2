# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whatever is altered on a host is named, and put right when asked to."""
import marshal
import os
import shutil
import subprocess
import sys

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent import audit as module, bytecode, history, record, tools, unpack
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.activate import activate
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.audit import audit
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.layout import Layout
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.repair import repair
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.seal import seal_of_tree
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.stage import stage
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.status import status
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.manifest import manifest_id

FILES = {"shop/__init__.py": "x = 1\n", "shop/caf\u00e9.py": "", "shop/data.txt": "data"}
SITE = "lib/python{0}.{1}/site-packages".format(*sys.version_info)
EXTRA = [("shop-1.0.data/scripts/tool", b"#!python\nprint(1)\n"), ("shop-1.0.data/data/share/shop.txt", b"shared"),
         ("shop-1.0.dist-info/entry_points.txt", b"[console_scripts]\nshop = shop:main\n")]


class Host:
    """A host with one active release, and one before it that shares a wheel."""

    def __init__(self, store, root):
        self.store = store
        self.root = root
        self.layout = Layout(root)
        lib = store.wheel("lib", files={"lib/__init__.py": "y = 1\n"})
        self.before = self.deploy(lib, store.wheel(version="0.9"))
        self.manifest = store.manifest(lib, store.wheel(files=FILES, extra=EXTRA, project=True))
        self.release = self.deploy(*self.manifest["wheels"])
        self.site = os.path.join(self.layout.release("shop", self.release), SITE)

    def deploy(self, *entries):
        manifest = self.store.manifest(*entries)
        stage(self.root, "shop", manifest, stream=self.store.tar(manifest))
        activate(self.root, "shop", manifest_id(manifest))
        return manifest_id(manifest)

    def audit(self, **options):
        options.setdefault("manifests", [self.manifest])
        return audit(self.root, "shop", look_for_tools=False, **options)

    def findings(self, **options):
        return {(found["what"], os.path.relpath(found["path"], self.root)) for found in self.audit(**options)["findings"]}

    def repair(self, **options):
        options.setdefault("manifests", [self.manifest])
        places = self.audit(manifests=options["manifests"], seals=options.get("seals"))["places"]
        return repair(self.root, "shop", stream=self.store.tar(self.manifest, only=places) if places else None, **options)


@pytest.fixture
def host(store, root):
    return Host(store, root)


def snapshot(root):
    paths = [os.path.join(folder, name) for folder, folders, files in os.walk(root) for name in folders + files]
    return sorted((path, os.lstat(path).st_mtime_ns, os.lstat(path).st_ino) for path in paths)


def test_nothing_is_wrong(host):
    before = snapshot(host.root)
    found = host.audit()
    assert found["findings"] == [] and found["places"] == [] and found["repairable"] == 0
    assert (found["current"], found["previous"], found["releases"]) == (host.release, host.before, sorted([host.release, host.before]))
    assert found["files"] > 40 and found["wheels"] == 6  # three wheels and their bytecode
    assert [entry["to"] for entry in found["history"]] == [host.before, host.release]
    assert snapshot(host.root) == before
    assert host.repair() == {"changed": False, "repaired": [], "sent": 0, "restarted": []}
    assert host.audit()["findings"] == []


def test_a_release_that_lies_elsewhere(host):
    """It may be right there, but who may write there is another question."""
    path = host.layout.release("shop", host.release)
    os.rename(path, os.path.join(host.root, "..", "moved"))
    os.symlink("../../../../moved", path)
    assert host.findings() == {("changed", os.path.relpath(path, host.root))}
    assert host.audit()["releases"] == sorted([host.release, host.before])


def test_a_release_that_is_removed_meanwhile_is_no_drift(host, monkeypatch):
    looks = []

    def read(*arguments):
        real(*arguments)
        looks.append(arguments)
        if len(looks) == 1:  # as a prune would
            os.rename(host.layout.release("shop", host.before), os.path.join(host.layout.tmp, "old"))
            shutil.rmtree(os.path.join(host.layout.tmp, "old"))
    real = module._read_manifests
    monkeypatch.setattr(module, "_read_manifests", read)
    found = host.audit()
    assert found["findings"] == [] and found["releases"] == [host.release] and len(looks) == 2


def test_what_a_killed_run_left_is_no_drift(host):
    """A note under its temporary name, and a link; elsewhere, or under another name, nobody removes them."""
    app = host.layout.app("shop")
    for path in (os.path.join(app, "current.new"), os.path.join(app, "current.old"), os.path.join(host.root, "current.new")):
        os.symlink("releases/" + host.before, path)
    with open(os.path.join(app, ".tmp-wheelhouse-half0000"), "w") as stream:
        stream.write("{")
    assert host.findings() == {("added", "apps/shop/current.old"), ("added", "current.new")}
    activate(host.root, "shop", host.release)
    assert sorted(name for name in os.listdir(app) if name not in ("releases", "history.jsonl")) == ["current", "current.old"]


def test_drift_is_looked_at_once(host, monkeypatch):
    looks = []
    real = module.survey
    monkeypatch.setattr(module, "survey", lambda *arguments: looks.append(arguments) or real(*arguments))
    edit(os.path.join(host.site, "shop", "data.txt"))
    assert host.audit()["findings"] and len(looks) == 1


def edit(path, data=b"other"):
    os.chmod(path, 0o644)
    with open(path, "wb") as stream:
        stream.write(data)
    os.chmod(path, 0o444)


def edit_script(path):
    os.chmod(path, 0o755)
    edit(path)
    os.chmod(path, 0o555)


def replace(path):
    os.unlink(path)
    edit_new(path)


def edit_new(path):
    with open(path, "wb") as stream:
        stream.write(b"new")
    os.chmod(path, 0o444)


def folder_for_file(path):
    os.unlink(path)
    os.makedirs(os.path.join(path, "deep"))


def file_for_folder(path):
    shutil.rmtree(path)
    edit_new(path)


def relink(path):
    os.unlink(path)
    os.symlink("/bin/sh", path)


# what is done, where in the release, the kinds that are named
ALTERED = [
    (replace, SITE + "/shop/data.txt", {"changed"}),
    (edit, SITE + "/shop/data.txt", {"changed"}),
    (edit, SITE + "/shop/caf\u00e9.py", {"changed"}),
    (edit, SITE + "/shop/__pycache__/__init__.{0}.pyc".format(sys.implementation.cache_tag), {"changed"}),
    (os.unlink, SITE + "/shop/data.txt", {"missing"}),
    (relink, SITE + "/shop/data.txt", {"changed"}),
    (folder_for_file, SITE + "/shop/data.txt", {"changed"}),
    (file_for_folder, SITE + "/shop", {"added", "missing"}),
    (shutil.rmtree, SITE + "/shop", {"missing"}),
    (edit_new, SITE + "/shop/extra.py", {"added"}),
    (os.mkdir, SITE + "/empty", {"added"}),
    (edit_script, "bin/shop", {"changed"}),
    (edit_script, "bin/tool", {"changed"}),
    (relink, "bin/python", {"changed"}),
    (os.unlink, "bin/python3", {"missing"}),
    (edit, "pyvenv.cfg", {"changed", None}),
    (edit, "bin/activate", {"changed"}),
    (edit, "manifest.json", {"changed"}),
    (edit, SITE + "/shop-1.0.dist-info/RECORD", {"changed"}),
    (os.unlink, SITE + "/shop-1.0.dist-info/INSTALLER", {"missing"}),
    (edit, "share/shop.txt", {"changed"}),
    (lambda path: os.chmod(path, 0o666), SITE + "/shop/data.txt", {"permissions"}),
    (lambda path: os.chmod(path, 0o4555), "bin/shop", {"permissions"}),
    (lambda path: os.chmod(path, 0o777), SITE, {"permissions"}),
    (lambda path: os.chmod(path, 0o777), "", {"permissions"}),
]
if os.geteuid() == 0:
    ALTERED += [(lambda path: os.chown(path, 1234, -1), SITE + "/shop/data.txt", {"owner"}),
                (lambda path: os.chown(path, 1234, -1, follow_symlinks=False), "bin/python", {"owner"})]


@pytest.mark.parametrize("alter, where, kinds", ALTERED, ids=[str(number) for number in range(len(ALTERED))])
def test_altered_in_the_release(host, alter, where, kinds):
    path = os.path.join(host.layout.release("shop", host.release), where).rstrip("/")
    alter(path)
    found = {(what, name) for what, name in host.findings() if name.startswith("apps/")}
    below = os.path.relpath(path, host.root)
    assert {what for what, _name in found} == kinds - {None} and all(name == below or name.startswith(below + "/") for _what, name in found)
    done = host.repair()
    assert done["changed"] and done["repaired"]
    assert host.audit()["findings"] == []
    python = os.path.join(host.layout.current("shop"), "bin", "python")
    assert subprocess.run([python, "-c", "import shop, lib; assert shop.x == 1"], check=False).returncode == 0
    assert host.repair()["changed"] is False
    assert os.listdir(host.layout.tmp) == []


def break_index(tree):
    edit(os.path.join(tree, unpack.INDEX), b"{")


def drop_file(tree):
    os.unlink(os.path.join(tree, "site/shop/data.txt"))


def add_file(tree):
    edit_new(os.path.join(tree, "site/shop/more.py"))


@pytest.mark.parametrize("alter", [shutil.rmtree, break_index, drop_file, add_file, lambda tree: os.chmod(tree, 0o777)])
@pytest.mark.parametrize("manifests", [True, False])
def test_altered_in_the_store(host, alter, manifests):
    tree = host.layout.wheel(host.manifest["wheels"][1]["sha256"])
    alter(tree)
    options = {} if manifests else {"manifests": ()}
    assert any(name.startswith("wheels/") for _what, name in host.findings(**options))
    assert host.repair(**options)["changed"]
    assert host.audit()["findings"] == []
    module_path = os.path.join(host.site, "shop", "data.txt")
    assert os.path.samefile(module_path, os.path.join(tree, "site", "shop", "data.txt"))


def edit_module(tree):
    """Alter a file of a wheel, and its line in the wheel's list."""
    index, data = unpack.read_index(tree), b"evil"
    (file,) = [file for file in index["files"] if file[1] == "shop/data.txt"]
    file[2] = record.row_of("", data)[1]
    edit(os.path.join(tree, "site/shop/data.txt"), data)
    edit(os.path.join(tree, unpack.INDEX), module.json.dumps(index).encode())


def edit_command(tree):
    """Have a command call another function."""
    index = unpack.read_index(tree)
    index["commands"]["shop"] = ["code", "interact"]
    edit(os.path.join(tree, unpack.INDEX), module.json.dumps(index).encode())


def edit_bytecode(tree):
    """Have an application run another code than that of its source, which nobody looks at when it is loaded (PEP 552)."""
    index = bytecode.read_index(tree)
    (name,) = [name for name in index if name.startswith("shop/__pycache__/__init__.")]
    path = os.path.join(tree, "site", name)
    with open(path, "rb") as stream:
        data = stream.read()[:16] + marshal.dumps(compile("x = 2", "shop", "exec"))
    index[name][1] = record.row_of("", data)[1]
    edit(path, data)
    edit(os.path.join(tree, bytecode.INDEX), module.json.dumps(index).encode())


@pytest.mark.parametrize("alter, kind", [(edit_module, "wheels"), (edit_command, "wheels"), (edit_bytecode, "bytecode")])
def test_what_was_altered_with_its_list(host, alter, kind):
    """Consistent on the host, and yet not what the wheelhouse holds."""
    entry = host.manifest["wheels"][1]
    place, tree = ("wheels/{0}/x.whl".format(entry["sha256"]), host.layout.wheel(entry["sha256"])) if kind == "wheels" else (
        "bytecode/{0}.zip".format(entry["bytecode"]["sha256"]), host.layout.bytecode(entry["bytecode"]["sha256"]))
    seals = {os.path.basename(tree): seal_of_tree(place, tree)}
    assert host.findings(seals=seals) == set()
    alter(tree)
    assert ("changed", os.path.relpath(tree, host.root)) in host.findings(seals=seals)
    done = host.repair(seals=seals)
    assert done["sent"] == 1 and {entry["path"]: entry["why"] for entry in done["repaired"]}[tree] == (
        "its list of files is not that of the {0} in the wheelhouse".format("wheel" if kind == "wheels" else "bytecode"))
    assert host.findings(seals=seals) == set() and seal_of_tree(place, tree) == seals[os.path.basename(tree)]
    with open(os.path.join(host.site, "shop/data.txt")) as stream:
        assert stream.read() == "data"
    assert imported(host) == "1"


def test_altered_bytecode_is_what_runs(host):
    edit_bytecode(host.layout.bytecode(host.manifest["wheels"][1]["bytecode"]["sha256"]))
    assert host.findings() == set() and imported(host) == "2"


def imported(host):
    """Return what the application of the active release has as ``shop.x``."""
    python = os.path.join(host.layout.current("shop"), "bin", "python")
    return subprocess.run([python, "-c", "import shop; print(shop.x)"], stdout=subprocess.PIPE, check=True).stdout.decode().strip()


def test_the_release_before_is_looked_at_too(host):
    edit(os.path.join(host.layout.wheel(host.manifest["wheels"][0]["sha256"]), "site/lib/__init__.py"))
    changed = {name.split("/")[3] for what, name in host.findings() if name.startswith("apps/")}
    assert changed == {host.release, host.before}
    host.repair()
    assert host.findings() == set()


def test_what_is_nobodys_release(host):
    releases = host.layout.releases("shop")
    shutil.copytree(os.path.join(releases, host.before), os.path.join(releases, host.before + ".bak"), symlinks=True)
    shutil.copytree(os.path.join(releases, host.before), os.path.join(releases, "0" * 16), symlinks=True)
    os.makedirs(os.path.join(releases, "1" * 16))
    os.makedirs(os.path.join(host.root, "wheels", "mine"))
    edit_new(os.path.join(host.root, "note"))
    assert {what: name for what, name in host.findings() if what == "added"} == {"added": "note"}
    foreign = {os.path.basename(name) for what, name in host.findings() if what == "foreign"}
    assert foreign == {host.before + ".bak", "0" * 16, "1" * 16, "mine"}
    host.repair()
    assert {os.path.basename(name) for what, name in host.findings()} == {"note"}


def test_an_active_release_that_is_none_is_never_taken_away(host):
    edit(os.path.join(host.layout.release("shop", host.release), "manifest.json"), b"{}")
    with pytest.raises(WheelhouseError, match="could not be put right"):
        host.repair(manifests=())
    assert host.layout.current_release("shop") == host.release and os.path.isdir(host.layout.current("shop"))


def test_link_and_activation(host):
    link = host.layout.current("shop")
    os.unlink(link)
    assert ("missing", "apps/shop/current") in host.findings()
    os.symlink("releases/" + host.before, link)
    assert ("changed", "apps/shop/current") in host.findings()  # not the one that was activated last
    os.unlink(link)
    for target in ("releases/none", "releases/" + "0" * 16, "/old"):
        os.symlink(target, link)
        assert ("changed", "apps/shop/current") in host.findings()
        os.unlink(link)
    os.mkdir(link)
    assert ("changed", "apps/shop/current") in host.findings()
    os.rmdir(link)
    edit_new(host.layout.activating("shop"))
    with open(host.layout.activating("shop") + "x", "w") as stream:
        stream.write('{"action": "deploy", "from": null, "to": "x"}')
    os.rename(host.layout.activating("shop") + "x", host.layout.activating("shop"))
    assert ("unfinished", "apps/shop/activating.json") in host.findings()


def test_folders_that_others_may_write_to(host):
    for folder in ("", "wheels", "apps", "apps/shop", "apps/shop/releases"):
        path = os.path.join(host.root, folder)
        os.chmod(path, 0o777)
        assert host.findings() == {("permissions", os.path.relpath(path, host.root))}
        os.chmod(path, 0o755)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_folders_of_another_user(host):
    for folder in ("", "wheels", "apps", "apps/shop", "apps/shop/releases"):
        path = os.path.join(host.root, folder)
        os.chown(path, 1234, -1)
        assert ("owner", os.path.relpath(path, host.root)) in host.findings()
        os.chown(path, 0, -1)
    subprocess.run(["chown", "-R", "1234", host.root], check=True)
    assert ("owner", ".") in host.findings()


def test_a_folder_among_the_apps_that_is_none(host):
    os.mkdir(os.path.join(host.root, "apps", "old shop"))
    assert host.findings() == {("added", "apps/old shop")}


def test_a_repair_does_not_forget_where_to_go_back_to(host):
    history.begin_activating(host.layout, "shop", "deploy", host.before, host.layout.current_release("shop"), confirm=60, services=[])
    edit(os.path.join(host.site, "shop/data.txt"))
    host.repair()
    assert history.read_activating(host.layout, "shop")["from"] == host.before


def test_services_that_run_what_was_altered_are_restarted(host, systemd):
    edit(os.path.join(host.site, "shop/data.txt"))
    assert host.repair(services=["shop"])["restarted"] == ["shop"] and systemd.asked() == ["restart shop"]
    edit_new(os.path.join(host.layout.release("shop", host.before), "extra"))
    assert host.repair(services=["shop"])["restarted"] == [] and systemd.asked() == ["restart shop"]
    assert [entry["action"] for entry in host.audit()["history"]] == ["deploy", "deploy", "repair", "repair"]
    assert status(host.root, "shop")["previous"] == host.before


def test_a_repair_that_was_cut_off_restarts_later(host, systemd, monkeypatch):
    edit(os.path.join(host.site, "shop/data.txt"))
    with monkeypatch.context() as patch:
        patch.setattr("ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.repair._restart", lambda *_all: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            host.repair(services=["shop"])
    assert status(host.root, "shop")["unfinished"] == host.release
    with pytest.raises(WheelhouseError, match="active before as well, and is left so"):
        activate(host.root, "shop", host.release, services=["shop"], health="false", health_seconds=0.1)
    assert host.layout.current_release("shop") == host.release
    assert activate(host.root, "shop", host.release, services=["shop"])["restarted"] == ["shop"]
    assert status(host.root, "shop")["unfinished"] is None and status(host.root, "shop")["previous"] == host.before


def test_what_nobody_sent(host):
    shutil.rmtree(host.layout.wheel(host.manifest["wheels"][1]["sha256"]))
    with pytest.raises(WheelhouseError, match="nobody sent it"):
        repair(host.root, "shop", [host.manifest])
    assert host.layout.current_release("shop") == host.release and os.path.isdir(host.layout.current("shop"))


def test_commands_modules_and_packages(tmp_path, monkeypatch):
    names = {"gcc", "x86_64-linux-gnu-gcc-12", "cc", "g++-12", "clang-14", "pip3", "pip3.11", "uv", "cargo", "tcc"}
    for name in names | {"gccgo-notes", "pipx-like", "uvicorn", "ccache-off", "python3"}:
        (tmp_path / name).write_text("")
        (tmp_path / name).chmod(0o755)
    (tmp_path / "c++").write_text("")  # nobody may run it
    assert {os.path.basename(path) for path in tools.commands([str(tmp_path), "/nowhere"])} == names
    place = tmp_path / "lib/python3/dist-packages/pip"
    place.mkdir(parents=True)
    (place / "__init__.py").write_text("")
    assert tools.modules([str(tmp_path)], "lib/python3.11") == [str(place)]
    (tmp_path / "dpkg-query").write_text("#!/bin/sh\nprintf 'ii libc6-dev\\nii libc6\\nrc zlib1g-dev\\nii device-tree\\n'\n")
    (tmp_path / "dpkg-query").chmod(0o755)
    monkeypatch.setenv("PATH", "{0}:{1}".format(tmp_path, "/nowhere"))
    assert tools.packages() == ["libc6-dev"]


def test_tools_are_findings(host, monkeypatch):
    monkeypatch.setattr(tools, "commands", lambda: ["/usr/bin/gcc"])
    monkeypatch.setattr(tools, "packages", lambda: ["libc6-dev"])
    monkeypatch.setattr(tools, "modules", lambda *_all: ["/usr/lib/python3/dist-packages/pip"])
    found = audit(host.root, "shop")
    assert [(entry["what"], entry["path"]) for entry in found["findings"]] == [
        ("tool", "/usr/bin/gcc"), ("tool", "/usr/lib/python3/dist-packages/pip"), ("package", "libc6-dev")]
    assert found["repairable"] == 0


def test_a_host_without_the_app(root):
    found = audit(root, "shop", look_for_tools=False)
    assert [(entry["what"], entry["why"]) for entry in found["findings"]] == [("missing", "no release is active")]
    assert not os.path.exists(root)
