# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What to do about the well-known ways in which a build fails, found by what its log says."""
import errno
import re

from ..common.errors import WheelhouseError

# The first that matches wins: network early, because a failed download leads to all sorts of errors after it.
# ``{0}`` in a text is the pattern's first group.
_KNOWN = (
    (r"(?i)can't find rust compiler|rust not found|downloading rustup-init|cargo, the rust package manager, is not installed"
     r"|rustc.*not found|installing rust(?:up)? into|`cargo metadata`.*No such file",
     "it is written in Rust, and there is no Rust compiler",
     "use its published wheel: take it out of build_no_binary, or name it in build_only_binary. To compile it, add cargo and rustc to "
     "build_packages; its crates must be part of the sdist, because builds run without network"),
    (r"Updating crates\.io index|index\.crates\.io|static\.crates\.io|Updating git repository|registry `crates-io`"
     r"|failed to (?:get|load source for dependency) `[^`]+` as a dependency of package|failed to load source for dependency `[^`]+`",
     "it is written in Rust, and cargo wanted to download its crates",
     "builds run without network. Use its published wheel: take it out of build_no_binary, or name it in build_only_binary. Or build from "
     "an sdist that has its crates in itself (cargo vendor, and a .cargo/config.toml that says so)"),
    (r"requires rustc ([\d.]+)|rustc [\d.]+ is not supported by|feature `edition2024` is required"
     r"|lock file version `?\d+`? (?:was found|requires)|requires Rust >= ?([\d.]+)",
     "it is written in Rust, and the distribution's compiler is too old for it",
     "use its published wheel: take it out of build_no_binary, or name it in build_only_binary. Or choose an older version of it"),
    (r"(?i)temporary failure in name resolution|could not resolve host|network is unreachable|name or service not known"
     r"|getaddrinfo|no address associated with hostname|failed to lookup address|dns error",
     "the build tried to reach the network",
     "builds run without network: what it wants must be a build requirement, a package of the build host (build_packages) or part "
     "of the sdist. Or use a published wheel of it"),
    (r"fatal error: '?Python\.h'?",
     "the header Python.h is missing",
     "install Python's headers on the build host: add python3-dev (rpm: python3-devel) to build_packages"),
    (r"fatal error: '?([\w./+-]+\.h(?:pp)?)'?(?: file not found|: No such file)",
     "the header {0} is missing",
     "find the -dev package that has it (apt-file search {0}; dnf provides '*/{0}') and add it to build_packages"),
    (r"pg_config executable not found|Error: pg_config",
     "pg_config is missing", "add libpq-dev (rpm: libpq-devel) to build_packages"),
    (r"(?i)mysql_config(?:: not found| not found|['\"]?: No such file)|Can not find valid pkg-config name|Can't find.*MYSQLCLIENT_CFLAGS",
     "MySQL's or MariaDB's client library is missing",
     "add default-libmysqlclient-dev and pkg-config (rpm: mariadb-connector-c-devel, pkgconf) to build_packages"),
    (r"(?i)xml2-config and/or xslt-config|make sure the development packages of libxml2 and libxslt",
     "libxml2 and libxslt are missing", "add libxml2-dev and libxslt1-dev (rpm: libxml2-devel, libxslt-devel) to build_packages"),
    (r"(?i)pkg-config(?: is required|['\"]?: (?:command )?not found|.*No such file)|'pkg-config' not found"
     r"|Pkg-config for machine host machine not found",
     "pkg-config is missing", "add pkg-config (rpm: pkgconf-pkg-config) to build_packages"),
    (r"Package '?([\w.+-]+)'?(?:,.*)? (?:was )?not found|No package '([\w.+-]+)' found"
     r"|Dependency \"([\w.+-]+)\" not found",
     "pkg-config does not know {0}",
     "add the -dev package of {0} to build_packages (apt-file search {0}.pc; dnf provides 'pkgconfig({0})')"),
    (r"cannot find -l([\w+-]+)",
     "the library {0} is missing", "add the -dev package that has lib{0}.so to build_packages"),
    (r"(?i)(?:command|unable to execute) '?([\w./+-]*(?:gcc|cc|g\+\+|c\+\+))'?(?: failed: No such file| *: No such file|: not found)"
     r"|error: command '([\w./+-]*(?:gcc|cc|g\+\+|c\+\+))' failed: No such|no acceptable C compiler found|Unknown compiler\(s\)"
     r"|No CMAKE_CXX?_COMPILER could be found",
     "there is no compiler", "add gcc, or gcc and g++ (Debian: build-essential), to build_packages"),
    (r"(?i)fortran compiler (?:not found|.*cannot)|Unknown compiler\(s\): \[\['gfortran",
     "there is no Fortran compiler", "add gfortran to build_packages"),
    (r"(?i)no space left on device", "the build host's disk is full", "make room below build_root"),
    (r"(?i)killed signal terminated program|virtual memory exhausted|cannot allocate memory|out of memory|\bMemoryError\b|std::bad_alloc",
     "the build ran out of memory",
     "give the build host more memory, or raise build_memory where it is set; or use a published wheel"),
    (r"(?:No such file or directory: '|: )([\w.+-]+-config)(?:'|: not found|: command not found)",
     "{0} is missing", "add the -dev package that has it (apt-file search bin/{0}; dnf provides '*/bin/{0}') to build_packages"),
    (r"ModuleNotFoundError: No module named '([\w.]+)'",
     "its build script imports {0}, which its build requirements do not name",
     "choose a version whose pyproject.toml names it under [build-system] requires"),
)

