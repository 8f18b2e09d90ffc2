# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The platform that a wheel must fit: of the interpreter that runs this, on the host that it runs on."""
import glob
import os
import re
import shlex
import subprocess
import sys
import sysconfig

OS_RELEASE = ("/etc/os-release", "/usr/lib/os-release")

# libc_version is not among them: an older host is found by what each wheel needs, a newer one does no harm.
COMPARED = ("python", "abi", "machine", "libc", "os")


def describe():
    """Return the platform as a dictionary of strings.

    For example ``{"python": "3.11", "abi": "cp311", "machine": "x86_64", "libc": "glibc", "libc_version": "2.36",
    "os": "debian-12"}``. The ABI carries the interpreter's flags (``cp37m``, ``cp311d``, ``cp313t``).
    """
    libc, libc_version = _libc()
    return {
        "python": "{0}.{1}".format(*sys.version_info),
        "abi": "cp{0}{1}{2}".format(sys.version_info[0], sys.version_info[1], getattr(sys, "abiflags", "")),
        "machine": _machine(sysconfig.get_platform(), sys.maxsize),
        "libc": libc,
        "libc_version": libc_version,
        "os": _os_name(_read_os_release()),
    }


def differences(wanted, found):
    """Return, as a list of sentences, the fields in which the platform ``found`` does not serve ``wanted``."""
    return ["{0} is {1}, not {2}".format(field, found.get(field, "unknown"), wanted.get(field, "unknown"))
            for field in COMPARED if wanted.get(field) != found.get(field)]


def family(platform):
    """Return in one word for whom a build lock holds, such as ``cp311-glibc-x86_64-debian-12``.

    The system belongs to it: with another version of glibc another wheel of the same package is chosen (PEP 600), and with another patch
    release of Python a marker may answer otherwise.
    """
    return "-".join(platform.get(field, "") for field in ("abi", "libc", "machine", "os"))


def version_tuple(text):
    """Return the numbers of a dotted version such as ``2.36``, to compare by."""
    return tuple(int(number) for number in re.findall(r"[0-9]+", text))


def _machine(system, largest_integer):
    """A 32-bit interpreter under a 64-bit kernel needs the wheels of the former."""
    machine = system.split("-", 1)[-1].replace("-", "_")
    if largest_integer <= 2 ** 32:
        return {"x86_64": "i686", "aarch64": "armv7l"}.get(machine, machine)
    return machine


def _libc():
    try:
        name, version = os.confstr("CS_GNU_LIBC_VERSION").split()
        return name, version
    except (AttributeError, OSError, ValueError):
        pass  # not the GNU libc
    for loader in sorted(glob.glob("/lib/ld-musl-*.so.1")):
        # the loader of musl, run by itself, prints its version and how to use it, and fails
        ran = subprocess.run([loader], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        found = re.search(r"Version ([0-9.]+)", ran.stdout.decode("utf-8", "replace"))
        return "musl", found.group(1) if found else ""
    return "unknown", ""


def _read_os_release():
    for path in OS_RELEASE:
        try:
            with open(path, encoding="utf-8", errors="replace") as stream:
                return stream.read()
        except OSError:
            continue
    return ""


def _os_name(text):
    """Return id and version from the text of os-release(5), only as precise as binary compatibility goes."""
    fields = {}
    for line in text.splitlines():
        name, equals, value = line.partition("=")
        if equals and not name.startswith("#"):
            try:
                fields[name.strip()] = "".join(shlex.split(value))
            except ValueError:
                continue  # a line with an unclosed quote is not one that we need
    family = fields.get("ID", "linux")
    version = fields.get("VERSION_ID") or fields.get("VERSION_CODENAME", "")
    if {"rhel", "fedora", "centos"} & set(fields.get("ID_LIKE", "").split() + [family]):
        version = version.split(".")[0]  # 9.3 runs what 9.4 built
    elif family == "alpine":
        version = ".".join(version.split(".")[:2])
    return "{0}-{1}".format(family, version) if version else family
