# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What one package of the system provides to a build: headers, libraries, pkg-config modules, programs."""
import os
import re

from .includes import included, is_header

_LIBRARY = re.compile(r"lib([^/]+?)\.(so|a)$")
_TRIPLET = re.compile(r"[^/]*-linux(-[^/]*)?/|c\+\+/[0-9][^/]*/")
# A build that compiles this links with these, or includes these, without naming them.
_UNNAMED = {"crt1.o": "any", "Scrt1.o": "any", "libc.so": "any", "libc.a": "any", "libgcc.a": "any", "crtbegin.o": "any",
            "libstdc++.so": "c++", "libstdc++.a": "c++", "libgfortran.so": "fortran", "libgfortran.a": "fortran"}


def provides(paths, with_programs):
    """Return what a package with the files ``paths`` provides, as JSON.

    ``headers`` are [path below its include folder, real path]; ``names`` the lower-case names by which a build script may ask for its
    libraries, CMake packages and, ``with_programs``, programs such as pg_config; ``modules`` maps its pkg-config modules to those
    that they require; ``unnamed`` says for which kinds of sources it is used without being named ("any", "c++", "fortran").
    """
    found = {"headers": [], "names": set(), "modules": {}, "unnamed": set()}
    for path in paths:
        base = path.rpartition("/")[2]
        if "/include/" in path or is_header(base):
            found["headers"] += _headers(path)
        if base in _UNNAMED:
            found["unnamed"].add(_UNNAMED[base])
        library = _LIBRARY.match(base)
        if library:
            found["names"].update(_spellings(library.group(1)))
        elif base.endswith(".pc"):
            found["modules"][base[:-3].lower()] = _required(path)
            found["names"].update(_spellings(base[:-3]))
        elif re.match(r".*/cmake/[^/]+/[^/]+\.cmake$", path):
            found["names"].update(_spellings(path.split("/")[-2]))
        elif with_programs and re.match(r".*/s?bin/[^/]+$", path):
            found["names"].add(base.lower())
    return {"headers": found["headers"], "names": sorted(found["names"]), "modules": found["modules"], "unnamed": sorted(found["unnamed"])}


def is_standard(name, target):
    """Tell whether a compiler finds ``target`` at ``name``, a path below an include folder, without being told a folder."""
    while name != target:
        shorter = _TRIPLET.sub("", name, count=1) if _TRIPLET.match(name) else name
        if shorter == name:
            return False
        name = shorter
    return True


def includes_of(path):
    """Return what the header at ``path`` includes, as sorted ``[target, quoted]`` pairs. Raises OSError when it can't be read."""
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            return [list(pair) for pair in sorted(set(included(stream.read())))]
    except FileNotFoundError:  # listed but not installed: no build sees it either
        return []


def _headers(path):
    """Return the headers that a listed path stands for: itself, or all below it when it is a link to a folder."""
    below = path.partition("/include/")[2] if "/include/" in path else path.lstrip("/")
    if is_header(path):
        return [[below, os.path.realpath(path) if os.path.islink(path) else path]]
    if os.path.islink(path) and os.path.isdir(path):
        return [["{0}/{1}".format(below, os.path.relpath(os.path.join(folder, name), path)), os.path.realpath(os.path.join(folder, name))]
                for folder, _folders, names in os.walk(path + "/") for name in sorted(names)]
    return [[below, os.path.realpath(path)]] if os.path.isfile(path) else []  # such as C++'s <vector>


def _spellings(name):
    """Return how build scripts write the name of a library or module, in lower case."""
    name = name.lower()
    return {name, name[3:]} if name.startswith("lib") and len(name) > 3 else {name, "lib" + name}


def _required(path):
    """Return the modules that a pkg-config module requires, private ones too: their flags are given with its own."""
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            lines = re.findall(r"(?m)^Requires(?:\.private)?\s*:(.*)$", stream.read())
    except OSError:
        return []
    words = [word for line in lines for word in re.split(r"[\s,]+", re.sub(r"[<>=!]+\s*\S+", " ", line)) if word]
    return sorted({word.lower() for word in words})
