# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What can't be built is refused with a reason, and nothing is left half-done. The packages come from an index of the tests' own."""
import hashlib
import pathlib

import pytest

from tests.testinfra.playing import SCRATCH, play, requirements

testinfra_hosts = ["ssh://build01"]
ROOT = "/var/lib/wheelhouse-test"
LOCAL = {"UV_DEFAULT_INDEX": "http://127.0.0.1:8099/simple/"}


def build(path, app="failures", **variables):
    return play("build", "build", wheelhouse_app=app, wheelhouse_requirements=path, build_environment=LOCAL, **variables)


def releases(host, app="failures"):
    return host.run(f"ls {ROOT}/releases/{app}").stdout.split()


def lock_of(path):
    return pathlib.Path(path).with_name("pylock.toml")


def test_a_failing_sdist_is_named_and_the_others_are_built(host):
    done = build(requirements("build", "failing", "greeting==2.0", "fails-to-build"))
    done.failed("fails-to-build", "the wrong kind of snow", "step 39 of the build")
    assert "greeting 2.0 built" in done.output
    assert host.run(f"ls {ROOT}/wheels/*/greeting-2.0-py3-none-any.whl").succeeded
    assert releases(host) == []


def test_a_build_that_reaches_out_is_named(host):
    build(requirements("build", "reaching", "reaches-out")).failed("reaches-out", "tried to reach the network")
    assert releases(host) == []


def test_a_build_may_be_allowed_the_network(host):
    build(requirements("build", "reaching", "reaches-out"), app="reaching", build_allow_network=True).succeeded()
    assert len(releases(host, "reaching")) == 1


def test_bad_builds_do_the_host_no_harm(host):
    bad = requirements("build", "bad", "never-ends", "eats-memory", "prints-binary", "marks-homes", "leaves-a-daemon")
    done = build(bad, build_timeout=20, build_memory=512)  # the others are done sooner, on a busy machine too
    done.failed("never-ends 1.0: it was still building after 20 s", "build_timeout", "eats-memory 1.0: the build ran out of memory",
                "the wrong kind of rain", "3 of 5 packages could not be compiled")
    assert "marks-homes 1.0 built" in done.output and "leaves-a-daemon 1.0 built" in done.output
    assert all(character.isprintable() or character == "\n" for character in done.output)
    assert host.run("find / -xdev -name mark-of-a-build").stdout == ""
    assert host.run("find /dev/shm /run /tmp -name mark-of-a-build").stdout == ""
    assert host.run("cat /proc/[0-9]*/cmdline | grep -a 'sleep.4861[12]' | grep -av grep").stdout == ""
    assert host.run(f"ls -A {ROOT}/work").stdout == ""
    assert releases(host) == []


def test_a_requirement_that_does_not_exist_leaves_no_lock():
    path = requirements("build", "missing", "no-such-package")
    build(path).failed("no-such-package", "not found")
    assert not lock_of(path).exists()


def test_requirements_that_contradict_each_other():
    path = requirements("build", "contradiction", "greeting==1.0", "greeting==2.0")
    build(path).failed("greeting==1.0", "greeting==2.0")
    assert not lock_of(path).exists()


def test_an_index_that_has_other_files_than_the_requirements_name(host):
    named = "greeting==1.0 --hash=sha256:{}".format
    path = requirements("build", "hashed", named("0" * 64))
    build(path).failed("greeting: no file of version 1.0 has a hash that the requirements name")
    assert not lock_of(path).exists()
    served = host.file("/srv/test-index/files/greeting-1.0.tar.gz").sha256sum
    path = requirements("build", "hashed", named(served))
    build(path, app="hashed").succeeded()
    pathlib.Path(path).write_text(named("1" * 64) + "\n")
    build(path, app="hashed").failed("greeting has a file whose hash the requirements do not name")


@pytest.fixture
def locked():
    """Return the path of requirements that have a lock."""
    path = requirements("build", "locked", "greeting==3.0")
    play("build", "lock", wheelhouse_app="failures", wheelhouse_requirements=path, build_environment=LOCAL).succeeded()
    assert lock_of(path).exists()
    return path


def test_a_lock_with_another_hash(host, locked):
    lock = lock_of(locked)
    served = host.file("/srv/test-index/files/greeting-3.0.tar.gz").sha256sum
    wrong = hashlib.sha256(b"something else").hexdigest()
    assert served in lock.read_text()
    lock.write_text(lock.read_text().replace(served, wrong))
    host.run(f"rm -rf {ROOT}/sources/{served}")
    build(locked).failed("greeting", wrong, served, "127.0.0.1:8099")
    assert releases(host) == [] and not host.run(f"ls {ROOT}/sources/{wrong}/*").succeeded


@pytest.mark.parametrize("edit, said", [
    (lambda text: text + "\n[nonsense", "is not TOML"),
    (lambda text: text.replace('lock-version = "1.0"', 'lock-version = "9.0"'), "PEP 751"),
    (lambda text: text.replace("sha256 = ", "md5 = "), "has no SHA-256"),
    (lambda text: "", "PEP 751"),
])
def test_a_lock_edited_into_nonsense(locked, edit, said):
    lock = lock_of(locked)
    lock.write_text(edit(lock.read_text()))
    before = lock.read_bytes()
    build(locked).failed("pylock.toml", said, "ansible-playbook nogcc.wheelhouse.lock")
    assert lock.read_bytes() == before


def test_locking_again_mends_a_lock(locked):
    lock = lock_of(locked)
    whole = lock.read_text()
    lock.write_text("[nonsense")
    play("build", "lock", wheelhouse_app="failures", wheelhouse_requirements=locked, build_environment=LOCAL).succeeded()
    assert lock.read_text() == whole


def test_changed_requirements_are_not_built_with_the_old_lock(locked):
    before = lock_of(locked).read_bytes()
    pathlib.Path(locked).write_text("greeting==3.0\ntally\n")
    build(locked).failed("tally was added to the requirements", "ansible-playbook nogcc.wheelhouse.lock")
    assert lock_of(locked).read_bytes() == before


def test_a_build_host_of_another_platform_is_refused(host):
    platform = {"python": "3.13", "abi": "cp313", "machine": "x86_64", "libc": "glibc", "libc_version": "2.41", "os": "debian-13"}
    build(requirements("build", "platform", "greeting==1.0"), build_platforms=[platform]).failed("3.13", "3.11", "debian-13")
    assert releases(host) == []


@pytest.mark.parametrize("app", ["two words", "..", "a/b", ""])
def test_a_name_that_can_not_be_a_folder(host, app):
    build(requirements("build", "names", "greeting==1.0"), app=app).failed("is not a name for an app")
    assert not lock_of(SCRATCH / "build/names/requirements.in").exists()


def test_requirements_that_are_not_there():
    build("/nowhere/requirements.in").failed("/nowhere/requirements.in", "can't be read")


def test_a_wheel_that_fits_is_not_compiled_but_may_be_asked_for(host):
    path = requirements("build", "only-binary", "greeting==1.0")
    build(path, build_only_binary=[":all:"]).failed("greeting")


def test_an_index_that_is_not_there():
    path = requirements("build", "no-index", "greeting==1.0")
    play("build", "build", wheelhouse_app="failures", wheelhouse_requirements=path,
         build_environment={"UV_DEFAULT_INDEX": "http://127.0.0.1:9/simple/", "UV_HTTP_RETRIES": "0"}).failed("127.0.0.1:9")
    assert not lock_of(path).exists()