_LINE = 2000  # characters of a line that are looked at
_BINARY = "[binary output]"

# Frames of the front end and of installed build back ends say nothing about the package.
_FRAME = re.compile(r'  +(?:\|? +)?File "[^"]*(?:/site-packages/|_in_process\.py|/lib/python3[.\d]*/|<frozen)[^"]*"')
# What a build says in any case, and at length.
_CHATTER = re.compile(r"(copying|creating|adding|writing|reading|byte-compiling|hard linking) \S|running \w+$|no previously-included"
                      r"|warning: no (previously-included )?(files|directories)|.*supports arguments .*: (YES|NO)"
                      r"|During handling of the above|The above exception was the direct cause"
                      r"|Traceback \(most recent|A full log can be found")


def readable(data):
    """Return the bytes of a log as text: without colours, and without what no terminal can show."""
    text = re.sub(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|.)", "", data.decode("utf-8", "replace"))
    return "\n".join(_readable(line[:_LINE]) for line in text.splitlines())


def _readable(line):
    shown = "".join(character if (character.isprintable() or character == "\t") and character != "\ufffd" else "\0" for character in line)
    if shown.count("\0") * 3 > len(shown):
        return _BINARY
    return re.sub("\0+", "?", shown.rstrip())


def diagnose(log):
    """Return ``(message, hint)`` for the text of a build's log; both empty when nothing in it is known."""
    for pattern, message, hint in _KNOWN:
        found = re.search(pattern, log)
        if found:
            subject = next((group for group in found.groups() if group), "")
            return message.format(subject), hint.format(subject)
    return "", ""


def of_the_host(error, source=None):
    """Return an OSError, of building ``source`` (an Artifact) where that is known, as a WheelhouseError."""
    return WheelhouseError("on the build host: {0}".format(error), hint="make room below build_root" if error.errno == errno.ENOSPC else "",
                           package="{0} {1}".format(source.name, source.version).strip() if source else "")


def last_lines(log, count=25):
    """Return the last lines of a log (text) that say something about the package, without the frames of tools it ran in."""
    kept, skipping = [], False
    for line in log.splitlines():
        if _FRAME.match(line):
            skipping = True
            continue
        if skipping and line.startswith("    "):
            continue  # the source line of a frame left out, and the marks below it
        skipping = False
        if _CHATTER.match(line.strip()):
            continue
        line = _readable(line)[:300]
        if line.strip() and not (kept and kept[-1] == line == _BINARY):
            kept.append(line)
    return "\n".join(kept[-count:])
