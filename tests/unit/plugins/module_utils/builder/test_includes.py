# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder import includes


@pytest.mark.parametrize("text, found", [
    ("#include <a/b.h>\n", [("a/b.h", False)]), ('  #  include "b.h" // why\n', [("b.h", True)]),
    ("#include_next <limits.h>\n", [("limits.h", False)]),
    ("#import <vector>\n", [("vector", False)]), ('%include "std.i"\n', [("std.i", True)]),
    ("#include \\\n <late.h>\n", [("late.h", False)]),
    ("#if __has_include(<optional>)\n", [("optional", False)]), ("#define FT_H <freetype/ft.h>\n", [("freetype/ft.h", False)]),
    ('#define NAME "string"\n', []), ('#error "no a.h here"\n', []), ('print("x.h")\n', []), ("#include HEADER\n", []),
    ("#if 0\n#include <never.h>\n#endif\n", [("never.h", False)]),
])
def test_what_is_included(text, found):
    assert list(includes.included(text)) == found


@pytest.mark.parametrize("target, cleaned", [
    ("a/b.h", "a/b.h"), ("../../a.h", "a.h"), ("./a.h", "a.h"), ("/usr/a.h", "usr/a.h"), (r"win\a.h", "win/a.h")])
def test_steps_upwards_are_left_out(target, cleaned):
    assert includes.clean(target) == cleaned
