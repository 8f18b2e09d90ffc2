# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a wheel needs from the host: shared libraries that it does not carry, and the libc version (read from its ELF files)."""
import io
import re
import shutil
import subprocess

from .third_party import DynamicSection, ELFError, ELFFile, GNUVerNeedSection

# The C library itself, in the words of the GNU libc and of musl; its version is checked instead.
_LIBC = re.compile(
    r"(ld-linux.*|ld-musl.*|ld64|lib(c|m|pthread|dl|rt|util|resolv|anl|mvec|BrokenLocale)|libc\.musl.*|linux-vdso.*)\.so(\.\d+)*$")


def needs_of(archive):
    """Return what an open wheel (zipfile.ZipFile) needs: ``{"libc_version": "2.34" or None, "libraries": [soname], "carries": [soname]}``.

    Libraries count when importing can load them: those of the extension modules, and of what the wheel carries for these. Its
    programs and the plugins that it may look for at run time often want what no server has, and nobody misses.
    """
    files, provided, versions = {}, {}, set()
    for name in archive.namelist():
        with archive.open(name) as stream:
            if stream.read(4) != b"\x7fELF":
                continue
        data = archive.read(name)
        try:
            needed, soname, found = read_elf(data)
        except ELFError:
            continue  # a damaged or foreign file among the data: what imports it will say so
        files[name] = (needed, b"PyInit_" in data)
        versions |= found
        for provides in soname | {name.rpartition("/")[2]}:
            provided.setdefault(provides, []).append(name)
    return {"libc_version": max(versions, key=_numbers) if versions else None,
            "libraries": sorted(name for name in _unanswered(files, provided) if not _LIBC.match(name)), "carries": sorted(provided)}


def _unanswered(files, provided):
    """Return the sonames that nothing ``provided`` answers, from the extension modules on."""
    libraries, seen = set(), set()
    waiting = [name for name, (_needed, extension) in files.items() if extension]
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        for soname in files[name][0]:
            if soname in provided:
                waiting.extend(provided[soname])
            else:
                libraries.add(soname)
    return libraries


def read_elf(data):
    """Return the sets (DT_NEEDED, DT_SONAME, versions of ``GLIBC_`` symbols) of the bytes of an ELF file. Raises ELFError."""
    needed, soname, versions = set(), set(), set()
    for section in ELFFile(io.BytesIO(data)).iter_sections():
        if isinstance(section, DynamicSection):
            for tag in section.iter_tags():
                if tag.entry.d_tag == "DT_NEEDED":
                    needed.add(tag.needed)
                elif tag.entry.d_tag == "DT_SONAME":
                    soname.add(tag.soname)
        elif isinstance(section, GNUVerNeedSection):
            for _library, symbols in section.iter_versions():
                found = (re.match(r"GLIBC_([0-9.]+)$", symbol.name) for symbol in symbols)
                versions |= {match.group(1) for match in found if match}
    return needed, soname, versions


def packages_of(libraries):
    """Return ``{soname: package}`` for those of the libraries that a package of this host (deb or rpm) provides."""
    paths = {soname: path for soname, path in _loader_cache() if soname in set(libraries)}
    found = {}
    for soname, path in sorted(paths.items()):
        package = _owner(path)
        if package:
            found[soname] = package
    return found


def _loader_cache():
    """Yield (soname, path) of the libraries that the loader knows, those of this machine's own kind last, so that they win."""
    rows = []
    for line in _output([shutil.which("ldconfig", path="/sbin:/usr/sbin:/bin:/usr/bin") or "ldconfig", "-p"]).splitlines():
        match = re.match(r"\s+(\S+) \((.*)\) => (\S+)", line)
        if match:
            rows.append((any(word in match.group(2) for word in ("64", "AArch")), match.group(1), match.group(3)))
    return [(soname, path) for _own, soname, path in sorted(rows)]


def _owner(path):
    # where /lib is a link to /usr/lib, the package database may know either path
    for spelled in (path, "/usr" + path if not path.startswith("/usr/") else path[len("/usr"):]):
        if shutil.which("dpkg-query"):
            match = re.match(r"([^\s:]+)(?::\w+)?: ", _output(["dpkg-query", "-S", spelled]))
            if match:
                return match.group(1)
        if shutil.which("rpm"):
            name = _output(["rpm", "-qf", "--qf", "%{NAME}", spelled])
            if re.match(r"[\w.+-]+$", name):
                return name
    return ""


def _output(command):
    try:
        ran = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, check=False)
    except OSError:
        return ""
    return ran.stdout.decode("utf-8", "replace") if ran.returncode == 0 else ""


def _numbers(version):
    return tuple(int(number) for number in version.split(".") if number)
