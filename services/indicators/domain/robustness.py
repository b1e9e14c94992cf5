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
from services.indicators.domain.rank_counts import count, ranks_at
from services.indicators.domain.ranking import ranked
from services.indicators.domain.simulation import Model
from services.indicators.domain.spec import Spec

_NUMBERS_PER_BLOCK = 4_000_000
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
        quantiles = ranks_at(self.histogram, (5, 50, 95))
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
    histogram = np.zeros((size, size + 1), dtype=np.int32)
    for start in range(0, spec.n, block):
        uniform = stream.random((min(block, spec.n - start), model.width))
        empty = count(model.points(uniform), histogram)
        if empty is not None:
            detail = f"replicate {start + empty} leaves no region with a score"
            raise refusal("E_MC_SPEC", detail)
    nominal = ranked(model.nominal()).rank
    return Robustness(answers.regions, spec.n, nominal, histogram)


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
