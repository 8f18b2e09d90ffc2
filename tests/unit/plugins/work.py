# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Count how often the file system is asked: what grows with what is stored is seen without a clock."""
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
