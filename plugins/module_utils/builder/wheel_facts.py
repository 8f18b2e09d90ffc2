# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is read from a wheel once: its name, version and requirements, its tags, and what it needs from the host."""
import email
import zipfile

from ..common.errors import WheelhouseError
from .archives import bomb, too_much
from .built_wheel import same_version
from .needs import needs_of
from .third_party import packaging

_SCHEMA = 4


def facts_of(store, sha256, filename):
    """Return ``{"name", "version", "requires": [text], "requires_python"}`` and what needs.needs_of says of a wheel in the store, remembered."""
    known = store.recall("facts", sha256)
    if known and known.get("schema") == _SCHEMA:
        return known
    found = dict(read_facts(store.path_of("wheels", sha256, filename), filename), schema=_SCHEMA)
    store.remember("facts", sha256, found)
    return found


def read_facts(path, filename):
    """Read the wheel at ``path``. Raises WheelhouseError when it is not what its name says (PEP 427, core metadata)."""
    try:
        name, version, _build, _tags = packaging.utils.parse_wheel_filename(filename)
        with zipfile.ZipFile(path) as archive:
            if too_much(archive):
                raise bomb("{0} can't be used: {1}".format(filename, too_much(archive)))
            metadata = _metadata(archive, name)
            needs = needs_of(archive)
    except (zipfile.BadZipFile, packaging.utils.InvalidWheelFilename, EOFError, NotImplementedError, RuntimeError) as error:
        raise WheelhouseError("{0} is not a wheel: {1}".format(filename, error)) from error
    stated = (packaging.utils.canonicalize_name(metadata.get("Name", "")), metadata.get("Version", ""))
    if stated[0] != name or not same_version(stated[1], version):
        raise WheelhouseError("{0} says inside that it is {1} {2}".format(filename, *stated), package=name)
    return dict(needs, name=name, version=str(version), requires=metadata.get_all("Requires-Dist") or [],
                requires_python=metadata.get("Requires-Python"))


def _metadata(archive, name):
    for member in archive.namelist():
        folder, _slash, base = member.partition("/")
        if base == "METADATA" and folder.endswith(".dist-info"):
            return email.message_from_bytes(archive.read(member))
    raise WheelhouseError("its wheel has no metadata", package=name)
