# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import shutil

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder import toolchain
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.module_utils.builder.package_factory import PackageDatabase


@pytest.mark.parametrize("name, counts", [
    ("gcc", True), ("gcc-12", True), ("g++-12", True), ("libpq-dev", True), ("libpq-devel", True), ("linux-libc-dev", True), ("make", True),
    ("pkg-config", True), ("pkgconf", True), ("rustc", True), ("cmake", True), ("ninja-build", True), ("meson", True), ("gcc-c++", True),
    ("postgresql-server-dev-15", True), ("kernel-headers", True), ("linux-headers", True), ("libpq5", False), ("bash", False),
    ("gccgo-docs", False), ("python3", False), ("makedev", False), ("cppcheck", False), ("device-tree", False),
])
def test_which_packages_a_build_can_see(name, counts):
    assert bool(toolchain._TOOLCHAIN.match(name)) == counts


def test_the_toolchain_of_this_host_is_a_sorted_list():
    found = toolchain.toolchain()
    assert found == sorted(set(found)) and all(isinstance(row, str) for row in found)


@pytest.mark.skipif(not shutil.which("dpkg-query"), reason="needs dpkg-query")
def test_a_database_of_dpkg(tmp_path, monkeypatch):
    database = PackageDatabase(tmp_path, monkeypatch)
    pq = database.add("libpq-dev", "15.1-1", {"usr/include/postgresql/libpq-fe.h": "", "usr/lib/libpq.so": ""})
    empty = database.add("zlib1g-dev", "1:1.2-1", {})
    gone = database.add("libgone-dev", "1", {"usr/include/gone.h": ""}, status="deinstall ok config-files")
    database.add("libpq5", "15.1-1", {"usr/lib/libpq.so.5": ""})
    rows = [row for row in toolchain.toolchain() if not row.split()[0].endswith(":")]
    assert rows == [pq, empty] and gone not in rows
    files = toolchain.files_of(rows)
    assert [path[len(str(tmp_path)):] for path in files[pq]] == ["/usr/include/postgresql/libpq-fe.h", "/usr/lib/libpq.so"]
    assert files[empty] == []
    monkeypatch.setattr(toolchain, "_sections", lambda lines, real=toolchain._sections: real(lines)[:1])
    assert toolchain.files_of(rows) == files, "also when one query for all does not answer for all"


def answer(monkeypatch, answers):
    """Let the package manager be one that answers as ``answers`` says, by the arguments that are in its command."""
    monkeypatch.setattr(toolchain.shutil, "which", lambda name: name if name == answers["manager"] else None)
    monkeypatch.setattr(toolchain, "_output", lambda command: next(
        text.splitlines() for arguments, text in answers.items() if arguments != "manager" and arguments in " ".join(command)))


def test_a_database_of_rpm(monkeypatch):
    answer(monkeypatch, {"manager": "rpm", "-qa": "installed bash 5.1-9.el9 x86_64\ninstalled libpq-devel 13.5-1.el9 x86_64\n",
                         "libpq-devel-13.5-1.el9.x86_64": "libpq-devel 13.5-1.el9 x86_64\t/usr/include/libpq-fe.h\n"
                                                          "libpq-devel 13.5-1.el9 x86_64\t/usr/bin/pg config\n"})
    rows = toolchain.toolchain()
    assert rows == ["libpq-devel 13.5-1.el9 x86_64"]
    assert toolchain.files_of(rows) == {rows[0]: ["/usr/include/libpq-fe.h", "/usr/bin/pg config"]}


def test_a_database_of_apk(monkeypatch):
    answer(monkeypatch, {"manager": "apk", "list": "libpq-dev-16.2-r1 x86_64 {postgresql16} (PostgreSQL) [installed]\n"
                                                   "musl-1.2.5-r0 x86_64 {musl} (MIT) [installed]\n",
                         "info": "usr/include/libpq-fe.h\nusr/bin/pg_config\n\n"})
    rows = toolchain.toolchain()
    assert rows == ["libpq-dev 16.2-r1 x86_64"]
    assert toolchain.files_of(rows) == {rows[0]: ["/usr/include/libpq-fe.h", "/usr/bin/pg_config"]}
