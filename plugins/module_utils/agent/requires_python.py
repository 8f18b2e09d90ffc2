# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether an interpreter is of a version that a wheel accepts: Requires-Python, a version specifier (PEP 345, PEP 440)."""
import re
import sys

_CLAUSE = re.compile(r"(~=|===|==|!=|<=|>=|<|>)\s*v?(\d+(?:\.\d+)*)((?:a|b|rc)\d+)?(\.\*)?", re.IGNORECASE)
_FINAL = ("z", 0)  # sorts after a, b and rc


def python_version(found=sys.version_info):
    """Return the version of an interpreter as PEP 508 writes it: ``3.11.2``, ``3.14.0rc1``."""
    before = "" if found[3] == "final" else "{0}{1}".format({"alpha": "a", "beta": "b"}.get(found[3], "rc"), found[4])
    return "{0}.{1}.{2}{3}".format(found[0], found[1], found[2], before)


def accepts(specifier, python):
    """Tell whether ``python`` (a text such as ``3.11.2``) is one of the versions that ``specifier`` allows.

    A clause that can't be read says nothing, as pip has it: old wheels have some that were allowed once (``>=3.6.*``).
    """
    return all(_accepts(clause.strip(), _parse(python)) for clause in (specifier or "").split(","))


def _accepts(clause, own):
    found = _CLAUSE.fullmatch(clause)
    if not found or found.group(1) == "===":
        return not found or clause[3:].strip() == "{0}.{1}.{2}".format(*own[0][:3])
    operator, text, before, wildcard = found.groups()
    release = tuple(int(number) for number in text.split("."))
    wanted = _key(release, before)
    if wildcard:
        if before or operator not in ("==", "!="):
            return True
        return (_padded(own[0], len(release))[:len(release)] == release) == (operator == "==")
    if operator == "~=":
        series = release[:-1]
        return len(release) < 2 or own >= wanted and _padded(own[0], len(series))[:len(series)] == series
    if operator == "<":  # 3.8 is not after its own candidates
        return own < wanted and (bool(before) or own[0] != wanted[0])
    return {"==": own == wanted, "!=": own != wanted, "<=": own <= wanted, ">=": own >= wanted, ">": own > wanted}[operator]


def _parse(text):
    found = re.match(r"([0-9.]+)((?:a|b|rc)\d+)?", text)
    return _key(tuple(int(number) for number in found.group(1).strip(".").split(".")), found.group(2))


def _key(release, before):
    """Return what versions are compared by: the release without zeros at its end, and what comes before it."""
    found = re.match(r"(a|b|rc)(\d+)", (before or "").lower())
    return _padded(release, 8), (found.group(1), int(found.group(2))) if found else _FINAL


def _padded(release, length):
    return release + (0,) * (length - len(release))
