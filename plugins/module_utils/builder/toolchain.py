# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is installed on this host that a build can see: compilers, build tools and -dev packages, and the files of these packages."""
import re
import shutil
import subprocess

# What a build can see of the system: compilers, linkers, headers, and the tools that find them.
_TOOLCHAIN = re.compile(
    r"(.*-dev|.*-dev-.*|.*-devel|.*-headers|libstd-rust.*|rust-std.*|valgrind|redhat-rpm-config|annobin.*"
    r"|(gcc|g\+\+|cpp|clang|llvm|lld|mold|rustc?|cargo|binutils|make|cmake|ninja|ninja-build|meson|pkg-?conf(ig)?|gfortran|libtool"
    r"|autoconf|automake|m4|swig|bison|flex|nasm|yasm)([-.0-9].*)?)$")
_DPKG, _RPM, _APK = "dpkg-query", "rpm", "apk"
_QUERIES = {
    _DPKG: ["-W", "-f", "${db:Status-Status} ${Package} ${Version} ${Architecture}\n"],
    _RPM: ["-qa", "--qf", "installed %{NAME} %{EVR} %{ARCH}\n"],
    _APK: ["list", "--installed"],
}


def toolchain():
    """Return the compilers and -dev packages of this host, as a sorted list of texts: ``name version architecture``.

    What was not installed by the system's packages is ``compiler: what it says of itself``.
    """
    rows = {row for manager in _managers() for row in _packages(manager) if _TOOLCHAIN.match(name_of(row))}
    for compiler in ("cc", "c++", "rustc"):
        if shutil.which(compiler):
            rows.update("{0}: {1}".format(compiler, line) for line in _output([compiler, "--version"])[:1])
    return sorted(rows)


def name_of(row):
    """Return the name of the package or compiler in a row of ``toolchain``."""
    return row.split(" ")[0].rstrip(":")


def is_library(row):
    """Tell whether a row of ``toolchain`` is a package of headers and libraries, and no compiler or tool."""
    return bool(re.fullmatch(r".*-dev|.*-devel|.*-headers|valgrind", name_of(row))) and not name_of(row).startswith("libstd-rust")


def has_database():
    """Tell whether this host can say which files its packages have."""
    return bool(_managers())


def files_of(rows):
    """Return ``{row: [absolute paths]}`` of those ``rows`` of ``toolchain`` that are packages; one call of the package manager."""
    found = {}
    wanted = [row for row in rows if not row.split(" ")[0].endswith(":")]
    for manager in _managers() if wanted else ():
        if manager == _DPKG:
            found.update(_files_by_dpkg(wanted))
        elif manager == _RPM:
            found.update(_by_row(wanted, _output([manager, "-q", "--qf", "[%{=NAME} %{=EVR} %{=ARCH}\t%{FILENAMES}\n]"]
                                                 + ["{0}-{1}.{2}".format(*row.split(" ")) for row in wanted])))
        else:
            for row in wanted:
                paths = ["/" + line for line in _output([manager, "info", "-q", "-L", name_of(row)]) if line.strip()]
                found.setdefault(row, []).extend(paths)
    return found


def _managers():
    return [name for name in _QUERIES if shutil.which(name)]


def _packages(manager):
    """Yield a row for each package that is installed."""
    for line in _output([manager, *_QUERIES[manager]]):
        if manager == _APK:
            match = re.match(r"(\S+)-(\d\S*-r\d+) (\S+) ", line)  # name-version-r0 machine {origin} (licence) [installed]
            if match:
                yield " ".join(match.groups())
        elif line.startswith("installed "):  # a package that was removed may have left its configuration
            yield line[len("installed "):]


def _files_by_dpkg(rows):
    names = ["{0}:{2}".format(*row.split(" ")) for row in rows]
    sections = _sections(_output([_DPKG, "-L", *names]))
    if len(sections) != len(rows):  # one was removed just now: its section is missing, and no longer is it known which is whose
        sections = [_sections(_output([_DPKG, "-L", name]))[0] for name in names]
    return dict(zip(rows, sections))


def _sections(lines):
    """Return the lists of paths that ``dpkg-query -L`` prints, one for each package, an empty line between them."""
    sections = [[]]
    for line in lines:
        if not line:
            sections.append([])
        elif line.startswith("/"):  # other lines tell of diversions
            sections[-1].append(line)
    return sections


def _by_row(rows, lines):
    found = {row: [] for row in rows}
    for row, _tab, path in (line.partition("\t") for line in lines):
        if row in found:
            found[row].append(path)
    return found


def _output(command):
    ran = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, check=False)
    return ran.stdout.decode("utf-8", "replace").splitlines()
