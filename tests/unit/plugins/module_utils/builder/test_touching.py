# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which packages of the system are in the key of a build: with a database of dpkg's made here, and with this machine's own."""
import shutil

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder import installed as installed_, touching
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder.mentions import mentions
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder.toolchain import name_of, toolchain
from ansible_collections.nogcc.wheelhouse.tests.unit.plugins.module_utils.builder.package_factory import PackageDatabase, tar_of

needs_dpkg = pytest.mark.skipif(not shutil.which("dpkg-query"), reason="needs dpkg-query")
SETUP = "from setuptools import Extension, setup\nsetup(ext_modules=[Extension('m', ['m.c'])])\n"
PACKAGES = {
    "gcc-12": {"usr/bin/gcc-12": ""}, "g++-12": {"usr/bin/g++-12": ""}, "rustc": {"usr/bin/rustc": ""}, "cmake": {"usr/bin/cmake": ""},
    "libc6-dev": {"usr/lib/crt1.o": "", "usr/include/stdio.h": "#include <linux/types.h>\n", "usr/include/regex.h": ""},
    "linux-libc-dev": {"usr/include/linux/types.h": ""},
    "libstdc++-12-dev": {"usr/lib/libstdc++.a": "", "usr/include/c++/12/vector": "",
                         "usr/include/c++/12/stdio.h": "#include_next <stdio.h>\n"},
    "libpython3.11-dev": {"usr/include/python3.11/Python.h": '#include <stdio.h>\n#include "object.h"\n',
                          "usr/include/python3.11/object.h": ""},
    "libpq-dev": {"usr/include/postgresql/libpq-fe.h": '#include "postgres_ext.h"\n', "usr/include/postgresql/postgres_ext.h": "",
                  "usr/bin/pg_config": "", "usr/lib/libpq.so": "",
                  "usr/lib/pkgconfig/libpq.pc": "Requires.private: libssl >= 3, libcrypto\n"},
    "libssl-dev": {"usr/include/openssl/ssl.h": "", "usr/lib/libssl.so": "", "usr/lib/pkgconfig/libssl.pc": "",
                   "usr/lib/pkgconfig/openssl.pc": "Requires: libssl libcrypto\n"},
    "libxmlsec1-dev": {"usr/include/xmlsec1/xmlsec/openssl/ssl.h": "", "usr/lib/libxmlsec1.so": ""},
    "libboost-dev": {"usr/include/boost/regex.h": "#include <icu.h>\n", "usr/include/boost/object.h": ""},
    "libicu-dev": {"usr/include/icu.h": ""},
    "libdeep-dev": {"usr/include/deep.h": "#include <sub/next.h>\n#include <missing.h>\n"},
    "libnext-dev": {"usr/include/sub/next.h": "#define DEEPER <icu.h>\n", "usr/include/gone.h": None},
    "zlib1g-dev": {"usr/include/zlib.h": "", "usr/lib/libz.so": "", "usr/lib/libz.a": "", "usr/lib/pkgconfig/zlib.pc": ""},
}
C = ["gcc-12", "libc6-dev", "libpython3.11-dev", "linux-libc-dev"]


@pytest.fixture
def host(tmp_path, monkeypatch):
    """A host with the packages above, and no compilers besides."""
    database = PackageDatabase(tmp_path / "host", monkeypatch) if not (tmp_path / "host").mkdir() else None
    rows = sorted(database.add(name, "1", files) for name, files in PACKAGES.items())
    return installed_.Installed(rows, str(tmp_path / "cache"))


def touched(tmp_path, host, files, **options):
    tree = tmp_path / "tree"
    for path, text in {"setup.py": SETUP, "m.c": "", **files}.items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        if text is not None:
            (tree / path).write_text(text)
    return [name_of(row) for row in touching.touching(mentions(str(tree)), host, **options)]


@needs_dpkg
@pytest.mark.parametrize("files, more", [
    ({}, []),
    ({"m.c": "#include <stdio.h>\n"}, []),
    ({"m.c": "#include <libpq-fe.h>\n"}, ["libpq-dev"]),
    ({"m.c": "#include <postgresql/libpq-fe.h>\n"}, ["libpq-dev"]),
    ({"m.c": "#include <deep.h>\n"}, ["libdeep-dev", "libicu-dev", "libnext-dev"]),
    ({"m.c": "#include <gone.h>\n#include <windows.h>\n"}, ["libnext-dev"]),
    ({"setup.py": SETUP + "pg_config\n"}, ["libpq-dev"]),
    ({"setup.py": SETUP + "libraries=['pq']\n"}, ["libpq-dev"]),
    ({"setup.py": SETUP + "pkg-config --libs libpq\n"}, ["libpq-dev", "libssl-dev"]),
    ({"meson.build": "dependency('libpq')"}, ["libpq-dev", "libssl-dev"]),
    ({"CMakeLists.txt": "find_package(ZLIB)"}, ["zlib1g-dev"]),
    ({"m.c": "#include <regex.h>\n"}, []),
    ({"m.c": "#include <regex.h>\n", "setup.py": SETUP + "'/usr/include/boost'\n"}, []),
    ({"m.c": "#include <boost/regex.h>\n"}, ["libboost-dev", "libicu-dev"]),
    ({"m.c": "#include <openssl/ssl.h>\n"}, ["libssl-dev"]),
    ({"m.c": "#include <openssl/ssl.h>\n", "setup.py": SETUP + "'xmlsec1'\n"}, ["libssl-dev", "libxmlsec1-dev"]),
    ({"m.c": "#include <openssl/ssl.h>\n", "setup.py": SETUP + "'-I/usr/include/xmlsec1/xmlsec'\n"}, ["libssl-dev", "libxmlsec1-dev"]),
    ({"m.c": '#include "object.h"\n', "object.h": ""}, []),
    ({"m.c": '#include "zlib.h"\n', "bundled/zlib.h": ""}, ["zlib1g-dev"]),
    ({"m.c": '#include "object.h"\n', "bundled/object.h": ""}, []),
    ({"m.cpp": "#include <vector>\n"}, ["g++-12", "libstdc++-12-dev"]),
    ({"x.pyx": "cdef extern from 'libpq-fe.h': pass\n"}, ["libpq-dev"]),
    ({"src/lib.rs": "", "Cargo.toml": "[dependencies]\nopenssl-sys = '1'\n"}, ["libssl-dev", "rustc"]),
    ({"pyproject.toml": "requires = ['scikit-build-core']"}, ["cmake", "g++-12", "libstdc++-12-dev"]),
])
def test_what_touches_sources_that_are_compiled(tmp_path, host, files, more):
    assert touched(tmp_path, host, files) == sorted(C + more)


