# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Folders with something in them."""
import os


def fill(root, paths):
    """Make folders and files below ``root``: a path that ends with / is a folder."""
    for path in (os.path.join(root, path) for path in paths):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if not path.endswith("/"):
            open(path, "wb").close()


def tree(root):
    """Return the paths of all that is below ``root``."""
    return sorted(os.path.join(folder, name) for folder, folders, files in os.walk(root) for name in folders + files)
