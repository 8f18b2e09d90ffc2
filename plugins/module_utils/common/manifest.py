# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The manifest: every wheel of a release for one platform, with its hash and size."""
import hashlib
import re

from .errors import WheelhouseError
from .files import canonical_json
from .transfer import place_of

SCHEMA = 1
APP = re.compile(r"[a-z0-9][a-z0-9._-]*", re.IGNORECASE)
MAX_APP = 100  # a name is part of paths, and of the first line of scripts
MAX_TEXT = 1000  # letters of a specifier of versions
MAX_SIZE = 1 << 63  # bytes of a file
ID = re.compile(r"[0-9a-f]{16}")
SHA256 = re.compile(r"[0-9a-f]{64}")
# A package's name, or what is asked for in its place where rpm is; a manifest may say anything, and this becomes an argument.
_PACKAGE = r"\w(?:[\w.+-]*[\w.+])?(?:\([\w.+-]*\))?(?:\(64bit\))?"
PACKAGE = re.compile(_PACKAGE, re.ASCII)
_VERSIONED = _PACKAGE + r"(?::\w+)?(?:\s*\((?:<<|<=|=|>=|>>)\s*[\w.+:~-]+\))?"
REQUIREMENT = re.compile(r"{0}(?:\s*\|\s*{0})*".format(_VERSIONED), re.ASCII)


def manifest_id(manifest):
    """Return the id of a manifest: the first 16 hex digits of the SHA-256 of its canonical JSON."""
    return hashlib.sha256(canonical_json(manifest)).hexdigest()[:16]


def normalise(name):
    """Return a distribution's name as PEP 503 normalises it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def check_app(app):
    """Return the app's name when it can be a folder's name everywhere; raise WheelhouseError when not."""
    if not isinstance(app, str) or not is_app(app):
        raise WheelhouseError("{0!r} is not a name for an app".format(app),
                              hint="use up to {0} letters, digits, '.', '_' and '-', and begin with a letter or digit".format(MAX_APP))
    return app


def is_app(name):
    """Tell whether ``name`` can be an app's."""
    return bool(APP.fullmatch(name)) and ".." not in name and len(name) <= MAX_APP


def check_release(release):
    """Return the release's id when it looks like one; raise WheelhouseError when not."""
    if not isinstance(release, str) or not ID.fullmatch(release):
        raise WheelhouseError("{0!r} is not the id of a release".format(release), hint="an id is 16 hex digits")
    return release


def places(manifest):
    """Return what a store must hold for this manifest: ``{place: (sha256, size)}`` of wheels and bytecode."""
    wanted = {}
    for wheel in manifest["wheels"]:
        wanted[place_of("wheels", wheel["sha256"], wheel["filename"])] = (wheel["sha256"], wheel["size"])
        if wheel.get("bytecode"):
            code = wheel["bytecode"]
            wanted[place_of("bytecode", code["sha256"], "")] = (code["sha256"], code["size"])
    return wanted


def validate(manifest):
    """Return the manifest when its structure is sound; raise WheelhouseError naming the first flaw when not.

    Names that become paths (app, file names, hashes) or go to the loader or to a package manager are checked to be plain; versions are only
    text here.
    """
    if not isinstance(manifest, dict) or repr(manifest.get("schema")) != repr(SCHEMA):
        raise _flaw("its schema is not {0}".format(SCHEMA))
    try:
        canonical_json(manifest)
    except (ValueError, TypeError, RecursionError) as error:  # text that is not Unicode, for example
        raise _flaw("it cannot be written as JSON: {0}".format(error))
    check_app(manifest.get("app"))
    if not isinstance(manifest.get("platform"), dict) or not all(isinstance(value, str) for value in manifest["platform"].values()):
        raise _flaw("it names no platform")
    for key, kinds in (("lock", str), ("project", (str, type(None))), ("options", dict)):
        if key not in manifest or not isinstance(manifest[key], kinds):
            raise _flaw("it does not tell the {0} that it was made from".format(key))
    if not isinstance(manifest.get("wheels"), list):
        raise _flaw("it has no list of wheels")
    seen = set()
    for wheel in manifest["wheels"]:
        if not isinstance(wheel, dict):
            raise _flaw("{0!r} describes no wheel".format(wheel))
        _validate_wheel(wheel)
        _validate_names(wheel.get("needs") or {}, wheel["name"])
        if wheel["name"] in seen:
            raise _flaw("two wheels of the same name", wheel["name"])
        seen.add(wheel["name"])
    return manifest


