"""Which assumption moves the ranks: Sobol indices of the average shift of rank (S16).

A. Saltelli et al., "Variance based sensitivity analysis of model output",
Computer Physics Communications 181 (2010): first-order estimator of table 2 (b),
total-order estimator of Jansen, table 2 (f).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.indicators.domain.answers import Answers
from services.indicators.domain.faults import Faults, refusal
from services.indicators.domain.methodology import Methodology
from services.indicators.domain.plan import Column, Floats
from services.indicators.domain.ranking import ranked
from services.indicators.domain.simulation import Model
from services.indicators.domain.spec import Spec

FEWEST, MOST = 64, 10_000
"""Rows of the design; a run scores rows * (factors + 2) replicates."""

_RESAMPLES = 1_000
_NUMBERS_PER_BLOCK = 2_000_000


class Index(NamedTuple):
    """How much of the variance of the average rank shift one factor explains.

    first, total              alone, and with all its interactions
    first_low ... total_high  95 % intervals, by resampling the rows of the design jointly
    """

    factor: str
    first: float
    first_low: float
    first_high: float
    total: float
    total_low: float
    total_high: float


def sobol(
    methodology: Methodology, answers: Answers, spec: Spec, column: Column | None = None
) -> list[Index]:
    """First-order and total indices of everything that the spec varies; spec.n rows.

    Invalid (E_NO_EFFECT) for every factor that changes no rank at all: it has no
    place in the spec, and its total index would be exactly 0.
    """
    model = Model(methodology, answers, spec, column)
    if not model.factors:
        raise refusal("E_NO_EFFECT", "the specification varies nothing")
    base, other, mixed = _design(model)
    faults = Faults("A factor of the specification changes no rank.")
    for number, factor in enumerate(model.factors):
        if np.array_equal(base, mixed[number]):
            detail = f"{factor} changes no rank in {len(base)} rows"
            faults.add("E_NO_EFFECT", detail, pointer=f"/{_FIELDS[factor]}", value=factor)
    faults.stop()
    return _indices(model, base, other, mixed)


_FIELDS = {
    "weights": "weights",
    "areas": "weights/area",
    "answers": "answers",
    "aggregation": "aggregations",
    "not_competent": "not_competent",
    "drop": "drop",
}


def _design(model: Model) -> tuple[Floats, Floats, Floats]:
    """Outputs of A, of B (n,), and of A with one factor from B (factors, n)."""
    stream = np.random.Generator(np.random.Philox(key=model.spec.seed))
    nominal = ranked(model.nominal()).rank
    n, width = model.spec.n, model.width
    base, other = np.empty(n), np.empty(n)
    mixed = np.empty((len(model.factors), n))
    block = max(1, min(256, _NUMBERS_PER_BLOCK // width))
    for start in range(0, n, block):
        rows = slice(start, min(start + block, n))
        both = stream.random((rows.stop - start, 2 * width))
        a, b = both[:, :width], both[:, width:]
        base[rows], other[rows] = _shift(model, a, nominal), _shift(model, b, nominal)
        for number, part in enumerate(model.factors.values()):
            swapped = a.copy()
            swapped[:, part] = b[:, part]
            mixed[number, rows] = _shift(model, swapped, nominal)
    return base, other, mixed


def _shift(model: Model, uniform: Floats, nominal: NDArray[np.int32]) -> Floats:
    """(n,) mean absolute shift of rank over the regions that are ranked both times."""
    rank = ranked(model.keys(uniform)).rank
    both = (rank > 0) & (nominal > 0)
    count = both.sum(axis=1)
    if not count.all():
        raise refusal("E_MC_SPEC", "a replicate leaves no region with a score")
    return (np.abs(rank - nominal) * both).sum(axis=1) / count


def _indices(model: Model, base: Floats, other: Floats, mixed: Floats) -> list[Index]:
    stream = np.random.Generator(np.random.Philox(key=model.spec.seed + 1))
    rows = stream.integers(0, len(base), (_RESAMPLES, len(base)))
    low, high = int(0.025 * _RESAMPLES), int(0.975 * _RESAMPLES) - 1
    variance = _variance(base, other)
    spread = _variance(base[rows], other[rows])
    found: list[Index] = []
    for factor, swapped in zip(model.factors, mixed, strict=True):
        first, total = other * (swapped - base), (base - swapped) ** 2 / 2
        # A resample of equal outputs has no variance to share out; its index is 0.
        safe = np.where(spread > 0, spread, np.inf)
        firsts = np.sort(first[rows].mean(axis=1) / safe)
        totals = np.sort(total[rows].mean(axis=1) / safe)
        found.append(
            Index(
                factor,
                float(first.mean() / variance),
                float(firsts[low]),
                float(firsts[high]),
                float(total.mean() / variance),
                float(totals[low]),
                float(totals[high]),
            )
        )
    return found


def _variance(base: Floats, other: Floats) -> Floats:
    return np.concatenate([base, other], axis=-1).var(axis=-1)
