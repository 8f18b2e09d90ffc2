# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a folder may be a store: what is left over is removed in it and pages are replaced, so nobody else may keep something there."""
import collections
import os
import re

from .errors import WheelhouseError
from .unfinished import MADE

SHA256 = "[0-9a-f]{64}"
UPLOAD = MADE.pattern

_DEPLOY_ROOT = ("apps", ".*", "releases")
_SHOWN = 5  # names


class Kind(collections.namedtuple("Kind", "what variable signs begun")):
    """A kind of store: what it is called, and the variable that says where it is.

    One of the ``signs``, patterns of the names on a path, shows that a folder is of this kind. Until there is one, all that a first run
    can have left is ``begun``: folders, and the pattern of what may be in each.
    """


def require(root, kind):
    """Raise WheelhouseError when the folder ``root`` has something, and nothing shows that it is of this ``kind``.

    What begins with a dot is in nobody's way, and so is ``lost+found``, which a file system of its own has.
    """
    names = _visible(root)
    if not names:
        return
    if _has(root, _DEPLOY_ROOT):
        raise WheelhouseError("the {0} {1} is the deploy_root of a host".format(kind.what, root),
                              hint="give {0} and deploy_root two folders".format(kind.variable))
    if any(_has(root, sign, hidden=True) for sign in kind.signs) or all(_is_begun(os.path.join(root, name), kind.begun.get(name)) for name in names):
        return
    shown = names[:_SHOWN] + ["{0} more".format(len(names) - _SHOWN)] * (len(names) > _SHOWN)
    raise WheelhouseError("the {0} {1} has what is not of nogcc.wheelhouse: {2}".format(kind.what, root, ", ".join(shown)),
                          hint="choose an empty or new folder for {0}".format(kind.variable))


def _has(folder, sign, hidden=False):
    """Tell whether there is a path of such names in ``folder``; ``hidden`` is the answer where one on the way may not be looked into."""
    pattern, rest = sign[0], sign[1:]
    try:
        with os.scandir(folder) as entries:  # one of many is enough
            return any(re.fullmatch(pattern, entry.name) and (not rest or _has(entry.path, rest, hidden)) for entry in entries)
    except PermissionError:
        return hidden
    except OSError:
        return False


def _is_begun(path, pattern):
    return pattern is not None and os.path.isdir(path) and all(re.fullmatch(pattern, name) for name in _visible(path))


def _visible(folder):
    try:
        return sorted(name for name in os.listdir(folder) if not name.startswith(".") and name != "lost+found")
    except OSError:
        return []  # it is yet to be made; or it can't be used, which its user is told
