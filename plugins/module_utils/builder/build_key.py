# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The build key: what a compiled wheel was made from. The same key means the same wheel, which is never built again."""
import hashlib
import re
import shutil
import subprocess

from ..common.files import canonical_json
from .sandbox import fixed_environment

# What a build can see of the system: compilers, linkers, headers, and the tools that find them.
_TOOLCHAIN = re.compile(
    r"(.*-dev|.*-devel|(gcc|g\+\+|cpp|clang|llvm|rustc?|cargo|binutils|make|cmake|ninja-build|pkg-?conf(ig)?|gfortran|libtool"
    r"|autoconf|automake|swig|bison|flex|nasm)([-.0-9].*)?)$")


def toolchain():
    """Return the versions of the compilers and -dev packages of this host, as a sorted list of texts."""
    rows = []
    for query in (["dpkg-query", "-W", "-f", "${Package} ${Version} ${Architecture}\n"], ["rpm", "-qa", "--qf", "%{NAME} %{EVR} %{ARCH}\n"],
                  ["apk", "list", "--installed", "--quiet"]):
        if shutil.which(query[0]):
            rows += [row for row in _output(query) if _TOOLCHAIN.match(row.split(" ")[0])]
    for compiler in ("cc", "c++", "rustc"):  # what was not installed by the system's packages
        if shutil.which(compiler):
            rows += _output([compiler, "--version"])[:1]
    return sorted(rows)


def build_key(source, build_lock, platform, tools):
    """Return the key (64 hex digits) of a build.

    ``source`` is the SHA-256 of the sdist or the digest of the tree, ``build_lock`` the text of its build lock, ``platform`` of
    common.platform, ``tools`` from ``toolchain``.
    """
    return hashlib.sha256(canonical_json({
        "schema": 1, "source": source, "build_lock": build_lock, "platform": platform, "toolchain": tools,
        "environment": fixed_environment()})).hexdigest()


def _output(command):
    ran = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, check=False)
    return ran.stdout.decode("utf-8", "replace").splitlines()
