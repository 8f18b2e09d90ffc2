# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A bar chart as SVG, on a logarithmic scale, because the contenders lie between one second and several minutes."""
import math
from xml.sax.saxutils import escape

COLOURS = ("#1b6ca8", "#d1495b", "#edae49", "#8d96a3", "#66a182", "#5b4b8a", "#222222")
WIDTH, LABELS, BAR, GAP, TOP = 860, 250, 16, 14, 46  # pixels
FONT = 'font-family="sans-serif" font-size="12"'


def ticks(low, high):
    """Return the numbers 1, 2, 5 times a power of ten that lie from ``low`` to ``high``."""
    found = []
    for power in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1):
        found += [digit * 10.0 ** power for digit in (1, 2, 5)]
    return [number for number in found if low <= number <= high]


def bounds(numbers):
    """Return the ends of an axis for positive ``numbers``: powers of ten around them, the smallest bar still to be seen."""
    low = 10.0 ** math.floor(math.log10(min(numbers) * 0.9))
    high = max(numbers) * 1.3
    return low, high


def bars(title, found):
    """Return the SVG of ``{contender: {step: seconds}}``: the steps below each other, a bar for each contender that has it."""
    steps = list(dict.fromkeys(step for numbers in found.values() for step in numbers))
    low, high = bounds([seconds for numbers in found.values() for seconds in numbers.values()])
    room = WIDTH - LABELS - 60
    parts, top = [], TOP

    def across(seconds):
        return LABELS + room * math.log(seconds / low) / math.log(high / low)

    for step in steps:
        parts.append(f'<text x="10" y="{top + 12}" font-weight="bold" {FONT}>{escape(step)}</text>')
        top += BAR + 4
        for colour, (name, numbers) in zip(COLOURS, found.items()):
            if step in numbers:
                parts += _bar(colour, name, numbers[step], across(numbers[step]), top)
                top += BAR + 2
        top += GAP
    axis = [line for number in ticks(low, high) for line in _tick(number, across(number), top)]
    head = f'<text x="10" y="20" font-weight="bold" font-family="sans-serif" font-size="14">{escape(title)}</text>'
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{top + 24}" viewBox="0 0 {WIDTH} {top + 24}">',
                      f'<rect width="{WIDTH}" height="{top + 24}" fill="white"/>', head, *axis, *parts, "</svg>", ""])


def _bar(colour, name, seconds, end, top):
    text = f"{seconds:.2g}" if seconds < 10 else f"{seconds:.0f}"
    return [f'<text x="{LABELS - 8}" y="{top + 12}" text-anchor="end" {FONT}>{escape(name)}</text>',
            f'<rect x="{LABELS}" y="{top}" width="{max(1.0, end - LABELS):.1f}" height="{BAR}" fill="{colour}"/>',
            f'<text x="{end + 5:.1f}" y="{top + 12}" {FONT}>{text} s</text>']


def _tick(number, x, bottom):
    return [f'<line x1="{x:.1f}" y1="{TOP - 12}" x2="{x:.1f}" y2="{bottom}" stroke="#dddddd"/>',
            f'<text x="{x:.1f}" y="{bottom + 14}" text-anchor="middle" fill="#666666" {FONT}>{number:g}</text>']
