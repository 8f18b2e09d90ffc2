# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The build key: what a compiled wheel was made from. The same key means the same wheel, which is never built again."""
import hashlib

from ..common.files import canonical_json
from . import startup
from .sandbox import fixed_environment


def build_key(source, build_lock, platform, tools):
    """Return the key (64 hex digits) of a build.

    ``source`` is the SHA-256 of the sdist or the digest of the tree, ``build_lock`` the text of its build lock, ``platform`` of
    common.platform, ``tools`` what the build can see of the system (touching.tools_for).
    """
    return hashlib.sha256(canonical_json({
        "schema": 1, "source": source, "build_lock": build_lock, "platform": platform, "toolchain": tools,
        "environment": fixed_environment(), "interpreter": startup.TEXT})).hexdigest()
