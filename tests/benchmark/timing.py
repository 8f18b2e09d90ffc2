# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Measuring in turn, and what the numbers say: medians, ratios, goals. Nothing here knows what is measured."""
import dataclasses
import os
import statistics
import time


@dataclasses.dataclass(frozen=True)
class Contender:
    """One way to do the work: its name, and its steps in order, each a name and a function that returns when the step is done.

    ``prepare`` makes everything as it was before the first step; it is not measured. ``runs`` is how many runs it takes part in at most: one
    that takes a quarter of an hour each time need not do so three times.
    """

    name: str
    steps: dict
    prepare: object = lambda: None
    runs: int = 1000


@dataclasses.dataclass(frozen=True)
class Goal:
    """``contender`` at ``step`` takes at most ``factor`` times (plus ``more`` seconds) what ``other`` takes at ``other_step``."""

    contender: str
    step: str
    factor: float
    other: str
    other_step: str
    more: float = 0.0


def measure(contenders, runs, say):
    """Return the seconds of all steps, ``{contender: {step: [a number for each run]}}``, all contenders in turn in each run."""
    seconds = {contender.name: {step: [] for step in contender.steps} for contender in contenders}
    for run in range(1, runs + 1):
        for contender in (each for each in contenders if run <= each.runs):
            contender.prepare()
            os.sync()  # nobody pays for what the one before has written
            for step, work in contender.steps.items():
                started = time.perf_counter()
                work()
                took = time.perf_counter() - started
                seconds[contender.name][step].append(took)
                say(f"run {run} of {runs}: {contender.name}, {step}: {took:.1f} s")
    return seconds


def medians(seconds):
    """Return ``{contender: {step: median}}``; steps that were never measured are left out."""
    return {name: {step: statistics.median(found) for step, found in steps.items() if found} for name, steps in seconds.items()}


def verdicts(goals, found):
    """Return for each goal of which both sides were measured ``(goal, seconds, limit in seconds, reached)``; ``found`` is of ``medians``."""
    rows = []
    for goal in goals:
        took, base = found.get(goal.contender, {}).get(goal.step), found.get(goal.other, {}).get(goal.other_step)
        if took is not None and base is not None:
            limit = goal.factor * base + goal.more
            rows.append((goal, took, limit, took <= limit))
    return rows
