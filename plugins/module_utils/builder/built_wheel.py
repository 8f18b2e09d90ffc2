# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a build back end made the wheel that it was asked for: all that a wheel says of itself (PEP 427, core metadata)."""
import base64
import csv
import email
import hashlib
import io
import os
import stat
import zipfile
import zlib

from ..common.errors import WheelhouseError
from .archives import too_much
from .third_party import packaging

_UNLISTED = ("RECORD", "RECORD.jws", "RECORD.p7s")
_SHOWN = 8  # problems of one wheel
_LARGE = 16 << 20  # bytes that none of the files about a wheel has


def check_built(path, artifact):
    """Raise WheelhouseError, with every problem, unless the wheel at ``path`` is of the artifact, whole, and fits this interpreter."""
    filename = os.path.basename(path)
    try:
        name, version, _build, tags = packaging.utils.parse_wheel_filename(filename)
    except packaging.utils.InvalidWheelFilename as error:
        raise WheelhouseError("its build made {0!r}, which is not the name of a wheel".format(filename)) from error
    problems = list(_answers(filename, name, version, tags, artifact))
    try:
        with zipfile.ZipFile(path) as archive:
            wheel = _Wheel(archive, name, version, tags)
            problems += wheel.members() or [*wheel.about(), *wheel.record()]
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError, ValueError, zlib.error, csv.Error) as error:
        problems.append("{0} can't be read: {1}".format(filename, error))
    if problems:
        more = ["and {0} more".format(len(problems) - _SHOWN)] if len(problems) > _SHOWN else []
        raise WheelhouseError("its build made a wheel that can't be used: {0}".format("; ".join(problems[:_SHOWN] + more)),
                              hint="its build back end is at fault: choose another version of it, or take its published wheel")


def _answers(filename, name, version, tags, artifact):
    """Yield in what the file name is not what was asked for."""
    locked = artifact.version
    if (artifact.url or "").startswith("git+"):  # how much of a commit's id its version shows depends on who made it
        locked, version = locked.partition("+")[0], packaging.version.Version(version.public)
    if artifact.kind == "sdist" and name != artifact.name:
        yield "{0} is of another package".format(filename)
    if artifact.kind == "sdist" and locked and not same_version(locked, version):
        yield "{0} is of another version, {1} was locked".format(filename, artifact.version)
    if not tags & set(packaging.tags.sys_tags()):
        yield "{0} does not fit this Python".format(filename)