def _validate_names(needs, name):
    """Refuse what the loader, or a package manager, would take for something else than a name."""
    for soname in needs.get("libraries") or ():
        if "/" in soname:
            raise _flaw("the shared library {0!r} is a path".format(soname), name)
    for text in sum((needs.get("providers") or {}).values(), list(needs.get("packages") or ())):
        if not REQUIREMENT.fullmatch(text):
            raise _flaw("{0!r} is not a package of a distribution".format(text), name)


def _validate_wheel(wheel):
    name = wheel.get("name")
    if not isinstance(name, str) or not re.fullmatch(r"[\w-]+", name) or name != normalise(name):
        raise _flaw("{0!r} is not a normalised name".format(name))
    if not isinstance(wheel.get("version"), str) or not re.fullmatch(r"[0-9A-Za-z.!+_-]+", wheel["version"]):
        raise _flaw("{0!r} is not a version".format(wheel.get("version")), name)
    filename = wheel.get("filename")
    if not _plain(filename) or not filename.endswith(".whl") or " " in filename:
        raise _flaw("{0!r} is not a wheel's file name".format(filename), name)
    _validate_file(wheel, name)
    source = wheel.get("source")
    if not isinstance(source, dict) or source.get("filename") and not _plain(source["filename"]):
        raise _flaw("what it was built from is not described", name)
    if source.get("filename") and source.get("sha256") != wheel["sha256"]:
        _validate_file(source, name)
    if wheel.get("bytecode") is not None:
        if not isinstance(wheel["bytecode"], dict):
            raise _flaw("its bytecode is not described", name)
        _validate_file(wheel["bytecode"], name)
    if not _short(wheel.get("requires_python")):
        raise _flaw("{0:.100} is not a version of Python".format(repr(wheel["requires_python"])), name)
    needs = wheel.get("needs") or {}
    texts = [needs.get(key) or [] for key in ("libraries", "optional", "packages")] if isinstance(needs, dict) else [None]
    providers = (needs.get("providers") or {}) if isinstance(needs, dict) else {}
    texts += providers.values() if isinstance(providers, dict) else [None]
    if not all(isinstance(found, list) and all(isinstance(text, str) for text in found) for found in texts):
        raise _flaw("what it needs is not described", name)
    if not _short(needs.get("libc_version")):
        raise _flaw("{0:.100} is not the version of a libc".format(repr(needs["libc_version"])), name)


def _short(text):
    """Tell whether it is a text, if anything, in which no number is too long for Python to read."""
    return text is None or isinstance(text, str) and len(text) <= MAX_TEXT


def _plain(filename):
    """Tell whether ``filename`` is the name of a file in a folder, and nothing else."""
    return isinstance(filename, str) and len(filename) <= 255 and re.fullmatch(r"[^/\\\x00-\x20.-][^/\\\x00-\x1f]*", filename) is not None


def _validate_file(found, name):
    if not isinstance(found.get("sha256"), str) or not SHA256.fullmatch(found["sha256"]):
        raise _flaw("{0!r} is not a SHA-256".format(found.get("sha256")), name)
    if not isinstance(found.get("size"), int) or isinstance(found["size"], bool) or not 0 <= found["size"] < MAX_SIZE:
        raise _flaw("{0:.100} is not a size in bytes".format(repr(found.get("size"))), name)


def _flaw(message, package=""):
    return WheelhouseError("the manifest is damaged: " + message, package=package,
                           hint="build this release again, or restore the manifest from the wheelhouse")
