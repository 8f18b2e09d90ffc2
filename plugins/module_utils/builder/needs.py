# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a wheel needs from the host: shared libraries that it does not carry, and the libc version (read from its ELF files)."""
import io
import re
from collections import namedtuple

from .third_party import DynamicSection, ELFError, ELFFile, GNUVerNeedSection

#: What an ELF file says: the sets DT_NEEDED, DT_SONAME, and versions of ``GLIBC_`` symbols, and ``{library: versions of its symbols}``.
Elf = namedtuple("Elf", "needed sonames libc_versions symbols")

# The C library itself, in the words of the GNU libc and of musl; its version is checked instead.
_LIBC = re.compile(
    r"(ld-linux.*|ld-musl.*|ld64|lib(c|m|pthread|dl|rt|util|resolv|anl|mvec|BrokenLocale)|libc\.musl.*|linux-vdso.*)\.so(\.\d+)*$")


def needs_of(archive):
    """Return what an open wheel (zipfile.ZipFile) needs::

        {"libc_version": "2.34" or None, "libraries": [soname], "optional": [soname], "carries": [soname],
         "symbols": {soname: [version]}, "users": [member], "paths": [path]}

    ``libraries`` are those that importing loads: of the extension modules, and of what the wheel carries for these. ``optional``
    are those of all its other ELF files: its programs, and plugins that it may look for at run time, often want what no server
    has, and nobody misses. ``symbols`` has the versioned symbols that are wanted of ``libraries``, and ``users`` the members that
    load these. ``paths`` are libraries that importing loads by a path: no package is asked for these, and a host must not load what a
    manifest leads it to. The C library is a version, the highest that any file wants.
    """
    files, provided, versions = {}, {}, set()
    for name in archive.namelist():
        with archive.open(name) as stream:
            if stream.read(4) != b"\x7fELF":
                continue
        data = archive.read(name)
        try:
            found = read_elf(data)
        except ELFError:
            continue  # a damaged or foreign file among the data: what imports it will say so
        files[name] = (found, b"PyInit_" in data)
        versions |= found.libc_versions
        for provides in found.sonames | {name.rpartition("/")[2]}:
            provided.setdefault(provides, []).append(name)
    loaded = _loaded(files, provided)
    symbols, users, paths = {}, set(), set()
    for name in loaded:
        paths.update(soname for soname in files[name][0].needed if "/" in soname)
        for soname in _foreign(files[name][0], provided):
            users.add(name)
            symbols.setdefault(soname, set()).update(files[name][0].symbols.get(soname, ()))
    optional = {soname for name in files for soname in _foreign(files[name][0], provided)} - set(symbols)
    return {"libc_version": max(versions, key=_numbers) if versions else None, "libraries": sorted(symbols), "optional": sorted(optional),
            "carries": sorted(provided), "symbols": {soname: sorted(found) for soname, found in symbols.items()}, "users": sorted(users),
            "paths": sorted(paths)}


def _loaded(files, provided):
    """Return the names of the files that importing can load: the extension modules, and what is ``provided`` for them."""
    seen = set()
    waiting = [name for name, (_found, extension) in files.items() if extension]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += [other for soname in files[name][0].needed for other in provided.get(soname, ())]
    return seen


def _foreign(found, provided):
    return {soname for soname in found.needed if "/" not in soname and soname not in provided and not _LIBC.match(soname)}


def read_elf(data):
    """Return the Elf of the bytes of an ELF file. Raises ELFError."""
    found = Elf(set(), set(), set(), {})
    for section in ELFFile(io.BytesIO(data)).iter_sections():
        if isinstance(section, DynamicSection):
            for tag in section.iter_tags():
                if tag.entry.d_tag == "DT_NEEDED":
                    found.needed.add(tag.needed)
                elif tag.entry.d_tag == "DT_SONAME":
                    found.sonames.add(tag.soname)
        elif isinstance(section, GNUVerNeedSection):
            for library, symbols in section.iter_versions():
                names = {symbol.name for symbol in symbols}
                found.symbols.setdefault(library.name, set()).update(names)
                found.libc_versions.update(name[len("GLIBC_"):] for name in names if re.match(r"GLIBC_[0-9.]+$", name))
    return found


def _numbers(version):
    return tuple(int(number) for number in version.split(".") if number)
