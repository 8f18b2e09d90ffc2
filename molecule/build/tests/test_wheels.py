# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the build host has made: an sdist compiled, published wheels accepted, everything described."""
import base64
import io
import json

import pytest
from elftools.elf.elffile import ELFFile

from tests.testinfra.playing import SCRATCH, play, requirements

testinfra_hosts = ["ssh://build01"]
ROOT = "/var/lib/wheelhouse-test"


@pytest.fixture(scope="module")
def manifest(host):
    (path,) = host.check_output(f"ls {ROOT}/releases/assorted/*.json").split()
    return json.loads(host.file(path).content_string)


@pytest.fixture(scope="module")
def wheels(manifest):
    return {wheel["name"]: wheel for wheel in manifest["wheels"]}


def test_the_lock_lies_beside_the_requirements():
    text = (SCRATCH / "build/pylock.toml").read_text()
    assert 'lock-version = "1.0"' in text and "sha256" in text and "/var/lib" not in text and str(SCRATCH) not in text


def test_it_holds_what_was_asked_for_and_nothing_else(wheels):
    assert sorted(wheels) == ["idna", "markupsafe", "mysqlclient"]


def test_an_sdist_was_compiled(wheels):
    wheel = wheels["mysqlclient"]
    assert wheel["filename"] == "mysqlclient-2.2.7-cp311-cp311-linux_x86_64.whl"
    assert wheel["source"]["filename"] == "mysqlclient-2.2.7.tar.gz" and wheel["source"]["sha256"] != wheel["sha256"]


def test_what_was_compiled_has_no_debug_information(host, wheels):
    """Debian's Python has its extension modules compiled with it; no production host has use for it."""
    path = f"{ROOT}/wheels/{wheels['mysqlclient']['sha256']}/{wheels['mysqlclient']['filename']}"
    data = host.check_output(f"python3 -c \"import base64, zipfile; archive = zipfile.ZipFile('{path}'); "
                             "print(base64.b64encode(archive.read(next(name for name in archive.namelist() if name.endswith('.so')))).decode())\"")
    names = {section.name for section in ELFFile(io.BytesIO(base64.b64decode(data))).iter_sections()}
    assert ".text" in names and not [name for name in names if name.startswith((".debug", ".zdebug"))]


def test_what_it_needs_on_a_production_host_is_known(wheels):
    needs = wheels["mysqlclient"]["needs"]
    assert "libmariadb.so.3" in needs["libraries"]
    assert any(package.startswith("libmariadb3 (>= ") for package in needs["packages"])
    assert needs["providers"]["libmariadb.so.3"][0] in needs["packages"]
    assert needs["libc_version"].startswith("2.")


def test_published_wheels_that_fit_were_accepted(wheels):
    for name in ("idna", "markupsafe"):
        assert wheels[name]["source"]["sha256"] == wheels[name]["sha256"]
    assert "manylinux" in wheels["markupsafe"]["filename"]
    assert wheels["markupsafe"]["needs"]["libc_version"].startswith("2.") and not wheels["idna"]["needs"]["libc_version"]


def test_every_file_is_what_its_name_says(host, manifest):
    for wheel in manifest["wheels"]:
        assert host.file(f"{ROOT}/wheels/{wheel['sha256']}/{wheel['filename']}").sha256sum == wheel["sha256"]
        assert host.file(f"{ROOT}/bytecode/{wheel['bytecode']['sha256']}.zip").sha256sum == wheel["bytecode"]["sha256"]


def test_the_bytecode_is_of_the_interpreter(host, wheels):
    names = host.check_output(f"python3 -m zipfile -l {ROOT}/bytecode/{wheels['idna']['bytecode']['sha256']}.zip")
    assert "idna/__pycache__/core.cpython-311.pyc" in names


def test_the_platform_is_the_hosts(host, manifest):
    assert manifest["platform"] == {"python": "3.11", "abi": "cp311", "machine": host.check_output("uname -m"), "libc": "glibc",
                                    "libc_version": host.check_output("getconf GNU_LIBC_VERSION").split()[1], "os": "debian-12"}


def test_unchanged_inputs_rebuild_nothing(host):
    before = host.check_output(f"find {ROOT}/wheels {ROOT}/bytecode {ROOT}/releases -type f -printf '%p %T@ ' | sort")
    done = play("build", "build").succeeded()
    assert done.changed == 0 and "compiling" not in done.output and "downloaded" not in done.output
    assert host.check_output(f"find {ROOT}/wheels {ROOT}/bytecode {ROOT}/releases -type f -printf '%p %T@ ' | sort") == before


def test_bundled_libraries_are_another_release_and_the_same_bytes_each_time(host):
    """Switched on, switched off and on again: each time the release of before, and the bundled wheel was made twice."""
    path = requirements("build", "bundled", "needs-libpq")

    def release(**options):
        folder = f"{ROOT}/releases/bundled"
        play("build", "build", wheelhouse_app="bundled", wheelhouse_requirements=path, build_packages=["libpq-dev"],
             build_environment={"UV_DEFAULT_INDEX": "http://127.0.0.1:8099/simple/"}, **options).succeeded()
        manifests = [json.loads(host.file(f"{folder}/{name}").content_string) for name in host.check_output(f"ls {folder}").split()]
        return {manifest["options"].get("bundle_libraries", False): manifest["wheels"][0] for manifest in manifests}

    plain = release()[False]
    both = release(build_bundle_libraries=True)
    assert both[False] == plain and plain["needs"]["libraries"] == ["libpq.so.5"] and "linux_x86_64" in plain["filename"]
    assert "manylinux" in both[True]["filename"] and "libpq.so.5" not in both[True]["needs"]["libraries"]
    host.check_output(f"rm -r {ROOT}/builds/bundled {ROOT}/wheels/{both[True]['sha256']}")
    assert release(build_bundle_libraries=True) == both


def test_a_changed_package_of_headers_rebuilds_what_it_touches(host):
    change = "sed -i '/^Package: libmariadb-dev$/,/^$/s/^Version: .*/&+fixed/' /var/lib/dpkg/status"
    host.check_output(f"cp /var/lib/dpkg/status /root/dpkg-status && {change}")
    try:
        done = play("build", "build", build_recheck=True).succeeded()
        assert "compiling 1 package: mysqlclient" in done.output and done.recap["build01"]["changed"] == 1
        again = play("build", "build", build_recheck=True).succeeded()
        assert again.changed == 0 and "compiling" not in again.output
    finally:
        host.check_output("mv /root/dpkg-status /var/lib/dpkg/status")
    assert "compiling" not in play("build", "build", build_recheck=True).succeeded().output
