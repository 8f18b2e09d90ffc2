# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What has no place on a production host: compilers, installers of packages, and what compilers read."""
import os
import re
import subprocess

COMMANDS = re.compile(r"(?:[a-z0-9_]+-)*(?:gcc|g\+\+|cc|c\+\+|c89|c99|clang|clang\+\+|tcc|gfortran|rustc|cargo|cpp)(?:-[0-9.]+)?"
                      r"|pip[0-9.]*|uv|uvx|easy_install[0-9.-]*")
FOLDERS = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin", "/opt/bin")
PACKAGES = (  # the command that lists what is installed, and which of these are for compiling
    (["dpkg-query", "--show", "--showformat", "${db:Status-Abbrev}${Package}\n"], re.compile(r"ii +(.*-dev)")),
    (["rpm", "--query", "--all", "--queryformat", "%{NAME}\n"], re.compile(r"(.*-devel)")),
    (["apk", "info"], re.compile(r"(.*-dev)")),
)


def commands(folders=FOLDERS):
    """Return the paths of the compilers and installers in these folders, sorted; a folder that is a link to another is read once."""
    found = {}
    for folder in {os.path.realpath(folder) for folder in folders}:
        try:
            names = os.listdir(folder)
        except OSError:
            continue
        for name in filter(COMMANDS.fullmatch, names):
            path = os.path.join(folder, name)
            if os.path.isfile(path) and os.access(path, os.X_OK):
                found[path] = name
    return sorted(found)


def modules(prefixes, lib_folder):
    """Return the folders of pip that the interpreters below ``prefixes`` would import."""
    found = set()
    for prefix in prefixes:
        for folder in (os.path.join(prefix, lib_folder), os.path.join(prefix, "lib/python3"), os.path.join(prefix, "local", lib_folder)):
            for place in ("site-packages", "dist-packages"):
                path = os.path.join(folder, place, "pip")
                if os.path.isfile(os.path.join(path, "__init__.py")):
                    found.add(path)
    return sorted(found)


def packages():
    """Return the names of the distribution's packages that only compiling needs, sorted."""
    found = set()
    for command, pattern in PACKAGES:
        try:
            ran = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=60,
                                 check=False)
        except (OSError, subprocess.TimeoutExpired):
            continue  # another distribution's
        matches = map(pattern.fullmatch, ran.stdout.decode("utf-8", "replace").splitlines())
        found.update(match.group(1) for match in matches if match)
    return sorted(found)
