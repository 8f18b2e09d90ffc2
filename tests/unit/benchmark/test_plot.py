# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The plot: a well-formed SVG whose bars are as long as the numbers say."""
from xml.etree import ElementTree

import pytest

from tests.benchmark.plot import COLOURS, LABELS, WIDTH, bars, bounds, ticks

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize(("low", "high", "found"), [
    (1, 10, [1, 2, 5, 10]), (0.1, 0.6, [0.1, 0.2, 0.5]), (3, 30, [5, 10, 20]), (6, 9, []),
])
def test_ticks(low, high, found):
    assert ticks(low, high) == pytest.approx(found)


def test_every_number_is_within_the_bounds():
    low, high = bounds([0.3, 315.0])
    assert (low, 315.0 < high) == (pytest.approx(0.1), True)
    assert bounds([1.0])[0] < 1.0  # a bar of no length would not be seen


def test_bars():
    svg = bars("a < b & c", {"ours": {"first": 1.0, "again": 10.0}, "theirs <slow>": {"first": 100.0}})
    found = ElementTree.fromstring(svg)
    texts = [text.text for text in found.iter(SVG + "text")]
    assert texts.count("ours") == 2 and texts.count("theirs <slow>") == 1
    assert {"a < b & c", "first", "again", "1 s", "10 s", "100 s"} <= set(texts)
    drawn = [row for row in found.iter(SVG + "rect") if row.get("fill") in COLOURS]
    one, hundred, ten = (float(row.get("width")) for row in drawn)  # the first step's bars, then the second's
    assert hundred - ten == pytest.approx(ten - one, abs=0.2)  # a logarithmic scale
    assert all(LABELS + width < WIDTH for width in (one, ten, hundred))