@needs_dpkg
def test_nothing_touches_pure_python(tmp_path, host):
    assert touched(tmp_path, host, {"setup.py": "setup()", "m.c": None, "README": "pq"}) == []


@needs_dpkg
@pytest.mark.parametrize("requirements, everything", [
    (["setuptools", "Cython", "flit_core", "numpy"], False), (["setuptools", "mpi4py"], True)])
def test_a_build_requirement_that_may_bring_headers(tmp_path, host, requirements, everything):
    assert touched(tmp_path, host, {}, requirements=requirements) == (sorted(PACKAGES) if everything else C)


@needs_dpkg
def test_in_doubt_everything_touches(tmp_path, host, monkeypatch):
    assert touched(tmp_path, host, {"lib.tar.gz": ""}) == sorted(PACKAGES)
    assert [name_of(row) for row in touching.touching(None, host)] == sorted(PACKAGES)
    (tmp_path / "tree" / "lib.tar.gz").unlink()
    monkeypatch.setattr(installed_, "includes_of", lambda path: open("/"))  # pylint: disable=consider-using-with,unspecified-encoding
    assert touched(tmp_path, host, {}) == sorted(PACKAGES)
    monkeypatch.setattr(installed_, "has_database", lambda: False)
    assert touched(tmp_path, host, {}) == sorted(PACKAGES)


@needs_dpkg
def test_what_was_read_is_kept_until_the_package_changes(tmp_path, host, monkeypatch):
    first = touched(tmp_path, host, {"m.c": "#include <deep.h>\n"})
    monkeypatch.setattr(installed_, "includes_of", None)
    asked = []
    monkeypatch.setattr(installed_, "files_of", lambda rows: asked.append(rows) or {})
    again = installed_.Installed(host.rows, host.cache)
    assert touched(tmp_path, again, {"m.c": "#include <deep.h>\n"}) == first
    changed = installed_.Installed([row.replace("libdeep-dev 1", "libdeep-dev 2") for row in host.rows], host.cache)
    changed.load()
    assert asked == [[], ["libdeep-dev 2 amd64"]]


@needs_dpkg
def test_mentions_are_remembered_by_the_hash_of_the_source(tmp_path, store, host):
    archive = tmp_path / "a.tar.gz"
    archive.write_bytes(tar_of({"a-1/setup.py": SETUP.encode(), "a-1/m.c": b"#include <zlib.h>\n"}))
    assert touching.tools_for(store, "0" * 64, None, host) == host.rows, "without the sources nothing is known, nor remembered"
    found = touching.tools_for(store, "0" * 64, str(archive), host)
    assert [name_of(row) for row in found] == sorted([*C, "zlib1g-dev"])
    archive.unlink()
    assert touching.tools_for(store, "0" * 64, str(archive), host) == found


def test_sources_that_can_not_be_unpacked_leave_the_error_to_the_build(tmp_path, store, host):
    (tmp_path / "bad.tar.gz").write_bytes(b"no archive")
    assert touching.tools_for(store, "0" * 64, str(tmp_path / "bad.tar.gz"), host) == host.rows


@pytest.mark.skipif(not shutil.which("gcc") or not shutil.which("dpkg-query"), reason="needs Debian's gcc")
def test_the_headers_of_this_machine(tmp_path):
    here = installed_.Installed(toolchain(), str(tmp_path / "cache"))
    names = touched(tmp_path, here, {"m.c": "#include <stdio.h>\n#include <stdarg.h>\n"})
    assert {"gcc", "libc6-dev", "linux-libc-dev"} <= set(names) and any(name.startswith("libgcc-") for name in names)
    assert not [name for name in names if name.startswith(("g++", "libstdc++", "libssl", "zlib", "rust", "cmake"))]
    names = touched(tmp_path, here, {"m.cc": "#include <vector>\n"})
    assert any(name.startswith("g++") for name in names) and any(name.startswith("libstdc++") for name in names)
