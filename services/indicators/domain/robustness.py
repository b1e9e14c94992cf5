"""How sure a rank is: Monte-Carlo bands, and what leaving out one indicator does (S15)."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.indicators.domain.answers import Answers
from services.indicators.domain.faults import refusal
from services.indicators.domain.methodology import Methodology
from services.indicators.domain.plan import Column, Floats
from services.indicators.domain.rank_counts import Counts, count, ranks_at
from services.indicators.domain.ranking import ranked
from services.indicators.domain.simulation import Model
from services.indicators.domain.spec import Spec

_THREADS = min(4, os.cpu_count() or 1)
_NUMBERS_PER_BLOCK = 4_000_000 // _THREADS
_SCORES_PER_BLOCK = 120_000
"""A megabyte, which the processor and the allocator keep at hand between blocks; smaller
ones spend their time on calls."""


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
               the replicates in which it has no score; unsigned, of the size that n needs
    nominal    (R,) ranks without variation, 0 without a score
    """

    regions: tuple[str, ...]
    n: int
    nominal: NDArray[np.int32]
    histogram: Counts

    def bands(self) -> list[Band]:
        """One band per region, in the order of `regions`."""
        shares = (self.histogram[:, 0] / self.n).tolist()
        ranks = (self.nominal, *ranks_at(self.histogram, (5, 50, 95)))
        columns = ([rank or None for rank in one.tolist()] for one in ranks)
        return list(map(Band, self.regions, *columns, shares))

    def within(self, k: int) -> NDArray[np.float64]:
        """(R,) share of all replicates in which the region is among the first k ranks."""
        return self.histogram[:, 1 : k + 1].sum(axis=1) / self.n


def rank_bands(
    methodology: Methodology,
    answers: Answers,
    spec: Spec,
    column: Column | None = None,
    block: int | None = None,
    threads: int = _THREADS,
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
    size = max(len(answers.regions), 1)
    block = block or max(1, _SCORES_PER_BLOCK // size)
    draws = _Draws(spec, max(1, min(block, _NUMBERS_PER_BLOCK // model.width)), model.width)
    with ThreadPoolExecutor(threads) as pool:
        others = [pool.submit(_counted, model, draws) for _ in range(threads - 1)]
        histogram = _counted(model, draws)
        for other in others:
            histogram += other.result()
    if draws.empty:
        detail = f"replicate {min(draws.empty)} leaves no region with a score"
        raise refusal("E_MC_SPEC", detail)
    nominal = ranked(model.nominal()).rank
    return Robustness(answers.regions, spec.n, nominal, histogram)


class _Draws:
    """The uniform numbers of a run, in blocks that threads take in their order.

    empty  replicates that leave no region with a score; after one, no block is handed out.
           All blocks before its own were, so that the first of them is among these in the end
    """

    def __init__(self, spec: Spec, block: int, width: int) -> None:
        self._stream = np.random.Generator(np.random.Philox(key=spec.seed))
        self._starts = iter(range(0, spec.n, block))
        self._block, self._width = block, width
        self._turn = Lock()
        self.n = spec.n
        self.empty: list[int] = []

    def taken(self) -> tuple[int, Floats] | None:
        """The next block with the number of its first replicate; None when all are taken."""
        with self._turn:
            start = None if self.empty else next(self._starts, None)
            if start is None:
                return None
            return start, self._stream.random((min(self._block, self.n - start), self._width))


def _counted(model: Model, draws: _Draws) -> Counts:
    """The histogram of the blocks that this thread takes."""
    size = len(model.answers.regions)
    histogram = np.zeros((size, size + 1), dtype=np.min_scalar_type(draws.n))
    while (taken := draws.taken()) is not None:
        start, uniform = taken
        place = count(model.points(uniform), histogram)
        if place is not None:
            draws.empty.append(start + place)
    return histogram


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
