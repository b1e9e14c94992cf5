"""What a score is made of: realised weights, contributions and gaps that add up (S6, S7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.indicators.domain.answers import FIRST_OPTION, OUT_OF_SCOPE
from services.indicators.domain.display import apportioned
from services.indicators.domain.faults import refusal
from services.indicators.domain.instrument import GROUP, OVERALL
from services.indicators.domain.methodology import Methodology
from services.indicators.domain.plan import Column, Floats, Plan, compiled


class Contribution(NamedTuple):
    """The part of one indicator in one score.

    score         points of the indicator; None where nothing was scored
    weight        realised weight, a share; the shares of a score add up to 1
    contribution  weight * score; these add up to the score
    gap           weight * (100 - score); these add up to 100 - score
    """

    indicator: str
    score: float | None
    weight: float
    contribution: float
    gap: float


class Part(NamedTuple):
    """What a set of indicators adds to a score; the fields are sums of those of Contribution."""

    weight: float
    contribution: float
    gap: float


@dataclass(frozen=True, eq=False)
class Decomposition:
    """One score of one region and its indicators, N of them, in the order of the methodology.

    score    points; None when the region has no score here, and then all weights are 0
    scores   (N,) points of the indicators, NaN where nothing was scored
    weights  (N,) realised weights: 0 without a value and in areas without a score
    """

    methodology: Methodology
    column: Column
    score: float | None
    indicators: tuple[str, ...]
    scores: Floats
    weights: Floats

    @property
    def contributions(self) -> Floats:
        """(N,) points; they add up to the score."""
        return self.weights * np.nan_to_num(self.scores)

    @property
    def gaps(self) -> Floats:
        """(N,) points; they add up to 100 minus the score."""
        return self.weights * (100 - np.nan_to_num(self.scores))

    def rows(self) -> list[Contribution]:
        """The indicators one by one."""
        columns = (self.scores, self.weights, self.contributions, self.gaps)
        numbers = zip(self.indicators, *(one.tolist() for one in columns), strict=True)
        return [
            Contribution(code, None if points != points else points, weight, part, gap)
            for code, points, weight, part, gap in numbers
        ]

    def displayed(self) -> dict[str, float]:
        """Contributions rounded so that they add up to the rounded score; empty without one."""
        if self.score is None:
            return {}
        parts = dict(sorted(zip(self.indicators, self.contributions.tolist(), strict=True)))
        decimals = self.methodology.display_decimals
        rounded = apportioned(list(parts.values()), self.score, decimals)
        return dict(zip(parts, rounded, strict=True))

    def by(self, axis: str) -> dict[str | None, Part]:
        """Subtotals by the dimensions of an axis, which add up; None holds untagged indicators.

        Invalid (E_TAG_MULTIPLE) for a multi axis: an indicator would count twice.
        """
        found = next(one for one in self.methodology.axes if one.code == axis)
        if found.kind == "multi":
            detail = f"{axis} is a multi axis: its subtotals would not add up"
            raise refusal("E_TAG_MULTIPLE", detail, value=axis)
        parts: dict[str | None, Part] = {one.code: Part(0, 0, 0) for one in found.dimensions}
        for row in self.rows():
            tags = self.methodology.indicator(row.indicator).tags[axis]
            tag = tags[0] if tags else None
            so_far = parts.get(tag, Part(0, 0, 0))
            one = (row.weight, row.contribution, row.gap)
            parts[tag] = Part(*(a + b for a, b in zip(so_far, one, strict=True)))
        return parts


def decompose(
    plan: Plan, codes: NDArray[np.uint8], column: Column, score: float | None
) -> Decomposition:
    """The decomposition of one score. `codes` (1, I, G) are the answers of the region."""
    row, lane = _place(plan, column)
    values, have, due = (part[lane, 0].astype(float) for part in plan.read(codes))
    scored = have > 0
    points = np.where(scored, plan.points(values, np.ones(1)), np.nan)
    if score is None:
        weights = np.zeros(len(points))
    elif column.axis == OVERALL and plan.blocks:
        weights = _area_weights(plan, have, due)
    else:
        weights = _shares(plan.weights * plan.members[row] * scored)
    inside = np.flatnonzero(_listed(plan, column, row))
    codes_inside = tuple(plan.methodology.indicators[place].code for place in inside)
    return Decomposition(
        plan.methodology, column, score, codes_inside, points[inside], weights[inside]
    )


def nominal(methodology: Methodology, column: Column) -> Decomposition:
    """The weights of a dimension when every question in scope is answered (S6).

    Only the weights mean something; every question stands with its first option.
    """
    plan = compiled(methodology)
    groups = methodology.group_codes
    scope = [[group in one.groups for group in groups] for one in methodology.indicators]
    codes = np.where(np.array(scope), FIRST_OPTION, OUT_OF_SCOPE).astype(np.uint8)
    row, lane = _place(plan, column)
    asked = plan.read(codes[None]).scored[lane, 0]
    applies = bool((plan.weights * plan.members[row] * asked).any())
    return decompose(plan, codes[None], column, 0.0 if applies else None)


def _place(plan: Plan, column: Column) -> tuple[int, int]:
    lane, row = divmod(int(plan.rows[plan.columns.index(column)]), len(plan.members))
    return row, lane


def _listed(plan: Plan, column: Column, row: int) -> Floats:
    # Indicators that the area mean leaves out are listed with weight 0, not hidden.
    return np.ones(len(plan.weights)) if column.axis in (OVERALL, GROUP) else plan.members[row]


def _shares(weights: Floats) -> Floats:
    total = weights.sum()
    return weights / total if total else weights


def _area_weights(plan: Plan, scored: Floats, eligible: Floats) -> Floats:
    """e_i = share of the area among the areas with a score, times share of i in its area."""
    threshold = plan.methodology.thresholds
    weights, total = np.zeros(len(scored)), 0
    for row, weight in plan.blocks:
        inside = plan.weights * plan.members[row]
        have, due = float((inside * scored).sum()), float((inside * eligible).sum())
        n_have = int(((inside > 0) & (scored > 0)).sum())
        floor = threshold.dimension
        if n_have >= threshold.n_min and have * floor.denominator >= due * floor.numerator:
            weights += weight * inside * scored / have
            total += weight
    return weights / total if total else weights
