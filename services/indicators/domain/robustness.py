"""How sure a rank is: Monte-Carlo bands, and what leaving out one indicator does (S15)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.indicators.domain.answers import Answers
from services.indicators.domain.faults import refusal
from services.indicators.domain.methodology import Methodology
from services.indicators.domain.plan import Column
from services.indicators.domain.ranking import UNIT, UNSCORED, ranked
from services.indicators.domain.simulation import Model
from services.indicators.domain.spec import Spec

_NUMBERS_PER_BLOCK = 4_000_000
_SCORES_PER_BLOCK = 300_000
"""A few megabytes: smaller blocks spend their time on calls, larger ones on memory."""


class Band(NamedTuple):
    """The rank of one region over all replicates; ranks are whole numbers, None if never ranked.

    nominal          the rank without any variation
    q05, median, q95 smallest ranks that 5 %, half and 95 % of the ranked replicates do not exceed
    unranked         share of the replicates in which the region has no score
    """

    region: str
    nominal: int | None
    q05: int | None
    median: int | None
    q95: int | None
    unranked: float


@dataclass(frozen=True, eq=False)
class Robustness:
    """The ranks of R regions over n replicates.

    histogram  (R, R + 1) how many replicates gave region r the rank k; column 0 counts
               the replicates in which it has no score
    nominal    (R,) ranks without variation, 0 without a score
    """

    regions: tuple[str, ...]
    n: int
    nominal: NDArray[np.int32]
    histogram: NDArray[np.int32]

    def bands(self) -> list[Band]:
        """One band per region, in the order of `regions`."""
        times = self.n - self.histogram[:, 0]
        quantiles = [_rank_at(self.histogram[:, 1:].T, -(-times * p // 100)) for p in (5, 50, 95)]
        shares = (self.histogram[:, 0] / self.n).tolist()
        columns = (one.tolist() for one in (self.nominal, *quantiles, times))
        return [
            Band(region, nominal or None, *(ranks if seen else (None,) * 3), unranked=share)
            for region, nominal, *ranks, seen, share in zip(
                self.regions, *columns, shares, strict=True
            )
        ]

    def within(self, k: int) -> NDArray[np.float64]:
        """(R,) share of all replicates in which the region is among the first k ranks."""
        return self.histogram[:, 1 : k + 1].sum(axis=1) / self.n


def _rank_at(counts: NDArray[np.int32], wanted: NDArray[np.int32]) -> NDArray[np.int64]:
    """The smallest rank up to which each region is found `wanted` times, counts (ranks, R).

    Looked for in steps of many ranks first, then inside the step.
    """
    ranks, size = counts.shape
    step = max(1, int(ranks**0.5))
    whole = ranks // step * step
    steps = counts[:whole].reshape(-1, step, size).sum(axis=1, dtype=np.int32)
    cumulated = np.cumsum(steps, axis=0)
    part, regions = (cumulated < wanted).sum(axis=0), np.arange(size)
    before = np.where(part > 0, cumulated[part - 1, regions], 0)
    places = part * step + np.arange(step)[:, None]
    inside = np.where(places < ranks, counts[np.minimum(places, ranks - 1), regions], 0)
    return part * step + 1 + (np.cumsum(inside, axis=0) + before < wanted).sum(axis=0)


def rank_bands(
    methodology: Methodology,
    answers: Answers,
    spec: Spec,
    column: Column | None = None,
    block: int | None = None,
) -> Robustness:
    """Ranks of one column (the overall score unless given) over spec.n replicates.

    Random numbers are drawn replicate by replicate from one Philox stream with
    the key spec.seed, so the result does not depend on `block` or on threads.
    Invalid (E_NO_EFFECT) when the spec varies nothing, (E_MC_SPEC) when a replicate
    leaves no region with a score: a failed replicate fails the run.
    """
    model = Model(methodology, answers, spec, column)
    if not model.width:
        raise refusal("E_NO_EFFECT", "the specification varies nothing")
    stream = np.random.Generator(np.random.Philox(key=spec.seed))
    size = len(answers.regions)
    block = block or max(1, _SCORES_PER_BLOCK // max(size, 1))
    block = max(1, min(block, _NUMBERS_PER_BLOCK // model.width))
    # Rank by region: replicates fill it row by row, which memory likes better than columns.
    histogram = np.zeros((size + 1) * size, dtype=np.int32)
    for start in range(0, spec.n, block):
        uniform = stream.random((min(block, spec.n - start), model.width))
        count(model.keys(uniform), histogram, start)
    nominal = ranked(model.nominal()).rank
    return Robustness(answers.regions, spec.n, nominal, histogram.reshape(size + 1, size).T)


def count(keys: NDArray[np.int64], histogram: NDArray[np.int32], start: int) -> None:
    """Add the ranks of a block of replicates, keys (n, R), to the flat histogram."""
    highest = keys.max(axis=1, initial=UNSCORED)
    if (empty := highest == UNSCORED).any():
        failed = start + int(empty.argmax())
        raise refusal("E_MC_SPEC", f"replicate {failed} leaves no region with a score")
    size = keys.shape[1]
    if size * (size + 1) > 2**31:
        return _count_exactly(keys, histogram)
    top, lowest = int(highest.max()), int(keys.min())
    if lowest == UNSCORED:
        return _count_exactly(keys, histogram)
    _count_roughly(keys, histogram, top, top - lowest)


def _count_roughly(
    keys: NDArray[np.int64], histogram: NDArray[np.int32], top: int, span: int
) -> None:
    """Sort by the leading bits of the keys, then put right the neighbours that these leave open.

    Leading bits and place fill one number of 32 bits, which sorts twice as fast as one of
    64. Replicates with equal keys, or with three in a row that look alike, are done anew.
    """
    size = keys.shape[1]
    bits = np.uint32(size.bit_length())
    packed = ((top - keys) >> max(0, span.bit_length() + int(bits) - 32)).astype(np.uint32)
    packed <<= bits
    packed |= np.arange(size, dtype=np.uint32)
    packed.sort(axis=1)
    alike = (packed[:, 1:] ^ packed[:, :-1]) < (1 << bits)
    packed &= np.uint32((1 << bits) - 1)
    rows, columns = np.divmod(np.flatnonzero(alike), max(1, size - 1))
    left, right = packed[rows, columns], packed[rows, columns + 1]
    ahead, behind = keys[rows, left], keys[rows, right]
    packed[rows, columns] = np.where(behind > ahead, right, left)
    packed[rows, columns + 1] = np.where(behind > ahead, left, right)
    in_a_row = (np.diff(rows) == 0) & (np.diff(columns) == 1)
    again = np.unique(np.concatenate((rows[ahead == behind], rows[1:][in_a_row])))
    if len(again):
        _count_exactly(keys[again], histogram)
        packed = np.delete(packed, again, axis=0)
    packed += np.arange(1, size + 1, dtype=np.uint32) * np.uint32(size)
    np.add.at(histogram, packed.ravel().astype(np.intp), np.int32(1))


def _count_exactly(keys: NDArray[np.int64], histogram: NDArray[np.int32]) -> None:
    """Key and place are packed into one whole number, so that one sort gives the order with
    equal keys side by side. Where no keys are equal the position is the rank.
    """
    size = keys.shape[1]
    bits = size.bit_length()
    places = np.arange(size, dtype=np.int64)
    packed = (100 * UNIT - keys) << bits
    packed |= places
    packed.sort(axis=1)
    ordered = packed >> bits
    packed &= (1 << bits) - 1
    tied = (ordered[:, 1:] == ordered[:, :-1]).any() or (ordered[:, -1] > 100 * UNIT).any()
    packed += (_tied_ranks(ordered) if tied else places + 1) * size
    np.add.at(histogram, packed.ravel(), np.int32(1))


def _tied_ranks(ordered: NDArray[np.int64]) -> NDArray[np.int64]:
    """(n, R) ranks of keys in order: equal ones share the better rank, unscored ones get 0."""
    ranks = np.broadcast_to(np.arange(1, ordered.shape[1] + 1), ordered.shape).copy()
    ranks[:, 1:][ordered[:, 1:] == ordered[:, :-1]] = 0
    np.maximum.accumulate(ranks, axis=1, out=ranks)
    ranks[ordered > 100 * UNIT] = 0
    return ranks


class Dropped(NamedTuple):
    """What leaving out one indicator does to the ranks of the regions that keep a score.

    mean_shift, largest_shift  in ranks; regions that lose their score are only counted
    """

    indicator: str
    mean_shift: float
    largest_shift: int
    moved: int
    lost: int


def drop_one(
    methodology: Methodology, answers: Answers, column: Column | None = None
) -> list[Dropped]:
    """The effect of each indicator of the column with a weight, the largest mean shift first."""
    spec = Spec(n=1, seed=0, drop=tuple(methodology.positions))
    model = Model(methodology, answers, spec, column)
    nominal = ranked(model.nominal()).rank
    levels = len(spec.drop) + 1
    uniform = (np.arange(1, levels)[:, None] + 0.5) / levels
    found: list[Dropped] = []
    for place, code in enumerate(spec.drop):
        if model.plan.weights[place] and model.inside[place]:
            rank = ranked(model.keys(uniform[place : place + 1])[0]).rank
            found.append(_dropped(code, nominal, rank))
    return sorted(found, key=lambda one: (-one.mean_shift, one.indicator))


def _dropped(code: str, nominal: NDArray[np.int32], rank: NDArray[np.int32]) -> Dropped:
    both = (nominal > 0) & (rank > 0)
    shift = np.abs(rank[both] - nominal[both])
    lost = int(((nominal > 0) & (rank == 0)).sum())
    mean = float(shift.mean()) if len(shift) else 0.0
    return Dropped(code, mean, int(shift.max(initial=0)), int((shift > 0).sum()), lost)
