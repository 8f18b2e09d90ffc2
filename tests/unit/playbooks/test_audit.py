# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The audit playbook and deploy_repair, on hosts that are folders of this machine."""
import json
import marshal
import os
import shutil
import subprocess

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent import record
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.signing import sign
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.wheelhouse import Wheelhouse

HOSTS = ["a01", "a02"]
QUIET = {"deploy_audit_tools": False}


def alter(path, data=b"other"):
    path.chmod(0o644)
    path.write_bytes(data)
    path.chmod(0o444)


def told_of(done):
    """Return the findings that a run of the audit playbook tells: what, and where."""
    return {": ".join(line.strip()[2:].split(": ")[:2]) for line in done.stdout.splitlines() if line.strip().startswith("- ")}


def test_drift_is_named_on_each_host_and_put_right(fleet):
    release = fleet.release(fleet.store.wheel(files={"shop/__init__.py": "x = 1\n"}, project=True))
    fleet.play("deploy", HOSTS, wheelhouse_release=release)
    done = fleet.play("audit", HOSTS, **QUIET)
    assert "are what the manifests say" in done.stdout and f"deploy none -> {release}: ok" in done.stdout
    assert all(numbers["changed"] == 0 for numbers in done.recap.values())

    current = fleet.root("a01") / "apps/shop/current"
    (module,) = current.glob("lib/*/site-packages/shop/__init__.py")
    alter(module, b"x = 2\n")
    (module.parent / "extra.py").write_text("")
    shutil.rmtree(next((fleet.root("a02") / "wheels").iterdir()))
    os.unlink(fleet.root("a02") / "apps/shop/current/bin/python")
    before = sorted(str(path) for path in fleet.folder.joinpath("hosts").rglob("*"))
    done = fleet.try_to_play("audit", HOSTS, **QUIET)
    assert done.returncode != 0 and all(done.recap[name]["failed"] == 1 and done.recap[name]["changed"] == 0 for name in HOSTS)
    said = " ".join(done.stdout.split())
    for text in ("changed: ", "shop/__init__.py: its bytes are others", "added: ", "extra.py: nothing of that name", "a release needs it",
                 "deploy_repair=true puts"):
        assert text in said, done.stdout
    assert sorted(str(path) for path in fleet.folder.joinpath("hosts").rglob("*")) == before

    done = fleet.play("deploy", HOSTS, "--check", wheelhouse_release=release, deploy_repair=True)
    assert all(numbers["changed"] == 1 for numbers in done.recap.values())
    assert sorted(str(path) for path in fleet.folder.joinpath("hosts").rglob("*")) == before
    done = fleet.play("deploy", HOSTS, wheelhouse_release=release, deploy_repair=True)
    assert all(numbers["changed"] == 1 for numbers in done.recap.values())
    assert module.read_text() == "x = 1\n" and not (module.parent / "extra.py").exists()
    fleet.play("audit", HOSTS, **QUIET)
    done = fleet.play("deploy", HOSTS, wheelhouse_release=release, deploy_repair=True)
    assert all(numbers["changed"] == 0 for numbers in done.recap.values())


def test_what_a_repair_would_give_back_stops_no_check_mode(fleet):
    """The next release is foreseen as it would go: rights first, then the deploy."""
    first, second = (fleet.release(fleet.store.wheel(version=version, project=True)) for version in ("1.0", "2.0"))
    fleet.play("deploy", HOSTS[:1], wheelhouse_release=first)
    wheels = fleet.root("a01") / "wheels"
    wheels.chmod(0o777)
    done = fleet.try_to_play("deploy", HOSTS[:1], "--check", wheelhouse_release=second)
    assert done.returncode != 0 and "can be written by others" in done.stdout
    done = fleet.play("deploy", HOSTS[:1], "--check", wheelhouse_release=second, deploy_repair=True)
    assert done.recap["a01"]["changed"] == 1 and wheels.stat().st_mode & 0o777 == 0o777
    fleet.play("deploy", HOSTS[:1], wheelhouse_release=second, deploy_repair=True)
    assert wheels.stat().st_mode & 0o777 == 0o755


