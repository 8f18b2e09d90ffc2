# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import sys

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder.choose import BinaryRules, choose
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import Blocked

CP = "cp{0}{1}".format(*sys.version_info)
HASHES = {"sha256": "ab" * 32}


def file(name):
    return {"url": "https://index.example/" + name, "size": 10, "hashes": HASHES}


def package(name="app", version="1.0", wheels=(), sdist=True, **rest):
    found = {"name": name, "version": version, "wheels": [file(wheel) for wheel in wheels], **rest}
    return {**found, "sdist": file(f"{name}-{version}.tar.gz")} if sdist else found


VCS = {"type": "git", "url": "https://example.org/app.git", "commit-id": "12" * 20}
PURE, NATIVE, OTHER = "app-1.0-py3-none-any.whl", f"app-1.0-{CP}-{CP}-linux_x86_64.whl", "app-1.0-cp27-cp27mu-win32.whl"


@pytest.mark.parametrize("wheels, options, expected", [
    ([PURE], {}, PURE),
    ([OTHER], {}, "app-1.0.tar.gz"),
    ([], {}, "app-1.0.tar.gz"),
    ([PURE, f"app-1.0-{CP}-none-any.whl"], {}, f"app-1.0-{CP}-none-any.whl"),
    ([PURE, "app-1.0-2-py3-none-any.whl"], {}, "app-1.0-2-py3-none-any.whl"),
    (["app-1.0-py2.py3-none-any.whl"], {}, "app-1.0-py2.py3-none-any.whl"),
    ([PURE, "nonsense.whl", "other-1.0-py3-none-any.whl"], {}, PURE),
    ([PURE], {"no_binary": ["App"]}, "app-1.0.tar.gz"),
    ([PURE], {"no_binary": [":all:"]}, "app-1.0.tar.gz"),
    ([PURE], {"no_binary": [":all:"], "only_binary": ["app"]}, PURE),
    ([PURE], {"no_binary": ["app"], "only_binary": [":all:"]}, "app-1.0.tar.gz"),
    ([PURE], {"no_binary": [":all:", ":none:"]}, PURE),
    ([PURE], {"no_binary": ["other,app"]}, "app-1.0.tar.gz"),
])
def test_the_artifact_that_fits_best(wheels, options, expected):
    (found,) = choose([package(wheels=wheels)], **options)
    assert found.filename == expected
    assert found.kind == ("wheel" if expected.endswith(".whl") else "sdist")


@pytest.mark.parametrize("options, kinds", [
    (([], []), ("wheel", "sdist")), ((["a"], []), ("sdist",)), ((["b"], []), ("wheel", "sdist")), (([":all:"], []), ("sdist",)),
    (([], [":all:"]), ("wheel",)), ((["A_"], []), ("wheel", "sdist")), ((["a"], ["a"]), ("wheel",)),
])
def test_pip_s_binary_rules(options, kinds):
    assert BinaryRules(*options).for_name("A") == kinds


@pytest.mark.parametrize("marker, expected", [
    ("python_version > '3'", ["app"]), ("python_version < '3'", []), ("sys_platform == 'win32'", []),
    ("python_full_version >= '3.9' and platform_python_implementation != 'PyPy'", ["app"]), ("'web' in extras", []),
])
def test_markers_decide_what_is_needed(marker, expected):
    assert [found.name for found in choose([package(marker=marker)])] == expected


def test_one_of_several_versions_for_several_pythons():
    rows = [package("numpy", "1.0", marker="python_version < '3'"), package("numpy", "2.0", marker="python_version >= '3'")]
    assert [found.version for found in choose(rows)] == ["2.0"]


@pytest.mark.parametrize("row, options, words", [
    (package(sdist=False), {}, "neither a wheel"),
    (package(sdist=False, wheels=[PURE]), {"no_binary": ["app"]}, "no sdist"),
    (package(wheels=[OTHER]), {"only_binary": ["app"]}, "not allowed"),
    (package(sdist=False, vcs={"type": "git"}), {}, "no git commit"),
    (package(sdist=False, vcs={**VCS, "commit-id": "main"}), {}, "no git commit"),
    (package(sdist=False, vcs={**VCS, "url": "ssh://git@example.org/app"}), {}, "no git commit"),
    (package(sdist=False, vcs={**VCS, "subdirectory": "../x"}), {}, "outside of its repository"),
    (package(sdist=False, vcs=VCS), {"only_binary": ["app"]}, "comes from git"),
    (package(sdist=False, archive=file(OTHER)), {}, "not a wheel of it that fits"),
    (package(sdist=False, archive=file("other-1.0-py3-none-any.whl")), {}, "not a wheel of it that fits"),
    (package(sdist=False, archive=file("app-1.0.tar.gz")), {"only_binary": ["app"]}, "comes from an sdist"),
    (package(sdist=False, archive={**file("app-1.0.tar.gz"), "subdirectory": "x"}), {}, "a folder of an archive"),
    (package(sdist=False, directory={"path": "."}), {}, "comes from a directory"),
    (package(**{"requires-python": ">=4"}), {}, "requires Python >=4"),
    (package(**{"requires-python": "nonsense"}), {}, "can't be read"),
    (package(marker="nonsense"), {}, "can't be read"),
    (dict(package(sdist=False), sdist={"url": "https://index.example/a-1.tar.gz", "hashes": {"md5": "0"}}), {}, "no SHA-256"),
    (dict(package(sdist=False), sdist={"url": "ftp://example.org/a-1.tar.gz", "hashes": HASHES}), {}, "no address"),
    (dict(package(sdist=False), sdist={"hashes": HASHES}), {}, "no address"),
    (dict(package(), version=None), {}, "which version"),
])
def test_what_can_not_be_used(row, options, words):
    with pytest.raises(Blocked) as caught:
        choose([row, package("other", sdist=False), package("fine")], **options)
    reasons = {reason["package"]: reason for reason in caught.value.reasons}
    assert sorted(reasons) == ["app", "other"], "all at once"
    assert words in reasons["app"]["message"] and reasons["app"]["hint"]


def test_the_same_package_twice():
    with pytest.raises(Blocked, match="twice"):
        choose([package(version="1.0"), package(version="2.0")])


@pytest.mark.parametrize("source, kind, url", [
    ({"archive": file("app-1.0.tar.gz")}, "sdist", "https://index.example/app-1.0.tar.gz"),
    ({"archive": file(PURE)}, "wheel", "https://index.example/" + PURE),
    ({"archive": {"path": "../files/" + PURE, "hashes": HASHES}}, "wheel", ""),
    ({"archive": {"url": "file:///srv/app-1.0.zip", "hashes": HASHES}}, "sdist", ""),
    ({"sdist": {"path": "./app-1.0.tar.gz", "hashes": HASHES}}, "sdist", ""),
    ({"vcs": VCS}, "vcs", "git+https://example.org/app.git@" + "12" * 20),
    ({"vcs": {**VCS, "subdirectory": "./python"}}, "vcs", "git+https://example.org/app.git@" + "12" * 20 + "#subdirectory=python"),
    ({"vcs": {**VCS, "subdirectory": "."}}, "vcs", "git+https://example.org/app.git@" + "12" * 20),
])
def test_files_and_commits_that_requirements_name(source, kind, url):
    (found,) = choose([{"name": "app", "version": "1.0", **source}])
    assert (found.kind, found.url, found.version) == (kind, url, "1.0")


def test_a_named_wheel_is_used_whatever_no_binary_says():
    assert choose([package(sdist=False, archive=file(PURE))], no_binary=[":all:"])[0].kind == "wheel"
