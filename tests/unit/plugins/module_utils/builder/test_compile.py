# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A build as a whole, seen from the package: what it may do, and how its failure is told."""
import os

import pytest

from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.module_utils.builder.package_factory import tar_of


def test_a_failing_build_is_named_with_its_log_and_stops_no_other(builds):
    good = builds.index.add_sdist("good", extra="time.sleep(0.5)")
    bad = builds.index.add_sdist("bad", extra="print('lines of use'); sys.exit('cannot go on')")
    reasons = builds.fail(bad, good)
    assert list(reasons) == ["bad 1.0"]
    assert reasons["bad 1.0"]["log"].splitlines()[-2:] == ["lines of use", "cannot go on"]
    assert any("good 1.0 built" in text for text in builds.said) and any("bad 1.0 failed" in text for text in builds.said)
    assert builds.run(good)["built"] == []
    assert os.listdir(builds.store.path("work")) == []


@pytest.mark.parametrize("extra", [
    "urllib.request.urlopen('http://192.0.2.1/')",
    "urllib.request.urlopen('http://example.org/')",
    "socket.create_connection(('192.0.2.1', 80), 5)",
])
def test_a_build_that_reaches_for_the_network_is_named(builds, extra):
    reason = builds.fail(builds.index.add_sdist("phones", extra=extra))["phones 1.0"]
    assert reason["message"] == "the build tried to reach the network"


def test_not_even_the_index_on_this_machine_can_be_reached(builds):
    port = builds.index.server.server_address[1]
    builds.fail(builds.index.add_sdist("phones", extra=f"socket.create_connection(('127.0.0.1', {port}), 5)"))


def test_a_build_sees_no_credentials_and_has_no_rights(builds):
    secret = dict(builds.index.environment, UV_INDEX="http://user:secret@127.0.0.1:1/simple", TOKEN="secret")
    extra = "sys.exit(1) if 'secret' in repr(os.environ) or os.getuid() == 0 or os.access(%r, os.W_OK) else None" % builds.store.root
    if os.geteuid() != 0:
        extra = "sys.exit(1) if 'secret' in repr(os.environ) else None"
    assert builds.run(builds.index.add_sdist("modest", extra=extra), environment=secret)["built"] == ["modest"]


def test_what_a_build_leaves_running_is_ended_and_a_build_that_does_not_end_too(builds):
    reasons = builds.fail(builds.index.add_sdist("endless", extra="time.sleep(600)"), timeout=1)
    assert "still building after 1 s" in reasons["endless 1.0"]["message"]


def test_all_hooks_together_may_take_the_time(builds):
    slow = builds.index.add_sdist("slow", hook="time.sleep(0.8)", extra="time.sleep(0.8)")
    assert "still building after 1.2 s" in builds.fail(slow, timeout=1.2)["slow 1.0"]["message"]


@pytest.mark.filterwarnings("ignore")  # the front end repeats each one
def test_a_back_end_that_warns_thousands_of_times(builds):
    """As setuptools does of a package with many folders of data: the front end has it write all that down with its answer."""
    extra = "import warnings; [warnings.warn(str(number) * 400) for number in range(2000)]"
    assert builds.run(builds.index.add_sdist("chatty", extra=extra))["built"] == ["chatty"]


def test_an_answer_without_end(builds):
    extra = "import warnings; [warnings.warn(str(number) * 4000) for number in range(5000)]"
    assert "made output.json larger than" in builds.fail(builds.index.add_sdist("endless", extra=extra))["endless 1.0"]["message"]


def test_a_build_that_may_use_the_network(builds):
    port = builds.index.server.server_address[1]
    phones = builds.index.add_sdist("phones", extra=f"socket.create_connection(('127.0.0.1', {port}), 5)")
    assert builds.run(phones, allow_network=True)["built"] == ["phones"]


def test_a_build_that_eats_memory(builds):
    reason = builds.fail(builds.index.add_sdist("hungry", extra="[bytes(1 << 26) for _number in range(20)]"), memory=256 << 20)["hungry 1.0"]
    assert reason["message"] == "the build ran out of memory" and "build_memory" in reason["hint"]


def test_jobs_are_as_many_as_the_memory_can_bear(builds):
    extra = "sys.exit(repr([os.environ[n] for n in ('MAX_JOBS', 'MAKEFLAGS', 'CMAKE_BUILD_PARALLEL_LEVEL', 'CARGO_BUILD_JOBS')]))"
    assert "['1', '-j1', '1', '1']" in builds.fail(builds.index.add_sdist("asks", extra=extra), memory=1 << 30)["asks 1.0"]["log"]


