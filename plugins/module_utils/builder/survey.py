# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a build host is, and what it lacks to build: asked before anything else, under the system's Python."""
import re
import shutil
import subprocess

from ..common.platform import describe


def survey(toolchain, packages):
    """Return ``{"platform": {...}, "missing": [package]}``.

    ``toolchain`` maps families of distributions, in Ansible's words, to the packages that every build needs, ``packages`` are those
    of one application. A package whose name can't be looked up counts as missing: the package manager will say more.
    """
    family, query = _package_manager()
    wanted = list(dict.fromkeys([*toolchain.get(family, ()), *packages]))
    return {"platform": describe(), "missing": [name for name in wanted if not query(name)]}


def _package_manager():
    """Return (family, function that tells whether a package is installed)."""
    if shutil.which("dpkg-query"):
        return "Debian", _deb_is_installed
    if shutil.which("rpm"):
        return "Suse" if shutil.which("zypper") else "RedHat", lambda name: _succeeds("rpm", "--query", "--whatprovides", name)
    if shutil.which("apk"):
        return "Alpine", lambda name: _succeeds("apk", "info", "--installed", name)
    return "", lambda name: False


def _deb_is_installed(name):
    """A name may carry a version (``libpq-dev=15.1-1``), which then counts; virtual packages are never installed themselves."""
    name, _equals, version = name.partition("=")
    ran = subprocess.run(["dpkg-query", "--show", "--showformat", "${db:Status-Status} ${Version}\\n", "--", name], stdout=subprocess.PIPE,
                         stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, check=False)
    found = re.findall(r"^installed (\S+)$", ran.stdout.decode("utf-8", "replace"), re.MULTILINE)
    return bool(found) and version in ("", *found)


def _succeeds(*command):
    return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
                          check=False).returncode == 0