def alter_bytecode(root):
    """Have the application run another code than that of its source, and have the host's own list say that this lies there (PEP 552)."""
    (tree,) = (root / "bytecode").iterdir()
    ((name, line),) = json.loads((tree / "files.json").read_text()).items()
    path = tree / "site" / name
    data = path.read_bytes()[:16] + marshal.dumps(compile("x = 2", "shop", "exec"))
    alter(path, data)
    alter(tree / "files.json", json.dumps({name: [line[0], record.row_of("", data)[1]]}).encode())


def test_bytecode_that_was_altered_with_its_list_is_named_and_put_right(fleet):
    release = fleet.release(fleet.store.wheel(files={"shop/__init__.py": "x = 1\n"}, project=True))
    fleet.play("deploy", HOSTS[:1], wheelhouse_release=release)
    root = fleet.root("a01")
    alter_bytecode(root)
    python = [root / "apps/shop/current/bin/python", "-c", "import shop; print(shop.x)"]
    assert subprocess.run(python, stdout=subprocess.PIPE, text=True, check=True).stdout == "2\n"
    done = fleet.try_to_play("audit", HOSTS[:1], **QUIET)
    assert done.returncode != 0 and "its list of files is not that of the bytecode in the wheelhouse" in " ".join(done.stdout.split())
    fleet.play("deploy", HOSTS[:1], wheelhouse_release=release, deploy_repair=True)
    assert subprocess.run(python, stdout=subprocess.PIPE, text=True, check=True).stdout == "1\n"
    fleet.play("audit", HOSTS[:1], **QUIET)


def test_what_is_around_the_releases_is_put_right_and_what_is_left_is_said(fleet):
    one, two = (fleet.release(fleet.store.wheel(version=version)) for version in ("1", "2"))
    for release in (two, one, two):
        fleet.play("deploy", HOSTS[:1], wheelhouse_release=release)
    root = fleet.root("a01")
    root.chmod(0o777)
    (root / "lock").chmod(0o666)
    os.unlink(root / "apps/shop/current")
    os.symlink(f"releases/{one}", root / "apps/shop/current")
    (root / "note").write_text("")
    done = fleet.try_to_play("audit", HOSTS[:1], **QUIET)
    note = f"added: {root}/note"
    assert told_of(done) == {f"permissions: {root}", f"permissions: {root}/lock", f"changed: {root}/apps/shop/current", note}
    said = " ".join(done.stdout.split())
    assert "nothing of that name belongs there (by hand)" in said and "deploy_repair=true puts 3 of them right" in said and "1 of them (by hand)" in said
    fleet.play("deploy", HOSTS[:1], wheelhouse_release=one, deploy_repair=True)
    assert told_of(fleet.try_to_play("audit", HOSTS[:1], **QUIET)) == {note}
    done = fleet.play("deploy", HOSTS[:1], wheelhouse_release=one, deploy_repair=True)
    assert done.recap["a01"]["changed"] == 0
    (root / "note").unlink()
    fleet.play("audit", HOSTS[:1], **QUIET)


def test_a_release_that_the_wheelhouse_does_not_know(fleet):
    one = fleet.release(fleet.store.wheel(version="1"))
    two = fleet.release(fleet.store.wheel(version="2"))
    for release in (one, two):
        fleet.play("deploy", HOSTS[:1], wheelhouse_release=release)
    os.unlink(fleet.folder / f"wheelhouse/releases/shop/{two}.json")
    releases = fleet.root("a01") / "apps/shop/releases"
    done = fleet.try_to_play("audit", HOSTS[:1], **QUIET)
    assert done.returncode != 0 and told_of(done) == {f"foreign: {releases}/{two}"}
    os.rename(fleet.folder / f"wheelhouse/releases/shop/{one}.json", fleet.folder / f"wheelhouse/releases/shop/{two}.json")  # a damaged one
    assert told_of(fleet.try_to_play("audit", HOSTS[:1], **QUIET)) == {f"foreign: {releases}/{one}", f"foreign: {releases}/{two}"}


