# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which wheels an interpreter accepts by their tags (PEP 425; on Linux PEP 513, 571, 599, 600 and 656)."""
import itertools
import re

_LEGACY = {"manylinux1": (2, 5), "manylinux2010": (2, 12), "manylinux2014": (2, 17)}


def expand(python, abi, system):
    """Return the set of tags ``(python, abi, platform)`` that a compressed tag stands for (PEP 425)."""
    return set(itertools.product(*(part.lower().split(".") for part in (python, abi, system))))


def accepts(tag, platform):
    """Tell whether an interpreter of ``platform`` (see common/platform.py) accepts ``tag``, a triple of texts."""
    python, abi, system = tag
    return _interpreter_accepts(python, abi, system == "any", platform) and (system == "any" or _system_accepts(system, platform))


def _interpreter_accepts(python, abi, anywhere, platform):
    major, minor = (int(number) for number in platform["python"].split("."))
    found = re.fullmatch("(cp|py)({0})([0-9]*)".format(major), python)
    if not found or found.group(3) != "" and str(int(found.group(3))) != found.group(3):
        return False
    asked = int(found.group(3) or 0)
    if found.group(1) == "py":
        return abi == "none" and asked <= minor
    if found.group(3) == "":
        return False
    if asked == minor and (abi == "none" or not anywhere and abi in _abis(platform["abi"], (major, minor))):
        return True
    stable = "abi3t" if "t" in platform["abi"].lstrip("cp") else "abi3"
    return not anywhere and abi == stable and 2 <= asked <= minor


def _abis(abi, version):
    """A debug build loads modules of a normal one from Python 3.8 on, which is when the m of the names before ended."""
    return (abi, abi[:-1]) if abi.endswith("d") and version >= (3, 8) else (abi,)


def _system_accepts(system, platform):
    machine = platform["machine"]
    if not system.endswith("_" + machine):
        return False
    kind = system[:-len(machine) - 1]
    if kind == "linux":
        return True
    own = tuple(int(number) for number in re.findall("[0-9]+", platform["libc_version"])[:2])
    versioned = re.fullmatch("(many|musl)linux_(0|[1-9][0-9]*)_(0|[1-9][0-9]*)", kind)
    wanted = tuple(int(number) for number in versioned.groups()[1:]) if versioned else _LEGACY.get(kind)
    if not wanted or len(own) != 2:
        return False
    if versioned and versioned.group(1) == "musl":
        return platform["libc"] == "musl" and wanted[0] == own[0] and wanted <= own
    oldest = (2, 5) if machine in ("x86_64", "i686") else (2, 17)
    return platform["libc"] == "glibc" and oldest <= wanted <= own
