"""How often each region had each rank over many replicates, and the quantiles of that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.indicators.domain.plan import Floats
from services.indicators.domain.ranking import UNIT, UNSCORED, keys

Counts = NDArray[np.unsignedinteger]
"""(R, R + 1) how often each region had each rank, of the smallest whole numbers that hold it."""

_BITS = 32
"""Of the whole numbers that are sorted: they sort twice as fast as those of 64."""


def count(points: Floats, histogram: Counts) -> int | None:
    """Add the ranks of a block of replicates to a histogram.

    points     (n, R) scores of n replicates, NaN where a region has none
    histogram  (R, R + 1) how often region r had rank k; column 0 counts the replicates without
               a score. Regions by rows: their ranks lie side by side in memory

    Returns the first replicate that leaves no region with a score, None if all leave some.
    """
    lowest = points.min(axis=1, initial=np.inf)
    empty: int | None = None
    if (unscored := np.isnan(lowest)).any():
        compared = keys(points[unscored])
        _count_exactly(compared, histogram)
        nothing = (compared == UNSCORED).all(axis=1)
        empty = int(np.flatnonzero(unscored)[nothing.argmax()]) if nothing.any() else None
        points, lowest = points[~unscored], lowest[~unscored]
    if points.size:
        _count_roughly(points, float(lowest.min()), histogram)
    return empty


def _count_roughly(points: Floats, lowest: float, histogram: Counts) -> None:
    """Sort by buckets of points, then put right the neighbours that these leave open.

    Bucket and place of a region fill one number. A bucket is at least ten comparison keys
    wide, so that points two buckets apart have different keys; those nearer are compared by
    their keys. Replicates with equal keys, or with three in a row that are near, are done anew.
    """
    size = points.shape[1]
    bits = size.bit_length()
    highest = float(points.max())
    buckets = highest - points
    buckets *= min((2 ** (_BITS - bits) - 1) / max(highest - lowest, 1 / UNIT), UNIT / 10)
    packed = buckets.astype(np.uint32)
    packed <<= np.uint32(bits)
    packed |= np.arange(size, dtype=np.uint32)
    packed.sort(axis=1)
    near = np.flatnonzero(np.diff(packed, axis=1) < 2 << bits)
    packed &= np.uint32(2**bits - 1)
    rows, columns = np.divmod(near, max(1, size - 1))
    left, right = packed[rows, columns], packed[rows, columns + 1]
    ahead, behind = keys(points[rows, left]), keys(points[rows, right])
    packed[rows, columns] = np.where(behind > ahead, right, left)
    packed[rows, columns + 1] = np.where(behind > ahead, left, right)
    in_a_row = (np.diff(rows) == 0) & (np.diff(columns) == 1)
    again = np.unique(np.concatenate((rows[ahead == behind], rows[1:][in_a_row])))
    if len(again):
        _count_exactly(keys(points[again]), histogram)
        packed = np.delete(packed, again, axis=0)
    _add(packed, np.arange(1, size + 1), histogram)


def _count_exactly(compared: NDArray[np.int64], histogram: Counts) -> None:
    """Key and place are packed into one whole number, so that one sort gives the order with
    equal keys side by side. Where no keys are equal the position is the rank.
    """
    size = compared.shape[1]
    bits = size.bit_length()
    places = np.arange(size, dtype=np.int64)
    packed = (100 * UNIT - compared) << bits
    packed |= places
    packed.sort(axis=1)
    ordered = packed >> bits
    packed &= (1 << bits) - 1
    tied = (ordered[:, 1:] == ordered[:, :-1]).any() or (ordered[:, -1] > 100 * UNIT).any()
    _add(packed, _tied_ranks(ordered) if tied else places + 1, histogram)


def _add(regions: NDArray[Any], ranks: NDArray[np.int64], histogram: Counts) -> None:
    """Count the regions, (n, R) in the order of their ranks."""
    cells = regions.astype(np.intp)
    cells *= histogram.shape[1]
    cells += ranks
    np.add.at(histogram.reshape(-1), cells.reshape(-1), histogram.dtype.type(1))


def _tied_ranks(ordered: NDArray[np.int64]) -> NDArray[np.int64]:
    """(n, R) ranks of keys in order: equal ones share the better rank, unscored ones get 0."""
    ranks = np.broadcast_to(np.arange(1, ordered.shape[1] + 1), ordered.shape).copy()
    ranks[:, 1:][ordered[:, 1:] == ordered[:, :-1]] = 0
    np.maximum.accumulate(ranks, axis=1, out=ranks)
    ranks[ordered > 100 * UNIT] = 0
    return ranks


def ranks_at(histogram: Counts, shares: Sequence[int]) -> list[NDArray[np.int64]]:
    """For each share in percent, the smallest rank that so many of a region's ranks do not exceed.

    histogram  as in `count`; the answer is 0 for a region that was never ranked. Looked for in
    steps of many ranks first, then inside the step.
    """
    size, ranks = histogram.shape
    step = max(1, int(ranks**0.5))
    unscored = histogram[:, 0].astype(np.int64)
    starts = np.arange(0, ranks, step)
    before = np.zeros((size, len(starts) + 1), dtype=np.int64)
    sums = np.add.reduceat(histogram, starts, axis=1, dtype=np.int32)
    np.cumsum(sums, axis=1, out=before[:, 1:])
    times, regions = before[:, -1] - unscored, np.arange(size)
    found: list[NDArray[np.int64]] = []
    for share in shares:
        wanted = (unscored - (-times * share // 100))[:, None]
        part = np.count_nonzero(before[:, 1:] < wanted, axis=1)
        # Behind its last rank a region has reached any share: what is read there changes nothing.
        places = (regions * ranks + part * step)[:, None] + np.arange(step)
        counts = histogram.reshape(-1).take(places, mode="clip")
        below = before[regions, part][:, None] + np.cumsum(counts, axis=1, dtype=np.int32)
        found.append(part * step + np.count_nonzero(below < wanted, axis=1))
    return found
