# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read what a wheel says about itself: its file name, METADATA and WHEEL (PEP 427, PEP 440)."""
import collections
import re

from ..common.errors import WheelhouseError
from ..common.manifest import normalise
from . import tags

Name = collections.namedtuple("Name", "name version build python abi platform")

LONGEST_VERSION = 200  # letters; beyond that nobody wants its numbers compared

_PRE = {"alpha": "a", "beta": "b", "c": "rc", "pre": "rc", "preview": "rc"}
_VERSION = re.compile(
    r"v?(?:(?P<epoch>\d+)!)?(?P<release>\d+(?:\.\d+)*)"
    r"(?:[-_.]?(?P<pre>alpha|a|beta|b|preview|pre|c|rc)[-_.]?(?P<pre_number>\d*))?"
    r"(?:-(?P<implicit_post>\d+)|[-_.]?(?P<post>post|rev|r)[-_.]?(?P<post_number>\d*))?"
    r"(?:[-_.]?(?P<dev>dev)[-_.]?(?P<dev_number>\d*))?"
    r"(?:\+(?P<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?")


def parse_filename(filename):
    """Return the parts of a wheel's file name as a Name; raise WheelhouseError when it is not one.

    The name is as written there (with ``_`` for ``-``), the version too; ``build`` is "" when there is none.
    """
    stem, dot, suffix = filename.rpartition(".")
    parts = stem.split("-")
    if suffix != "whl" or len(parts) not in (5, 6) or not all(parts) or "/" in filename:
        raise WheelhouseError("{0!r} is not a wheel's file name".format(filename))
    if len(parts) == 6 and not parts[2][0].isdigit():
        raise WheelhouseError("{0!r} is not a wheel's file name: its build number is not one".format(filename))
    build = parts[2] if len(parts) == 6 else ""
    return Name(parts[0], parts[1], build, *parts[-3:])


def check_entry(entry, platform):
    """Return the Name of a manifest's entry; raise WheelhouseError unless it is what the entry says, and for ``platform``."""
    found = parse_filename(entry["filename"])
    if normalise(found.name) != entry["name"] or not same_version(found.version, entry["version"]):
        raise WheelhouseError("its file name {0} is not of version {1} of it".format(entry["filename"], entry["version"]),
                              package=entry["name"], hint="build this release again, or restore the manifest from the wheelhouse")
    if not any(tags.accepts(tag, platform) for tag in tags.expand(*found[-3:])):
        raise WheelhouseError("{0} is for another Python or another system".format(entry["filename"]), package=entry["name"],
                              hint="build for this platform, or set deploy_python to an interpreter of that version")
    return found


def canonical_version(text):
    """Return a form of a version by which two spellings of it are equal (PEP 440); unknown forms only in lower case."""
    text = text.strip().lower()
    found = _VERSION.fullmatch(text)
    if not found or len(text) > LONGEST_VERSION:
        return text
    release = [str(int(number)) for number in found.group("release").split(".")]
    while len(release) > 1 and release[-1] == "0":
        release.pop()
    parts = [str(int(found.group("epoch") or 0)), "!", ".".join(release)]
    if found.group("pre"):
        parts += [_PRE.get(found.group("pre"), found.group("pre")), str(int(found.group("pre_number") or 0))]
    if found.group("implicit_post") or found.group("post"):
        parts += [".post", str(int(found.group("implicit_post") or found.group("post_number") or 0))]
    if found.group("dev"):
        parts += [".dev", str(int(found.group("dev_number") or 0))]
    if found.group("local"):
        local = re.split(r"[-_.]", found.group("local"))
        parts += ["+", ".".join(str(int(part)) if part.isdigit() else part for part in local)]
    return "".join(parts)


def same_version(one, other):
    """Tell whether two spellings mean one version; ``_`` stands for ``-`` in a wheel's file name."""
    return canonical_version(one.replace("_", "-")) == canonical_version(other.replace("_", "-"))


def read_headers(text):
    """Return the headers of METADATA or WHEEL as ``{lower-case name: [values]}``, without continuation lines."""
    headers = {}
    for line in text.splitlines():
        if not line.strip():
            break
        name, colon, value = line.partition(":")
        if colon and not line[0].isspace():
            headers.setdefault(name.strip().lower(), []).append(value.strip())
    return headers


def find_dist_info(names, name, version):
    """Return the name of the one ``.dist-info`` folder among the paths ``names``, for the distribution ``name``, ``version``."""
    folders = {path.split("/", 1)[0] for path in names if "/" in path}
    found = sorted(folder for folder in folders if folder.endswith(".dist-info"))
    if len(found) != 1:
        raise WheelhouseError("the wheel has {0} .dist-info folders, not one".format(len(found)), package=name)
    stem_name, dash, stem_version = found[0][:-len(".dist-info")].partition("-")
    if normalise(stem_name) != name or not same_version(stem_version, version):
        raise WheelhouseError("the wheel contains {0}, not version {1} of it".format(found[0], version), package=name)
    return found[0]


def check_metadata(metadata, about, name, version, filename):
    """Return the version as METADATA spells it.

    Raises WheelhouseError unless the texts of METADATA and WHEEL are of ``name``, ``version``, the tags of ``filename``, a Name,
    and a format we can read.
    """
    headers = read_headers(metadata)
    written_name, written_version = ((headers.get(key) or [""])[0] for key in ("name", "version"))
    if normalise(written_name) != name or not same_version(written_version, version):
        raise WheelhouseError("the wheel is {0} {1} by its METADATA, not {2} {3}".format(
            written_name or "unnamed", written_version or "without version", name, version), package=name)
    headers = read_headers(about)
    written = (headers.get("wheel-version") or [""])[0]
    if written.split(".")[0] != "1":
        raise WheelhouseError("the wheel's format is {0!r} by its WHEEL, and only 1.x is known here".format(written), package=name)
    written = headers.get("tag") or []
    if written and not _same_tags(written, filename):
        raise WheelhouseError("the wheel is for {0} by its WHEEL, and for {1} by its file name".format(
            ", ".join(written), "-".join(filename[-3:])), package=name)
    return written_version


def _same_tags(written, filename):
    """Compare the tags of WHEEL with those of a file name; tools that repair a wheel for manylinux may leave linux in it."""
    named = tags.expand(*filename[-3:])
    told = set()
    for tag in written:
        parts = tag.split("-")
        told.update(tags.expand(*parts) if len(parts) == 3 else ())

    def roughly(found):
        return {(python, abi, re.sub(r"^(many|musl)?linux(_[0-9]+_[0-9]+|[0-9]+)?_", "linux_", system)) for python, abi, system in found}
    return told == named or bool(roughly(told) & roughly(named))
