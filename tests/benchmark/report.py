# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tables of results, as Markdown that reads well at a terminal too."""
from .timing import medians, verdicts


def table(head, rows):
    """Return a Markdown table whose columns are as wide as their widest cell, numbers to the right; all cells are texts."""
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]

    def line(cells):
        parts = [cells[0].ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(cells[1:], widths[1:])]
        return f"| {' | '.join(parts)} |"
    rule = ["-" * widths[0]] + ["-" * (width - 1) + ":" for width in widths[1:]]
    return "\n".join([line(head), line(rule), *map(line, rows)])


def figure(seconds):
    """Return a number of seconds as one reads it: 0.84, 2.1, 315."""
    return f"{seconds:.2f}" if seconds < 1 else f"{seconds:.1f}" if seconds < 100 else f"{seconds:.0f}"


def seconds_table(seconds):
    """Return the table of medians: a row for each contender, a column for each step; who took part in one run only is marked."""
    steps = list(dict.fromkeys(step for found in seconds.values() for step in found))
    found = medians(seconds)
    most = max(map(_runs, seconds.values()), default=0)
    rows = [[name if _runs(seconds[name]) == most else f"{name} (one run)",
             *(figure(found[name][step]) if step in found[name] else "" for step in steps)]
            for name in seconds]
    return table(["seconds", *steps], rows)


def _runs(steps):
    return max(map(len, steps.values()), default=0)


def goals_table(goals, seconds):
    """Return the table of the goals of which both sides were measured; "" when there is none."""
    rows = [[describe(goal), figure(limit), figure(took), "yes" if reached else "no"]
            for goal, took, limit, reached in verdicts(goals, medians(seconds))]
    return table(["goal", "at most, s", "measured, s", "reached"], rows) if rows else ""


def describe(goal):
    """Say in words what a goal asks for."""
    step = "" if goal.other_step == goal.step else f" ({goal.other_step})"
    more = f" + {goal.more:g} s" if goal.more else ""
    if goal.factor < 1:
        return f"{goal.step}: {1 / goal.factor:g} × faster than {goal.other}{step}{more}"
    times = f"{goal.factor:g} × " if goal.factor != 1 else ""
    return f"{goal.step}: at most {times}{goal.other}{step}{more}"
