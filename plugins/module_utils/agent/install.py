# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Install packages of the distribution with its own tool: what was named and what that cannot do without, and nothing is removed for it."""
import os
import re
import shutil
import subprocess

from ..common.errors import WheelhouseError
from ..common.manifest import PACKAGE

LIMIT = 1800  # seconds for one command

#: For each tool: what brings its lists up to date, if that is to be asked for, and what installs.
TOOLS = (
    ("apt-get", ["-q", "update"], ["-q", "-y", "--no-install-recommends", "--no-remove", "-o", "Dpkg::Options::=--force-confold", "install"]),
    ("dnf", [], ["-y", "--setopt=install_weak_deps=False", "install"]),
    ("yum", [], ["-y", "install"]),
    ("zypper", [], ["--non-interactive", "install", "--no-recommends"]),
    ("apk", ["update"], ["add"]),
)


def install(packages, root="", app=""):
    """Install or upgrade ``packages`` (see ``check.check``); return ``{"changed", "installed"}``. Raises WheelhouseError.

    ``root`` and ``app`` are told to every operation; they do not matter here.
    """
    del root, app
    names = sorted({re.split("[<>=]", text, maxsplit=1)[0] for text in packages})
    if not names:
        return {"changed": False, "installed": []}
    for name in names:
        if not PACKAGE.fullmatch(name):  # these tools take files, URLs and options as well
            raise WheelhouseError("{0!r} is not a package of a distribution".format(name), hint="build this release again")
    for tool, update, arguments in TOOLS:
        program = shutil.which(tool)
        if program:
            said = _run([program] + update)[1] if update else ""
            code, more = _run([program] + arguments + ["--"] + names)
            if code:
                raise WheelhouseError("{0} could not install {1}".format(tool, ", ".join(names)), log="\n".join((said + more).splitlines()[-20:]),
                                      hint="let the host's package manager reach a mirror that has it, or install it by other means")
            return {"changed": True, "installed": names}
    raise WheelhouseError("this host has none of {0} to install {1} with".format(", ".join(tool[0] for tool in TOOLS), ", ".join(names)),
                          hint="install it by other means, and set deploy_system_packages: check")


def _run(command):
    """Return exit code and output."""
    try:
        ran = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, timeout=LIMIT,
                             env=dict(os.environ, LC_ALL="C", DEBIAN_FRONTEND="noninteractive"))
    except (OSError, subprocess.TimeoutExpired) as error:
        return 1, "{0}\n".format(error)
    return ran.returncode, ran.stdout.decode("utf-8", "replace")
