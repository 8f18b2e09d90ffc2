# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A promise is as good as the test that it names: that test is there."""
import pathlib
import re

import pytest

TOP = pathlib.Path(__file__).resolve().parents[3]
PAGES = sorted(TOP.glob("docs/*.md"))
NAMED = [(page.name, *found) for page in PAGES
         for found in re.findall(r"`((?:tests|molecule)/[\w/.]*test_\w+\.py)(?:::(\w+))?`", page.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("page, path, test", sorted(set(NAMED)))
def test_it_is_there(page, path, test):
    assert (TOP / path).is_file(), page
    assert not test or re.search(rf"^def {test}\(", (TOP / path).read_text(encoding="utf-8"), re.MULTILINE), page


def test_there_are_many():
    assert len(NAMED) > 50
