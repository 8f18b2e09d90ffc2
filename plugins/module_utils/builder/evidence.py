# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How it shows that a source tree compiles something, and what: by the names of its files and the words of its build scripts."""
import os
import re

#: Kinds that alone compile nothing: they tell which tools work on the sources of the other kinds.
AUXILIARY = {"autotools", "cmake", "lex", "meson", "swig", "yacc"}

_BY_NAME = (
    (re.compile(r".*\.(c|S|s|pyx|pyf|go|zig|nim|hs)(\.in)?$"), ("c",)),
    (re.compile(r".*\.(cc|cpp|cxx|c\+\+|C|mm|cu)(\.in)?$"), ("c++",)),
    (re.compile(r".*\.asm$"), ("c", "assembler")),
    (re.compile(r".*\.rs$"), ("rust",)),
    (re.compile(r".*\.([fF]|for|[fF](77|90|95|03|08))(\.src|\.in)?$"), ("fortran",)),
    (re.compile(r".*\.i$"), ("swig",)),
    (re.compile(r".*\.(y|yy|ypp)$"), ("yacc",)),
    (re.compile(r".*\.(l|ll|lpp)$"), ("lex",)),
)
# What Python code and its settings say when there is something to compile, even when its sources are made only then.
_BY_PYTHON = (
    (re.compile(r"\b(ext[-_]modules|Extension|build_ext|build_clib|new_compiler|customize_compiler|cythonize|mypyc\w*|cffi_modules)\b"
                r"|(?i:\bcython\b|meson-?py(thon)?\b)|['\"](cc|gcc|clang|make|ninja|pkg-?config|go)['\" ]"), ("c",)),
    (re.compile(r"(?i:\bpythran\b)|\bpybind11\b|\bnanobind\b|['\"][cg]\+\+"), ("c++",)),
    (re.compile(r"(?i:scikit[-_]build|\bskbuild\b|\bcmake\b|py-build-cmake)"), ("c", "c++", "cmake")),
    (re.compile(r"\bmaturin\b|\bsetuptools[-_]rust\b|\bRustExtension\b|\bcargo\b"), ("rust",)),
    (re.compile(r"\bf2py\b|\bgfortran\b|numpy\.distutils"), ("c", "fortran")),
)
_BY_SCRIPT = (
    (re.compile(r"\b(autoconf|autoreconf|automake|autogen|libtool\w*|aclocal)\b|\./configure\b"), ("autotools",)),
    (re.compile(r"(?i:\bcmake\b)"), ("cmake",)),
    (re.compile(r"(?i:\bmeson(py)?\b)"), ("meson",)),
    (re.compile(r"(?i:\bswig\b)"), ("swig",)),
    (re.compile(r"(?i:\b(bison|yacc)\b)"), ("yacc",)),
    (re.compile(r"\b(flex|lex)\b|\bFLEX\b"), ("lex",)),
    (re.compile(r"(?i:\b[ny]asm\b)"), ("assembler",)),
    (re.compile(r"(?i:\bfortran\b)"), ("fortran",)),
)
#: The packages of back ends that put files into a wheel and nothing else, but for hooks that a project may give them.
PACKERS = {"flit-core", "hatchling", "pdm-backend", "poetry-core", "uv-build"}
#: What such a hook compiles with.
COMPANIONS = {"cffi", "cython", "hatch-cython", "hatch-mypyc", "mypy", "pybind11"}
# Those back ends by name, and what must not be in pyproject.toml, or beside it, for that to be so.
_PACKERS = {
    "flit_core.buildapi": (r"$^", ()),
    "flit_scm:buildapi": (r"$^", ()),
    "uv_build": (r"$^", ()),
    "hatchling.build": (r"\bhooks\b", ("hatch.toml",)),
    "poetry.core.masonry.api": (r"(?m)^\s*build\s*=|tool\.poetry\.build", ()),
    "pdm.backend": (r"\bcustom-hook\b|\brun-setuptools\b|\bcustom\b", ("pdm_build.py",)),
}
_ARCHIVE = re.compile(r"(?i).*\.(tar(\.\w+)?|tgz|tbz2?|txz|zip|crate)$")
_ASIDE = re.compile(r"(?i)(^|/)[^/]*(test|doc|example|sample|demo|fixture|benchmark)[^/]*/")


def cannot_compile(tree):
    """Tell whether the back end of the sources in ``tree`` is one that never compiles, with the settings that it has here."""
    try:
        with open(os.path.join(tree, "pyproject.toml"), encoding="utf-8", errors="replace") as stream:
            text = re.sub(r"(?m)^\s*#.*$", "", stream.read())
    except FileNotFoundError:
        return False
    named = re.findall(r"""build-backend["']?\s*=\s*["']([^"']+)["']""", text)
    if len(named) != 1 or named[0] not in _PACKERS or "backend-path" in text:
        return False
    pattern, files = _PACKERS[named[0]]
    return not re.search(pattern, text) and not any(os.path.lexists(os.path.join(tree, name)) for name in files)


def kinds_of_name(name):
    """Return the kinds of sources that a file with the name ``name`` is, as a set."""
    return {kind for pattern, kinds in _BY_NAME if pattern.match(name) for kind in kinds}


def kinds_of_script(name, text):
    """Return the kinds that the build script ``name`` speaks of, as a set; ``text`` has no comments."""
    tables = _BY_SCRIPT + (_BY_PYTHON if name.endswith((".py", ".toml", ".cfg")) else ())
    return {kind for pattern, kinds in tables if pattern.search(text) for kind in kinds
            if not (kind == "cmake" and name.endswith((".cmake", "CMakeLists.txt")))}  # CMake's own files do not start it


def compiled(kinds):
    """Return ``kinds``, or nothing when none of them compiles."""
    return kinds if kinds - AUXILIARY else set()


def may_hold_sources(path):
    """Tell whether the file at ``path`` of a tree is an archive of what may be sources."""
    return bool(_ARCHIVE.match(path)) and not aside(path)


def aside(path):
    """Tell whether the file at ``path`` of a tree lies among tests, documents or examples."""
    return bool(_ASIDE.search(path))