def test_what_the_wheelhouse_has_no_more(fleet):
    lib, code, shop = (fleet.store.wheel(name, bytecode=name == "code") for name in ("lib", "code", "shop"))
    release = fleet.release(lib, code, shop)
    fleet.play("deploy", HOSTS[:1], wheelhouse_release=release)
    house, root = fleet.folder / "wheelhouse", fleet.root("a01")
    os.unlink(house / "wheels" / lib["sha256"] / lib["filename"])
    for path in (house / "wheels" / code["sha256"] / code["filename"], house / "bytecode" / f"{code['bytecode']['sha256']}.zip"):
        alter(path)
    found = {f"unclear: {root}/wheels/{lib['sha256']}", f"unclear: {root}/wheels/{code['sha256']}", f"unclear: {root}/bytecode/{code['bytecode']['sha256']}"}
    done = fleet.try_to_play("audit", HOSTS[:1], **QUIET)
    assert done.returncode != 0 and told_of(done) == found
    assert f"the wheelhouse {house} has it no more, or not whole, so only the host itself was asked (by hand)" in " ".join(done.stdout.split())
    done = fleet.play("deploy", HOSTS[:1], wheelhouse_release=release, deploy_repair=True)
    assert done.recap["a01"]["changed"] == 0
    assert told_of(fleet.try_to_play("audit", HOSTS[:1], **QUIET)) == found


def test_a_wheelhouse_that_is_another(fleet):
    release = fleet.release(fleet.store.wheel())
    fleet.play("deploy", HOSTS[:1], wheelhouse_release=release)
    (fleet.folder / "empty").mkdir()
    done = fleet.try_to_play("audit", HOSTS[:1], **QUIET, wheelhouse_dir=str(fleet.folder / "empty"))
    assert done.returncode != 0 and told_of(done) == {f"foreign: {fleet.root('a01')}/apps/shop/releases/{release}"}
    assert f"the wheelhouse {fleet.folder}/empty has no such release" in " ".join(done.stdout.split())
    done = fleet.try_to_play("audit", HOSTS[1:], **QUIET, wheelhouse_dir=str(fleet.folder / "empty"))
    assert told_of(done) == {f"missing: {fleet.root('a02')}/apps/shop/current"}  # a host without any release


def test_nothing_is_put_right_by_a_release_that_nobody_signed(fleet):
    for name in ("ours", "theirs"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(fleet.folder / name)], check=True)
    signers = fleet.folder / "signers"
    signers.write_text("shop " + (fleet.folder / "ours.pub").read_text())
    signers.chmod(0o644)
    one, two = (fleet.release(fleet.store.wheel(files={"shop/__init__.py": f"x = {number}\n"}, version=str(number), project=True)) for number in (1, 2))
    signed = {"deploy_allowed_signers": str(signers)}
    for release in (one, two):
        sign(fleet.wheelhouse, [fleet.wheelhouse.read_manifest("shop", release)], str(fleet.folder / "ours"), 0)
        fleet.play("deploy", HOSTS[:1], wheelhouse_release=release, **signed)
    (module,) = (fleet.root("a01") / "apps/shop/releases" / one).glob("lib/*/site-packages/shop/__init__.py")
    alter(module, b"x = 3\n")

    signature = fleet.folder / f"wheelhouse/releases/shop/{one}.json.sig"
    good = signature.read_bytes()
    for key, says in (("", f"the release {one} of shop is not signed"), ("theirs", "is signed by the unknown key")):
        signature.unlink(missing_ok=True)
        if key:
            sign(Wheelhouse(fleet.wheelhouse.where), [fleet.wheelhouse.read_manifest("shop", one)], str(fleet.folder / key), 0)
        for option in ((), ("--check",)):
            done = fleet.try_to_play("deploy", HOSTS[:1], *option, wheelhouse_release=two, deploy_repair=True, **signed)
            assert done.returncode != 0 and says in " ".join(done.stdout.split()), done.stdout
            assert module.read_bytes() == b"x = 3\n"
    signature.write_bytes(good)
    fleet.play("deploy", HOSTS[:1], wheelhouse_release=two, deploy_repair=True, **signed)
    assert module.read_bytes() == b"x = 1\n"
    fleet.play("audit", HOSTS[:1], **QUIET, **signed)
