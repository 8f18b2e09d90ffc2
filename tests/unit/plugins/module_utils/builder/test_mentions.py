# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import json
import os

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder import mentions as mentions_

SETUP = "from setuptools import Extension, setup\nsetup(ext_modules=[Extension('m', ['m.c'], libraries=['foo'])])\n"


def read(tmp_path, files):
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    found = mentions_.mentions(str(tmp_path))
    assert json.loads(json.dumps(found)) == found
    return found


@pytest.mark.parametrize("files, kinds", [
    ({"setup.py": SETUP, "m.c": ""}, ["c"]),
    ({"setup.py": "setup()", "m.c": ""}, ["c"]),
    ({"setup.py": "setup()", "m.cpp": ""}, ["c++"]),
    ({"pyproject.toml": "[build-system]\nrequires = ['cython']", "m.py": ""}, ["c"]),
    ({"setup.py": "from mypyc.build import mypycify"}, ["c"]),
    ({"setup.py": "setup(cffi_modules=['b.py:ffi'])"}, ["c"]),
    ({"lib/b.py": "ffi = FFI()\nffi.set_source('x', '#include <foo.h>')\n"}, ["c"]),
    ({"setup.py": "subprocess.run(['make', 'all'])"}, ["c"]),
    ({"setup.py": "setup()", "m.pyx": "# distutils: language = c++\n"}, ["c", "c++"]),
    ({"Cargo.toml": "[package]", "src/lib.rs": ""}, ["rust"]),
    ({"meson.build": "project('x', 'fortran')", "x.f90": ""}, ["fortran"]),
    ({"pyproject.toml": "build-backend = 'mesonpy'", "meson.build": "project('x', 'c')"}, ["c", "meson"]),
    ({"pyproject.toml": "requires = ['scikit-build-core']", "CMakeLists.txt": "project(x)"}, ["c", "c++", "cmake"]),
    ({"setup.py": SETUP, "zlib/CMakeLists.txt": "cmake_minimum_required(VERSION 3)"}, ["c"]),
    ({"setup.py": SETUP, "m.i": "", "p.y": "", "s.l": ""}, ["c", "lex", "swig", "yacc"]),
    ({"setup.py": "setup()  # make sure", "m.py": "", "data.y": "", "README.md": "`gcc -lfoo x.c`"}, []),
    ({"setup.py": "setup()", "include/only.h": "#include <foo.h>"}, []),
    ({"pyproject.toml": "[build-system]\nbuild-backend = 'flit_core.buildapi'\n", "tests/x.c": ""}, []),
    ({"pyproject.toml": "[build-system]\nbuild-backend = 'hatchling.build'\n", "tests/x.c": ""}, []),
    ({"pyproject.toml": "[build-system]\nbuild-backend = 'hatchling.build'\n[tool.hatch.build.hooks.custom]\n", "x.c": ""}, ["c"]),
    ({"pyproject.toml": "[build-system]\nbuild-backend = 'hatchling.build'\n", "hatch.toml": "", "x.c": ""}, ["c"]),
    ({"pyproject.toml": "[build-system]\nbuild-backend = 'poetry.core.masonry.api'\n[tool.poetry]\nbuild = 'build.py'\n",
      "x.c": ""}, ["c"]),
    ({"pyproject.toml": "[build-system]\nbuild-backend = 'flit_core.buildapi'\nbackend-path = ['.']\n", "x.c": ""}, ["c"]),
])
def test_what_is_compiled(tmp_path, files, kinds):
    found = read(tmp_path, files)
    assert found["kinds"] == kinds and found["doubt"] == ""
    if not kinds:
        assert not found["headers"] and not found["words"]


def test_headers_and_words(tmp_path):
    found = read(tmp_path, {
        "setup.py": SETUP + "import helper\n# libraries=['commented']\nprobe = '#include <probe.h>'\n"
                            "extra = ['-lbar', 'libbaz.so', 'quux/quux.h']\n",
        "tools/helper.py": "run('foo-config')", "tools/other.py": "run('unheard')",
        "src/m.c": '#include <foo.h>\n#include "near.h"\n#include "far.h"\n',
        "src/near.h": "#include <nearer.h>\n", "lib/far.h": "", "x.pyx": 'cdef extern from "cy.h":\n',
        "x.pxd": "cdef extern from '<cy/angle.h>' nogil:",
        "y.pyx": '# distutils: libraries = declared\ncdef extern from *:\n    """\n    #include <verbatim.h>\n    """\n',
        "README.rst": "#include <prose.h>", "docs/conf.c": "#include <prose.h>", "MANIFEST.in": "include manifest.h",
        "m.egg-info/x.c": "#include <prose.h>", "config.h.in": "#include <template.h>", "Cargo.lock": 'name = "openssl-sys"',
        "src/x.rs": '#[link(name = "linked")]'})
    assert found["headers"] == ["cy.h", "cy/angle.h", "foo.h", "nearer.h", "probe.h", "quux/quux.h", "template.h", "verbatim.h"]
    assert found["own"] == ["far.h"], "what lies beside is no mention, what lies elsewhere may be the system's too"
    assert {"foo", "bar", "libbaz", "foo-config", "openssl", "openssl-sys", "linked", "declared"} <= set(found["words"])
    assert not {"commented", "unheard", "prose"} & set(found["words"])


def test_a_text_that_includes_within_a_script(tmp_path):
    assert read(tmp_path, {"setup.py": SETUP + "probe = '''\n#include <probe.h>\n'''\n"})["headers"] == ["probe.h"]


@pytest.mark.parametrize("files, doubt", [
    ({"setup.py": SETUP, "vendor/lib.tar.gz": ""}, "vendor/lib.tar.gz may hold sources"),
    ({"setup.py": SETUP, "tests/data/lib.tar.gz": ""}, ""),
    ({"setup.py": "setup()", "data.zip": ""}, ""),
])
def test_sources_that_are_packed_leave_a_doubt(tmp_path, files, doubt):
    assert read(tmp_path, files)["doubt"] == doubt


def test_sources_that_are_too_large_leave_a_doubt(tmp_path, monkeypatch):
    monkeypatch.setattr(mentions_, "MAX_FILE", 10)
    assert read(tmp_path, {"m.c": "#include <a.h>\n"})["doubt"] == "m.c is too large to be read"


def test_sources_that_can_not_be_read_leave_a_doubt(tmp_path, monkeypatch):
    def refuse(*_arguments, **_options):
        raise PermissionError(13, "Permission denied", "m.py")
    monkeypatch.setattr(mentions_, "open", refuse, raising=False)
    assert read(tmp_path, {"m.py": ""})["doubt"] == "m.py can't be read: Permission denied"


def test_links_to_nowhere_and_bytes_that_are_no_text(tmp_path):
    os.symlink("nowhere.c", tmp_path / "m.c")
    (tmp_path / "n.c").write_bytes(b"\xff\xfe\n#include <a.h>\n")
    assert read(tmp_path, {})["headers"] == ["a.h"]