class _Wheel:
    """An open wheel that should be of ``name``, ``version`` and ``tags``. Each method returns or yields problems."""

    def __init__(self, archive, name, version, tags):
        self.archive, self.name, self.version, self.tags = archive, name, version, tags
        self.files = [info for info in archive.infolist() if not info.is_dir()]
        self.folder = ""

    def members(self):
        """Paths, and the one folder with what the wheel says of itself; without that the rest can't be looked at."""
        found = [text for text in (too_much(self.archive),) if text]
        names = [info.filename for info in self.files]
        found += ["it has two members {0!r}".format(name) for name in sorted({name for name in names if names.count(name) > 1})]
        found += ["its member {0!r} leaves its folder".format(name) for name in self.archive.namelist() if _leaves(name)]
        found += ["its member {0!r} is no plain file".format(info.filename) for info in self.files
                  if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG)]
        folders = {name.partition("/")[0] for name in names if name.partition("/")[0].endswith(".dist-info")}
        if len(folders) != 1:
            return found + ["it has {0} .dist-info folders, not one".format(len(folders))]
        self.folder = folders.pop()
        own_name, _dash, own_version = self.folder[:-len(".dist-info")].partition("-")
        if packaging.utils.canonicalize_name(own_name) != self.name or not same_version(own_version.replace("_", "-"), self.version):
            found.append("it contains {0}".format(self.folder))
        lacking = [item for item in ("METADATA", "WHEEL", "RECORD") if "{0}/{1}".format(self.folder, item) not in names]
        return found + ["it has no {0}".format(item) for item in lacking]

    def about(self):
        """METADATA and WHEEL."""
        metadata, wheel = self._headers("METADATA"), self._headers("WHEEL")
        stated = metadata.get("Name", ""), metadata.get("Version", "")
        if packaging.utils.canonicalize_name(stated[0]) != self.name or not same_version(stated[1], self.version):
            yield "its METADATA is of {0} {1}".format(*stated)
        if not _python_fits(metadata.get("Requires-Python")):
            yield "it requires Python {0}".format(metadata["Requires-Python"])
        if wheel.get("Wheel-Version", "").split(".")[0] != "1":
            yield "its WHEEL has the version {0!r}".format(wheel.get("Wheel-Version", ""))
        if wheel.get("Root-Is-Purelib", "").strip().lower() not in ("true", "false"):
            yield "its WHEEL says {0!r} for Root-Is-Purelib".format(wheel.get("Root-Is-Purelib", ""))
        told = set()
        for text in wheel.get_all("Tag") or []:
            told |= packaging.tags.parse_tag(text) if text.count("-") == 2 else {text}
        if told != self.tags:
            yield "its WHEEL has the tags {0}, its name {1}".format(", ".join(sorted(map(str, told))) or "of none", ", ".join(sorted(map(str, self.tags))))

    def record(self):
        """RECORD: every file once, with its hash and size, and nothing else."""
        unlisted = {"{0}/{1}".format(self.folder, item) for item in _UNLISTED}
        rows = {}
        for row in csv.reader(io.StringIO(self._text("RECORD"), newline="")):
            if not row:
                continue
            if len(row) != 3:
                yield "its RECORD has the row {0!r}".format(",".join(row))
            elif row[0] in rows:
                yield "its RECORD lists {0} twice".format(row[0])
            elif _leaves(row[0]):
                yield "its RECORD lists {0!r}, which leaves its folder".format(row[0])
            else:
                rows[row[0]] = row[1:]
        names = {info.filename for info in self.files}
        yield from ("its RECORD lists {0}, which it does not have".format(path) for path in sorted(set(rows) - names - unlisted))
        yield from ("it has {0}, which its RECORD does not list".format(path) for path in sorted(names - set(rows) - unlisted))
        for info in self.files:
            if info.filename in rows and info.filename not in unlisted:
                yield from self._differs(info, *rows[info.filename])

    def _differs(self, info, hashed, size):
        algorithm, _equals, digest = hashed.partition("=")
        if algorithm not in ("sha256", "sha384", "sha512"):
            yield "its RECORD has no SHA-256 of {0}".format(info.filename)
            return
        found = hashlib.new(algorithm)
        with self.archive.open(info) as stream:
            for chunk in iter(lambda: stream.read(1 << 20), b""):
                found.update(chunk)
        if base64.urlsafe_b64encode(found.digest()).rstrip(b"=").decode("ascii") != digest.rstrip("="):
            yield "its RECORD has another hash of {0}".format(info.filename)
        if size not in ("", str(info.file_size)):
            yield "its RECORD has another size of {0}".format(info.filename)

    def _text(self, item):
        info = self.archive.getinfo("{0}/{1}".format(self.folder, item))
        if info.file_size > _LARGE:
            raise ValueError("{0} has {1} bytes".format(info.filename, info.file_size))
        return self.archive.read(info).decode("utf-8")

    def _headers(self, item):
        return email.message_from_string(self._text(item))


def _leaves(name):
    return name.startswith("/") or "\\" in name or "\0" in name or name[1:2] == ":" or any(
        part in ("", ".", "..") for part in name.rstrip("/").split("/"))


def _python_fits(wanted):
    try:
        specifier = packaging.specifiers.SpecifierSet(wanted or "")
    except packaging.specifiers.InvalidSpecifier:
        return True  # it says nothing, as installers have it
    return specifier.contains(packaging.markers.default_environment()["python_full_version"].rstrip("+"), prereleases=True)


def same_version(text, version):
    """Tell whether ``text`` means ``version`` (packaging's Version)."""
    try:
        return packaging.version.Version(text) == version
    except packaging.version.InvalidVersion:
        return False
