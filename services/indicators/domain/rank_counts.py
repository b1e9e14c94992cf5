"""How often each region had each rank over many replicates, and the quantiles of that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.indicators.domain.plan import Floats
from services.indicators.domain.ranking import UNIT, UNSCORED, keys

Counts = NDArray[np.unsignedinteger]
"""(R, R + 1) how often each region had each rank, of the smallest whole numbers that hold it.

Column 0 counts the replicates in which a region has no score.
"""

_BITS = 32
"""Of the whole numbers that are sorted: they sort twice as fast as those of 64."""

_PART = 512
"""So many numbers are sorted by numpy without being divided, at an eighth of the time for each."""


class RankCounts:
    """Counts the ranks of replicates, block by block.

    times  what was counted so far
    """

    def __init__(self, size: int, n: int) -> None:
        """For n replicates of `size` regions."""
        self._places = np.arange(size, dtype=np.uint32)
        self._ranks = np.arange(1, size + 1)
        self.times: Counts = np.zeros((size, size + 1), dtype=np.min_scalar_type(n))

    def add(self, points: Floats) -> int | None:
        """Count a block of replicates.

        points  (n, R) their scores, NaN where a region has none

        Returns the first replicate that leaves no region with a score, None if all leave some.
        """
        lowest = points.min(axis=1, initial=np.inf)
        empty: int | None = None
        if (unscored := np.isnan(lowest)).any():
            compared = keys(points[unscored])
            self._count(self._cells(*_exactly(compared)))
            nothing = (compared == UNSCORED).all(axis=1)
            empty = int(np.flatnonzero(unscored)[nothing.argmax()]) if nothing.any() else None
            points, lowest = points[~unscored], lowest[~unscored]
        if points.size:
            self._count(self._ranked(points, float(lowest.min())))
        return empty

    def _count(self, cells: NDArray[np.intp]) -> None:
        np.add.at(self.times.reshape(-1), cells.reshape(-1), self.times.dtype.type(1))

    def _cells(self, regions: NDArray[Any], ranks: NDArray[np.int64]) -> NDArray[np.intp]:
        """Where in `times`, flat, a rank of a region is counted."""
        cells = regions.astype(np.intp)
        cells *= self.times.shape[1]
        cells += ranks
        return cells

    def _ranked(self, points: Floats, lowest: float) -> NDArray[np.intp]:
        """The cells of replicates in which every region has a score.

        They are sorted by buckets of points; the neighbours that these leave open are put right
        afterwards. Bucket and place of a region fill one number. A bucket is at least ten
        comparison keys wide, so that points two buckets apart have different keys; those nearer
        are compared by their keys. Replicates with equal keys, or with three in a row that are
        near, are done anew.
        """
        size = points.shape[1]
        bits = size.bit_length()
        highest = float(points.max())
        buckets = highest - points
        buckets *= min((2 ** (_BITS - bits) - 1) / max(highest - lowest, 1 / UNIT), UNIT / 10)
        packed = buckets.astype(np.int32).view(np.uint32)  # twice as fast as to the latter
        packed <<= np.uint32(bits)
        packed |= self._places
        _sort(packed)
        in_order = packed.reshape(-1)
        near = np.flatnonzero(in_order[1:] - in_order[:-1] < 2 << bits)
        near = near[near % size < size - 1]  # the end of a replicate has no neighbour behind
        packed &= np.uint32(2**bits - 1)
        rows, pairs = near // size, in_order[[near, near + 1]]
        first, second = keys(points[rows, pairs])
        in_order[[near, near + 1]] = np.where(second > first, pairs[::-1], pairs)
        again = np.zeros(len(points), dtype=bool)
        again[rows[first == second]] = True
        again[rows[1:][np.diff(near) == 1]] = True
        cells = self._cells(packed, self._ranks)
        if again.any():
            cells[again] = self._cells(*_exactly(keys(points[again])))
        return cells


def _exactly(compared: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Key and place are packed into one whole number, so that one sort gives the order with
    equal keys side by side. Where no keys are equal the position is the rank.
    """
    size = compared.shape[1]
    bits = size.bit_length()
    packed = (100 * UNIT - compared) << bits
    packed |= np.arange(size)
    packed.sort(axis=1)
    ordered = packed >> bits
    packed &= (1 << bits) - 1
    return packed, _tied_ranks(ordered)


def _sort(rows: NDArray[np.uint32]) -> None:
    """Sort each row in place, quickly where it is nearly in order.

    Parts that overlap are sorted in turns, until each ends below the beginning of the next.
    """
    size = rows.shape[1]
    for start in (0, _PART // 2, 0):
        edges = np.arange(start, size, _PART)
        for edge in edges:
            rows[:, edge : edge + _PART].sort(axis=1)
        seams = edges[edges > 0]
        if (rows[:, seams - 1] < rows[:, seams]).all():
            return
    rows.sort(axis=1)


def _tied_ranks(ordered: NDArray[np.int64]) -> NDArray[np.int64]:
    """(n, R) ranks of keys in order: equal ones share the better rank, unscored ones get 0."""
    ranks = np.broadcast_to(np.arange(1, ordered.shape[1] + 1), ordered.shape).copy()
    ranks[:, 1:][ordered[:, 1:] == ordered[:, :-1]] = 0
    np.maximum.accumulate(ranks, axis=1, out=ranks)
    ranks[ordered > 100 * UNIT] = 0
    return ranks


def ranks_at(times: Counts, shares: Sequence[int]) -> list[NDArray[np.int64]]:
    """For each share in percent, the smallest rank that so many of a region's ranks do not exceed.

    The answer is 0 for a region that was never ranked. Looked for in steps of many ranks first,
    then inside the step.
    """
    size, ranks = times.shape
    step = max(1, int(ranks**0.5))
    unscored = times[:, 0].astype(np.int64)
    starts = np.arange(0, ranks, step)
    before = np.zeros((size, len(starts) + 1), dtype=np.int64)
    sums = np.add.reduceat(times, starts, axis=1, dtype=np.int32)
    np.cumsum(sums, axis=1, out=before[:, 1:])
    ranked, regions = before[:, -1] - unscored, np.arange(size)
    found: list[NDArray[np.int64]] = []
    for share in shares:
        wanted = (unscored - (-ranked * share // 100))[:, None]
        part = np.count_nonzero(before[:, 1:] < wanted, axis=1)
        # Behind its last rank a region has reached any share: what is read there changes nothing.
        places = (regions * ranks + part * step)[:, None] + np.arange(step)
        counts = times.reshape(-1).take(places, mode="clip")
        below = before[regions, part][:, None] + np.cumsum(counts, axis=1, dtype=np.int32)
        found.append(part * step + np.count_nonzero(below < wanted, axis=1))
    return found
