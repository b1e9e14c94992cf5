"""Class limits of map layers."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import floor, log10

SCORE_BREAKS = (20.0, 40.0, 60.0, 80.0)
"""Fixed, so that scores of different dimensions and editions are coloured alike."""

CLASSES = 5


def quantile_breaks(values: Sequence[float]) -> list[float]:
    """Limits of five classes with about as many values each, rounded to numbers people read.

    Fewer limits when values repeat; they are strictly increasing, and none are needed
    when all values are equal.
    """
    ordered = sorted(values)
    if not ordered or ordered[0] == ordered[-1]:
        return []
    step = _step(ordered[-1] - ordered[0])
    at = [ordered[len(ordered) * part // CLASSES] for part in range(1, CLASSES)]
    breaks = dict.fromkeys(_rounded(value, step) for value in at)
    return [one for one in breaks if ordered[0] < one <= ordered[-1]]


def class_breaks(values: Sequence[float]) -> list[float]:
    """Limits between whole-number classes."""
    classes = sorted(set(values))
    return [(low + high) / 2 for low, high in pairwise(classes)]


def _step(width: float) -> float:
    """A power of ten, twice or five times it: about a fortieth of the range."""
    power = 10.0 ** floor(log10(width / 40))
    return next(power * part for part in (1, 2, 5, 10) if power * part >= width / 40)


def _rounded(value: float, step: float) -> float:
    return float(f"{round(value / step) * step:.10g}")
