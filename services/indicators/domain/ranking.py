"""The comparison key and ranks (S10, S13)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.indicators.domain.plan import Floats

UNIT = 10**9
"""Scores are compared as whole multiples of 1e-9 points, never as floats."""

UNSCORED = -1
"""The key of a score that is null."""

_TOP = 100 * UNIT
_PLACE_BITS = 24


def keys(scores: Floats) -> NDArray[np.int64]:
    """The comparison keys of scores in points, same shape; UNSCORED where NaN."""
    scaled = np.rint(scores * UNIT)
    return np.where(np.isnan(scaled), UNSCORED, np.nan_to_num(scaled)).astype(np.int64)


def key(score: float) -> int:
    """The comparison key of one score in points."""
    return round(score * UNIT)


class Rank(NamedTuple):
    """The rank of one region: 1 is best, regions with equal keys share the better rank.

    rank, percentile  None for a region without a score; the percentile (0 to 1,
                      1 is best) is None too when only one region is ranked
    tie_size          regions with this key, the region included; 0 without a score
    """

    rank: int | None
    n_ranked: int
    tie_size: int
    percentile: float | None


@dataclass(frozen=True, eq=False)
class Ranks:
    """Ranks along the last axis.

    rank        (..., R) int32, 1 is best, 0 where there is no score
    n_ranked    (...) int32
    tie_size    (..., R) int32, 0 where there is no score
    percentile  (..., R) share below plus half of the ties, NaN where undefined
    """

    rank: NDArray[np.int32]
    n_ranked: NDArray[np.int32]
    tie_size: NDArray[np.int32]
    percentile: Floats

    def at(self, *place: int) -> Rank:
        """The rank at one place, for instance (column, row)."""
        rank, share = int(self.rank[place]), float(self.percentile[place])
        return Rank(
            rank=rank or None,
            n_ranked=int(self.n_ranked[place[:-1]]),
            tie_size=int(self.tie_size[place]),
            percentile=None if np.isnan(share) else share,
        )


def ranks(scores: Floats) -> Ranks:
    """Ranks of scores (..., R) in points: descending, ties share the better rank, NaN unranked."""
    return ranked(keys(scores))


def ranked(compared: NDArray[np.int64]) -> Ranks:
    """Ranks of comparison keys (..., R).

    Key and place are packed into one whole number, so that one sort gives the
    order with equal keys side by side; the places make it stable.
    """
    size = compared.shape[-1]
    places = np.arange(size, dtype=np.int64)
    packed = np.sort(((_TOP - compared) << _PLACE_BITS) | places, axis=-1)
    ordered, place = packed >> _PLACE_BITS, packed & ((1 << _PLACE_BITS) - 1)
    first = np.ones(compared.shape, dtype=bool)
    first[..., 1:] = ordered[..., 1:] != ordered[..., :-1]
    start = np.maximum.accumulate(np.where(first, places, 0), axis=-1)
    last = np.ones(compared.shape, dtype=bool)
    last[..., :-1] = first[..., 1:]
    backwards = np.where(last, places + 1, size)[..., ::-1]
    end = np.minimum.accumulate(backwards, axis=-1)[..., ::-1]
    scored = ordered <= _TOP
    rank, tie = (np.zeros(compared.shape, dtype=np.int32) for _ in range(2))
    np.put_along_axis(rank, place, np.where(scored, start + 1, 0).astype(np.int32), axis=-1)
    np.put_along_axis(tie, place, np.where(scored, end - start, 0).astype(np.int32), axis=-1)
    n_ranked = scored.sum(axis=-1, dtype=np.int32)
    return Ranks(rank, np.asarray(n_ranked), tie, _percentile(rank, tie, np.asarray(n_ranked)))


def _percentile(
    rank: NDArray[np.int32], tie: NDArray[np.int32], n_ranked: NDArray[np.int32]
) -> Floats:
    total = n_ranked[..., None].astype(float)
    below = total - rank - tie + 1
    share = (below + 0.5 * (tie - 1)) / np.maximum(total - 1, 1)
    return np.where((rank > 0) & (total > 1), share, np.nan)
