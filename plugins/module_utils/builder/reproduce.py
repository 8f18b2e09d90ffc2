# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""In what two wheels of the same sources differ, and why as far as their bytes tell; told from a description that can travel."""
import hashlib
import io
import re
import zipfile

from .third_party import ELFError, ELFFile

# Where the bytes of a build's own folders end up, and what tells of the moment or the host.
_PATH = re.compile(rb"/(?:tmp|var/tmp|home|root|build|var/lib)/[\w./+-]{3,200}")
_DATE = re.compile(rb"\b(?:20[2-9]\d-[01]\d-[0-3]\d[T _][0-2]\d:[0-5]\d"
                   rb"|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \d]\d 20[2-9]\d)")
_MOST = 50  # paths and dates that are told of one member
_DEBUG = (".debug", ".zdebug")
_BUILD_ID = ".note.gnu.build-id"


def members(path):
    """Return what is in the wheel at ``path``, as JSON: by member name its ``bytes`` (SHA-256), ``mode``, ``date``, ``place`` (which
    it is in the archive) and ``packed`` (how); the paths of builds and the dates that stand in its bytes; the digests of an ELF file's
    ``sections``, or of RECORD's ``rows`` whatever their order.
    """
    with zipfile.ZipFile(path) as archive:
        return {entry.filename: _member(entry, archive.read(entry), place) for place, entry in enumerate(archive.infolist())}


def differing(first, second):
    """Return sentences that say in what two wheels (see ``members``) differ, by name of member; none when they are the same."""
    said = ["{0} is only in the first".format(name) for name in sorted(set(first) - set(second))]
    said += ["{0} is only in the second".format(name) for name in sorted(set(second) - set(first))]
    for name in sorted(set(first) & set(second)):
        reasons = _reasons(first[name], second[name])
        if reasons:
            said.append("{0} differs: {1}".format(name, ", ".join(reasons)))
    if [name for name in _in_order(first) if name in second] != [name for name in _in_order(second) if name in first]:
        said.append("the members are in another order")
    if not said and first != second:
        said.append("the members are the same, but are packed in another way")
    return said


def _member(entry, data, place):
    found = {"bytes": hashlib.sha256(data).hexdigest(), "mode": "{0:o}".format(entry.external_attr >> 16), "place": place,
             "date": "{0:04}-{1:02}-{2:02} {3:02}:{4:02}:{5:02}".format(*entry.date_time),
             "packed": [entry.compress_type, entry.compress_size, entry.create_system, entry.flag_bits, _digest(entry.extra)],
             "paths": _traces(_PATH, data), "dates": _traces(_DATE, data)}
    if data.startswith(b"\x7fELF"):
        found["sections"] = _sections(data)
    elif entry.filename.endswith(".dist-info/RECORD"):
        found["rows"] = _digest(b"\n".join(sorted(data.splitlines())))
    return found


def _reasons(one, other):
    """Return in what two members differ, in words."""
    reasons = ["its {0} is {1} and {2}".format(what, one[what], other[what]) for what in ("mode", "date") if one[what] != other[what]]
    if one["bytes"] == other["bytes"]:
        return reasons
    if "rows" in one and "rows" in other:
        return [*reasons, "its rows are in another order" if one["rows"] == other["rows"] else "it lists the hashes of other members"]
    why = []
    for kind, words in (("paths", "it holds the path {0}"), ("dates", "it holds the date {0}")):
        odd = [text for text in one[kind] if text not in other[kind]]
        why += [words.format(odd[0])] if odd else []
    if "sections" in one and "sections" in other:
        why.append(_where(one["sections"], other["sections"]))
    return reasons + (why or ["its bytes"])


def _where(one, other):
    """Return in which sections two ELF files differ, in words."""
    names = sorted(name for name in {**one, **other} if one.get(name) != other.get(name))
    shown = ", ".join(names[:4] + ["…"] * bool(names[4:]))
    if names == [_BUILD_ID]:
        return "in its build id alone"
    if all(name.startswith(_DEBUG) or name == _BUILD_ID for name in names):
        return "in its debug information alone ({0})".format(shown) if names else "outside its sections"
    return "in its sections {0}".format(shown)


def _sections(data):
    """Return the digests of the sections of an ELF file by their names; nothing when it can't be read as one."""
    try:
        return {section.name or "(none)": _digest(section.data()) for section in ELFFile(io.BytesIO(data)).iter_sections()
                if section["sh_type"] != "SHT_NOBITS"}
    except (ELFError, ValueError, OSError):
        return {}


def _traces(pattern, data):
    return sorted({match.decode("utf-8", "replace") for match in pattern.findall(data)})[:_MOST]


def _digest(data):
    return hashlib.sha256(data).hexdigest()[:16]


def _in_order(found):
    return sorted(found, key=lambda name: found[name]["place"])