def test_a_build_writes_to_a_home_of_its_own_that_is_gone_afterwards(builds):
    extra = "open(os.path.expanduser('~/.mark-of-a-build'), 'w').close(); print(os.listdir(os.path.expanduser('~')), os.getcwd())"
    before = sorted(os.listdir(os.path.expanduser("~")))
    assert builds.run(builds.index.add_sdist("homely", extra=extra))["built"] == ["homely"]
    assert sorted(os.listdir(os.path.expanduser("~"))) == before
    assert os.listdir(builds.store.path("work")) == []


def test_binary_output_leaves_the_reason_readable(builds):
    extra = "sys.stdout.flush(); os.write(1, os.urandom(1 << 16) + b'\\n'); sys.exit('the wrong kind of snow')"
    reason = builds.fail(builds.index.add_sdist("noisy", extra=extra))["noisy 1.0"]
    assert reason["log"].splitlines()[-1] == "the wrong kind of snow"
    assert all(character.isprintable() or character in "\t\n" for character in reason["log"])


@pytest.mark.parametrize("extra", [
    "os.mkfifo(os.path.join(sys.argv[-1], 'output.json')); os._exit(0)",
    "os.symlink('/dev/zero', os.path.join(sys.argv[-1], 'output.json')); os._exit(0)",
])
def test_an_answer_that_would_block_or_never_end(builds, extra):
    assert "something else than a file" in builds.fail(builds.index.add_sdist("sly", extra=extra))["sly 1.0"]["message"]


def test_folders_without_end_are_removed(builds):
    extra = "\n    for number in range(3000):\n        os.mkdir('d')\n        os.chdir('d')\n    sys.exit('deep')"
    assert builds.fail(builds.index.add_sdist("deep", extra=extra))["deep 1.0"]["log"].endswith("deep")
    assert os.listdir(builds.store.path("work")) == []


@pytest.mark.parametrize("extra, words", [
    ("filename = 'wrong-1.0-py3-none-any.whl'", "another package"),
    ("filename = 'odd-9-py3-none-any.whl'", "another version"),
    ("filename = 'odd-1.0-cp27-cp27mu-win32.whl'", "does not fit this Python"),
    ("filename = 'odd.zip'", "not the name of a wheel"),
    ("base64.urlsafe_b64encode = lambda data: b'wrong'", "its RECORD has another hash of odd.py"),
    ("filename = 'odd-1.0-py2.py3-none-any.whl'", "its WHEEL has the tags"),
    ("return '../source/odd-1.0/PKG-INFO'", "not there"),
    ("return 'odd-1.0-py3-none-any.whl'", "not there"),
])
def test_a_back_end_that_makes_another_wheel(builds, extra, words):
    reasons = builds.fail(builds.index.add_sdist("odd", extra=extra))
    assert words in reasons["odd 1.0"]["message"]


def test_an_sdist_that_wants_to_leave_its_folder(builds):
    data = tar_of({"evil-1.0/pyproject.toml": b"", "evil-1.0/../../../../etc/evil": b"x"})
    package = {"name": "evil", "version": "1.0", "sdist": builds.index.add("evil-1.0.tar.gz", data)}
    assert "leaves the archive's folder" in builds.fail(package)["evil 1.0"]["message"]


def test_an_sdist_that_is_no_project(builds):
    package = {"name": "empty", "version": "1.0", "sdist": builds.index.add("empty-1.0.tar.gz", tar_of({"empty-1.0/README": b"?"}))}
    assert "can't be built" in builds.fail(package)["empty 1.0"]["message"]


def test_two_sources_that_say_the_same_of_themselves_have_a_place_each(builds):
    def place(package):
        (reason,) = builds.fail(package).values()
        return next(line.split()[0] for line in reason["log"].splitlines() if line.startswith(builds.store.root) and line.endswith(" here"))
    first = builds.index.add_sdist("twin", extra="raise SystemExit(os.getcwd() + ' here')")
    place_of_first = place(first)
    assert place(builds.index.add_sdist("twin", extra="print(2); raise SystemExit(os.getcwd() + ' here')")) != place_of_first
    assert place(first) == place_of_first, "the same source is built at the same place"
