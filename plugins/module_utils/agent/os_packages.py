# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The packages of the distribution on this host, held against requirements as the build host writes them.

``libpq5 (>= 9.1~)`` or ``libpq5`` where dpkg is, capabilities such as ``libpq.so.5(RHPG_9.6)(64bit)`` where rpm is.
"""
import os
import re
import shutil
import subprocess

_DEB = re.compile(r"(?P<name>[a-z0-9][a-z0-9+.-]+)(?::\w+)?(?:\s*\((?P<operator><<|<=|=|>=|>>)\s*(?P<version>[^)\s]+)\))?")
_RPM = re.compile(r"(?P<library>\w[\w.+-]*)\(\w[\w.+-]*\)(?P<wide>\(64bit\))?", re.ASCII)  # of one that asks for a version


def specifier_of(text):
    """Return a requirement such as ``libpq5 (>= 15~)`` as Ansible's package modules want it: ``libpq5>=15~``."""
    found = re.match(r"(\S+) \(>= (\S+)\)$", text)
    return "{0}>={1}".format(*found.groups()) if found else name_of(text)


def name_of(requirement):
    """Return what apt or dnf installs for a requirement: its first alternative, without the version."""
    return re.split(r"\s*\|\s*|\s+|:(?=\w+(?:\s|$))", requirement.strip(), maxsplit=1)[0]


def too_old(requirements):
    """Return ``{requirement: version}`` for those that an installed package does not meet, because it is of another version.

    A package that is not there is none of them: what it has may come from elsewhere, and the loader can tell.
    """
    if shutil.which("dpkg-query"):
        return _deb(requirements)
    if shutil.which("rpm"):
        return _rpm(requirements)
    return {}


def _deb(requirements):
    wanted = {text: [_DEB.fullmatch(part.strip()) for part in text.split("|")] for text in requirements}
    wanted = {text: parts for text, parts in wanted.items() if all(parts) and all(part.group("version") for part in parts)}
    names = sorted({part.group("name") for parts in wanted.values() for part in parts})
    if not names:
        return {}
    installed = {}
    for row in _run(["dpkg-query", "-W", "-f", "${Package} ${Version} ${Status}\\n"] + names)[1].splitlines():
        name, version, status = (row.split(" ", 2) + ["", ""])[:3]
        if status.endswith(" installed"):
            installed[name] = version
    found = {}
    for text, parts in wanted.items():
        versions = [installed[part.group("name")] for part in parts if part.group("name") in installed]
        if versions and not any(_satisfies(installed[part.group("name")], part) for part in parts if part.group("name") in installed):
            found[text] = versions[0]
    return found


def _satisfies(version, part):
    operator = {"<<": "lt", "<=": "le", "=": "eq", ">=": "ge", ">>": "gt"}[part.group("operator")]
    return _run(["dpkg", "--compare-versions", version, operator, part.group("version")])[0] == 0


def _rpm(requirements):
    """A versioned symbol that no package has, of a library that one has."""
    plain = {}
    for text in requirements:
        found = _RPM.fullmatch(text)
        if found:
            plain[text] = found.group("library") + ("()(64bit)" if found.group("wide") else "")
    if not plain:
        return {}
    lacking = set(re.findall(r"no package provides (\S+)", _run(["rpm", "-q", "--whatprovides"] + sorted(set(plain) | set(plain.values())))[1]))
    return {text: _run(["rpm", "-q", "--qf", "%{NAME} %{VERSION}-%{RELEASE}", "--whatprovides", base])[1].strip()
            for text, base in plain.items() if text in lacking and base not in lacking}


def _run(command):
    """Return exit code and output; one that finds only some of what it is asked for fails, and says these."""
    try:
        ran = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                             env=dict(os.environ, LC_ALL="C"), check=False)
    except OSError:
        return 127, ""
    return ran.returncode, ran.stdout.decode("utf-8", "replace")
