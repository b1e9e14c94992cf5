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
from services.indicators.domain.rank_counts import Counts, RankCounts, ranks_at
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

    nominal  (R,) ranks without variation, 0 without a score
    places   (R,) the row of each region in `times`
    times    (R, R + 1) how many replicates gave the region of a row the rank k; column 0 counts
             the replicates in which it has no score; unsigned, of the size that n needs
    """

    regions: tuple[str, ...]
    n: int
    nominal: NDArray[np.int32]
    places: NDArray[np.intp]
    times: Counts

    def bands(self) -> list[Band]:
        """One band per region, in the order of `regions`."""
        shares = (self.times[self.places, 0] / self.n).tolist()
        quantiles = (one[self.places] for one in ranks_at(self.times, (5, 50, 95)))
        columns = ([rank or None for rank in one.tolist()] for one in (self.nominal, *quantiles))
        return list(map(Band, self.regions, *columns, shares))

    def within(self, k: int) -> NDArray[np.float64]:
        """(R,) share of all replicates in which the region is among the first k ranks."""
        return self.times[:, 1 : k + 1].sum(axis=1)[self.places] / self.n


def rank_bands(
    methodology: Methodology,
    answers: Answers,
    spec: Spec,
    column: Column | None = None,
    block: int | None = None,
) -> Robustness:
    """Ranks of one column (the overall score unless given) over spec.n replicates.

    Random numbers are drawn replicate by replicate from one Philox stream with
    the key spec.seed, so the result does not depend on `block`.
    Invalid (E_NO_EFFECT) when the spec varies nothing, (E_MC_SPEC) when a replicate
    leaves no region with a score: a failed replicate fails the run.
    """
    model = Model(methodology, answers, spec, column)
    if not model.width:
        raise refusal("E_NO_EFFECT", "the specification varies nothing")
    nominal = ranked(model.nominal()).rank
    # Most replicates change an order little, and what is nearly in order is sorted sooner.
    order = nominal.argsort(kind="stable")
    model = model.arranged(order)
    counted = RankCounts(len(order), spec.n)
    size = max(len(order), 1)
    block = max(1, min(block or _SCORES_PER_BLOCK // size, _NUMBERS_PER_BLOCK // model.width))
    stream = np.random.Generator(np.random.Philox(key=spec.seed))
    for start in range(0, spec.n, block):
        uniform = stream.random((min(block, spec.n - start), model.width))
        empty = counted.add(model.points(uniform))
        if empty is not None:
            detail = f"replicate {start + empty} leaves no region with a score"
            raise refusal("E_MC_SPEC", detail)
    return Robustness(answers.regions, spec.n, nominal, order.argsort(), counted.times)


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
