# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""See what a function asks the system: how often, so that what grows with what is stored is seen without a clock, and what is there in between."""
import collections
import os
import sys

_ASKING = ("open", "stat", "lstat", "listdir", "scandir", "readlink", "access", "statvfs", "is_dir", "is_file", "read")


class Work:
    """Counts, while it is entered, the calls of C functions that look at files; ``counts`` maps a name to a number."""

    def __init__(self):
        self.counts = collections.Counter()

    def _see(self, _frame, event, called):
        if event == "c_call" and called.__name__ in _ASKING and (
                called.__module__ in ("posix", "io", "_io") or isinstance(getattr(called, "__self__", None), os.DirEntry)):
            self.counts[called.__name__] += 1

    def __enter__(self):
        sys.setprofile(self._see)
        return self

    def __exit__(self, *_error):
        sys.setprofile(None)


def work_of(function, *arguments, **options):
    """Call a function; return how often it asked the file system."""
    with Work() as work:
        function(*arguments, **options)
    return dict(work.counts)


def at_each_call(look, function, *arguments, **options):
    """Call a function; call ``look`` after each call of the system in it, and return what it returned, without what is false."""
    found = []

    def see(_frame, event, called):
        if event == "c_return" and called.__module__ in ("posix", "io", "_io"):
            sys.setprofile(None)
            found.append(look())
            sys.setprofile(see)
    sys.setprofile(see)
    try:
        function(*arguments, **options)
    finally:
        sys.setprofile(None)
    assert len(found) > 5, "it did something"
    return [one for one in found if one]
