"""One run for two platforms: each production host gets what was built for it, by hosts that share the work and check each other."""
import json
import re
import shutil

import pytest

from tests.testinfra.hosts import on
from tests.testinfra.playing import SCRATCH, play, requirements

FOLDER = SCRATCH / "platforms"
WHEELHOUSE = FOLDER / "wheelhouse"
BUILDERS = ["build01", "build02", "build13"]
ROOT = "/var/lib/wheelhouse-platforms"
CURRENT = "/opt/wheelhouse-platforms/apps/everywhere/current"
NO_INDEX = {"UV_DEFAULT_INDEX": "http://127.0.0.1:9/simple/", "PIP_INDEX_URL": "http://127.0.0.1:9/simple/", "UV_HTTP_RETRIES": "0"}


def manifests(app="everywhere"):
    """Return the manifests in the wheelhouse by the version of Python that they are for."""
    found = [json.loads(path.read_text()) for path in (WHEELHOUSE / f"releases/{app}").glob("*.json")]
    return {manifest["platform"]["python"]: manifest for manifest in found}


def names_of(folder):
    return sorted(path.name for path in (WHEELHOUSE / folder).glob("*/*"))


@pytest.fixture
def fresh_build_hosts():
    """The build hosts as they were before they built for the first time."""
    for name in BUILDERS:
        on(name).check_output(f"rm -rf {ROOT}")


def test_there_is_a_manifest_for_each_platform():
    found = manifests()
    assert sorted(found) == ["3.11", "3.13"]
    for python, abi in (("3.11", "cp311"), ("3.13", "cp313")):
        wheels = {wheel["name"]: wheel["filename"] for wheel in found[python]["wheels"]}
        assert wheels["tally"].startswith(f"tally-1.0-{abi}-{abi}-linux_") and wheels["markupsafe"].startswith(f"markupsafe-3.0.2-{abi}-{abi}-linux_")
    assert found["3.11"]["lock"] == found["3.13"]["lock"]


@pytest.mark.parametrize("name, python", [("web01", "3.11"), ("web02", "3.11"), ("web13", "3.13")])
def test_each_host_runs_its_own(name, python):
    code = "import markupsafe._speedups, sys, tally; print(tally.one(), '%d.%d' % sys.version_info[:2])"
    assert on(name).check_output(f"{CURRENT}/bin/python -c %s", code) == f"1 {python}"


def test_both_hosts_of_a_platform_have_built():
    logs = [on(name).check_output(f"cat {ROOT}/jobs/*/progress.jsonl") for name in ("build01", "build02")]
    assert all(" built in " in log for log in logs)
    assert all(" built again in " in log for log in logs), "each has verified what the other has built"


def test_the_build_requirements_are_locked_for_both():
    text = (FOLDER / "pylock-build.toml").read_text()
    assert text.count('name = "markupsafe"') == 2 and "cp311-glibc" in text and "cp313-glibc" in text
    assert "greeting-1.0.tar.gz" in text and "setuptools" in text and ROOT not in text


def test_sources_build_requirements_and_tools_are_kept():
    sources = names_of("sources")
    assert {"tally-1.0.tar.gz", "greeting-1.0.tar.gz"} <= set(sources)
    assert any(name.startswith("setuptools-") for name in sources) and any(name.startswith("uv-") for name in sources)


def test_nothing_is_asked_of_anybody_when_nothing_changed():
    done = play("platforms", "deploy").succeeded()
    assert done.changed == 0 and "built" not in done.output


def test_what_one_host_built_no_other_builds_again(fresh_build_hosts):
    before = manifests()
    shutil.rmtree(WHEELHOUSE / "releases")
    done = play("platforms", "deploy", build_verify=False).succeeded()
    assert " built in " not in done.output and "downloaded" not in done.output and "sending" in done.output
    assert manifests() == before and all(done.recap[name]["changed"] == 0 for name in ("web01", "web02", "web13"))


def test_without_an_index_fresh_hosts_build_the_same_bytes(fresh_build_hosts):
    before = manifests()
    for folder in ("releases", "builds", "wheels", "bytecode"):
        shutil.rmtree(WHEELHOUSE / folder)
    done = play("platforms", "deploy", build_environment=NO_INDEX, build_verify=False).succeeded()
    assert "tally 1.0 built in" in done.output and "markupsafe 3.0.2 built in" in done.output and "downloaded" not in done.output
    assert manifests() == before


def test_a_platform_without_a_build_host_stops_the_run():
    path = requirements("platforms", "nowhere", "tally")
    play("platforms", "deploy", "--limit", "build01,web01,web13", wheelhouse_app="nowhere", wheelhouse_requirements=path).failed(
        "no build host for a platform of production", "Python 3.13 (cp313) on debian-13", "build01 is Python 3.11 (cp311) on debian-12")
    assert not (FOLDER / "nowhere/pylock.toml").exists() and not on("build01").file(f"{ROOT}/releases/nowhere").exists


def test_a_wheel_that_is_not_reproducible_stops_the_run_when_verified():
    path = requirements("platforms", "gamble", "dice", "greeting==2.0")
    limit = ["--limit", "build01,build02,web01"]
    play("platforms", "deploy", *limit, wheelhouse_app="gamble", wheelhouse_requirements=path).failed(
        "dice 1.0", "a second build gives other bytes", "dice/random.txt", "build02")
    assert manifests("gamble") == {}
    play("platforms", "deploy", *limit, "--tags", "fetch", wheelhouse_app="gamble", wheelhouse_requirements=path).failed("was not verified (build_verify)")
    assert manifests("gamble") == {}
    play("platforms", "deploy", *limit, wheelhouse_app="gamble", wheelhouse_requirements=path, build_verify=False).succeeded()
    assert sorted(manifests("gamble")) == ["3.11"]


def test_build_requirements_that_need_each_other():
    path = requirements("platforms", "farm", "hen")
    play("platforms", "build", "--limit", "build01", wheelhouse_app="farm", wheelhouse_requirements=path).failed("hen 1.0", "need each other", "egg")


def test_what_fails_on_any_host_is_reported_together():
    """Two hosts share a platform, and the one of the other platform fails as well; nobody stops anybody."""
    path = requirements("platforms", "unlucky", "fails-to-build", "reaches-out", "greeting==3.0", "tally")
    done = play("platforms", "build", wheelhouse_app="unlucky", wheelhouse_requirements=path).failed("the wrong kind of snow", "tried to reach the network")
    fatal = dict(re.findall(r"^fatal: \[(\w+)\](.*?)(?=^fatal|^PLAY|^NO MORE)", done.output.replace("[ERROR]", "\n[ERROR]"), re.MULTILINE | re.DOTALL))
    assert sorted(fatal) == ["build01", "build13"], done.output
    assert all("fails-to-build 1.0" in text and "reaches-out 1.0" in text for text in fatal.values()), done.output
    for python, name in (("3.11", "build01"), ("3.13", "build13")):
        assert on(name).check_output(f"ls {ROOT}/wheels/*/tally-*.whl").count(f"cp{python.replace('.', '')}") >= 1
    assert manifests("unlucky") == {} and not on("build01").file(f"{ROOT}/releases/unlucky").exists
