"""Scores of all regions in every dimension of every axis, with coverage and state (S2 to S5)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.indicators.domain.answers import (
    MISSING,
    NOT_APPLICABLE,
    NOT_COMPETENT,
    OUT_OF_SCOPE,
    Answers,
)
from services.indicators.domain.decomposition import Decomposition, decompose
from services.indicators.domain.instrument import ALL, GROUP, OVERALL
from services.indicators.domain.methodology import Methodology
from services.indicators.domain.plan import Cells, Column, Floats, Numbers, Plan, compiled
from services.indicators.domain.ranking import Ranks, keys, ranked
from shared.problems import NotFound


class State(IntEnum):
    """Why there is a score, or none."""

    ok = 0
    insufficient = 1
    not_applicable = 2


class Score(NamedTuple):
    """One score of one region.

    score     points, 0 to 100; None unless the state is ok
    coverage  share of the eligible weight that has a value; None when nothing is eligible
    n_*       indicators with a weight above 0
    """

    axis: str
    dimension: str
    group: str
    score: float | None
    coverage: float | None
    state: str
    n_scored: int
    n_eligible: int


class Shares(NamedTuple):
    """How many cells in scope are in each state, and their number, weight-0 indicators left out."""

    cells: int
    not_applicable: int
    not_competent: int
    missing: int


@dataclass(frozen=True, eq=False)
class Scores:
    """Every score of an edition revision. K columns (axis, dimension, group), R regions.

    score       (K, R) points, NaN unless the state is ok
    coverage    (K, R) share, NaN when nothing is eligible
    state       (K, R) uint8, see State
    n_scored    (K, R) indicators with a value and a weight above 0
    n_eligible  (K, R) indicators that have or should have a value, weight above 0
    """

    methodology: Methodology
    answers: Answers
    columns: tuple[Column, ...]
    score: Floats
    coverage: Floats
    state: NDArray[np.uint8]
    n_scored: NDArray[np.int32]
    n_eligible: NDArray[np.int32]

    @property
    def regions(self) -> tuple[str, ...]:
        """Codes of the regions, in the order of the last axis."""
        return self.answers.regions

    def column(self, axis: str = OVERALL, dimension: str = OVERALL, group: str = ALL) -> int:
        """Where a dimension stands in the first axis. NotFound when there is none of that name."""
        return _column(self.methodology, axis, dimension, group)

    def row(self, region: str) -> int:
        """Where a region stands in the last axis. NotFound when it has no answers here."""
        if region not in self.answers.rows_of:
            raise NotFound(f"{region} has no answers in this edition.")
        return self.answers.rows_of[region]

    def vector(self, axis: str = OVERALL, dimension: str = OVERALL, group: str = ALL) -> Floats:
        """(R,) the scores of all regions in one dimension, NaN where there is none."""
        return self.score[self.column(axis, dimension, group)]

    def one(
        self, region: str, axis: str = OVERALL, dimension: str = OVERALL, group: str = ALL
    ) -> Score:
        """One score of one region."""
        return self._score(self.column(axis, dimension, group), self.row(region))

    def of(self, region: str) -> list[Score]:
        """All scores of one region, in the order of `columns`."""
        row = self.row(region)
        return [self._score(column, row) for column in range(len(self.columns))]

    @cached_property
    def keys(self) -> NDArray[np.int64]:
        """(K, R) the comparison keys of the scores, -1 where there is none (S10)."""
        return keys(self.score)

    @cached_property
    def ranks(self) -> Ranks:
        """(K, R) the rank of every region in every dimension (S13)."""
        return ranked(self.keys)

    def shares(self, region: str) -> dict[Column, Shares]:
        """Cells of a region by state in every column: NA, NC and missing are never merged (S2)."""
        codes = self.answers.codes[self.row(region)][None]
        counts = _by_state(compiled(self.methodology), codes)[..., 0].T.tolist()
        return {column: Shares(*one) for column, one in zip(self.columns, counts, strict=True)}

    def state_shares(self) -> tuple[Floats, Floats]:
        """(K, R) each: the shares of the cells in scope that are not applicable, not competent.

        NaN where no cell is in scope.
        """
        counts = _by_state(compiled(self.methodology), self.answers.codes)
        with np.errstate(invalid="ignore"):
            return counts[1] / counts[0], counts[2] / counts[0]

    def contributions(
        self, region: str, axis: str = OVERALL, dimension: str = OVERALL, group: str = ALL
    ) -> Decomposition:
        """How each indicator makes up one score of one region."""
        column = self.column(axis, dimension, group)
        codes = self.answers.codes[self.row(region)][None]
        points = self.one(region, axis, dimension, group).score
        return decompose(compiled(self.methodology), codes, self.columns[column], points)

    def _score(self, column: int, row: int) -> Score:
        score, coverage = float(self.score[column, row]), float(self.coverage[column, row])
        return Score(
            *self.columns[column],
            score=None if np.isnan(score) else score,
            coverage=None if np.isnan(coverage) else coverage,
            state=State(int(self.state[column, row])).name,
            n_scored=int(self.n_scored[column, row]),
            n_eligible=int(self.n_eligible[column, row]),
        )


def score(methodology: Methodology, answers: Answers) -> Scores:
    """The scores of all regions. Invalid (E_METHOD_MISMATCH) for answers to other questions.

    The score of a region depends on its own answers alone, to the last bit.
    """
    answers.fit(methodology)
    plan = compiled(methodology)
    table = tabulate(plan, plan.read(answers.codes))
    return Scores(methodology, answers, plan.columns, *table)


class Table(NamedTuple):
    """The five arrays of Scores."""

    score: Floats
    coverage: Floats
    state: NDArray[np.uint8]
    n_scored: NDArray[np.int32]
    n_eligible: NDArray[np.int32]


def tabulate(plan: Plan, cells: Cells) -> Table:
    """The sums of all memberships in one product per array, and what the rules make of them."""
    sums = _sums(plan, cells)
    values, have, due = (part[plan.rows] for part in (sums.values, sums.have, sums.due))
    counted = plan.weighty is not None
    n_have, n_due = (sums.n_have[plan.rows], sums.n_due[plan.rows]) if counted else (have, due)
    enough = have * plan.floor_unit >= due * plan.floors[:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        # As Plan.points does, into the copy that is made already.
        points = np.divide(np.multiply(values, plan.up, out=values), have * plan.down, out=values)
        coverage = have / due
        n_scored, n_eligible = n_have.astype(np.int32), n_due.astype(np.int32)
        for lane in range(plan.lanes if plan.blocks else 0):
            mean = _area_mean(plan, sums, lane)
            overall = lane * len(plan.names)
            points[overall], coverage[overall] = mean.points, mean.coverage
            due[overall], enough[overall] = mean.due, mean.enough
    lacking = ~(enough & (n_scored >= plan.methodology.thresholds.n_min))
    points[lacking] = np.nan
    # Where nothing is due nothing is scored either, so that 1 and 1 make not_applicable.
    state = lacking.astype(np.uint8) * State.insufficient + (due == 0)
    return Table(points, coverage, state, n_scored, n_eligible)


class _Sums(NamedTuple):
    """(lanes * D, R) each: weighted values, weight scored and eligible, counts of the two."""

    values: Floats
    have: Floats
    due: Floats
    n_have: Floats
    n_due: Floats


def _sums(plan: Plan, cells: Cells) -> _Sums:
    values, have, due = (_product(plan.weighted, part) for part in cells)
    if plan.weighty is None:
        return _Sums(values, have, due, have, due)
    n_have, n_due = (_product(plan.weighty, part) for part in (cells.scored, cells.eligible))
    return _Sums(values, have, due, n_have, n_due)


class _AreaMean(NamedTuple):
    """(R,) each; `due` is the weight of the blocks that apply."""

    points: Floats
    coverage: Floats
    due: Floats
    enough: NDArray[np.bool_]


def _area_mean(plan: Plan, sums: _Sums, lane: int) -> _AreaMean:
    """The mean of the areas that have a score, in a fixed order of areas (S5)."""
    total, have, due = (np.zeros(sums.values.shape[1]) for _ in range(3))
    for row, weight in plan.block_rows(lane):
        fine = area_is_ok(plan, sums.have[row], sums.due[row], sums.n_have[row])
        total += weight * np.where(fine, plan.points(sums.values[row], sums.have[row]), 0)
        have += weight * fine
        due += weight * (sums.due[row] > 0)
    floor, unit = plan.overall_floor
    return _AreaMean(total / have, have / due, due, (have * unit >= due * floor) & (have > 0))


def area_is_ok(plan: Plan, have: Floats, due: Floats, n_have: Floats) -> NDArray[np.bool_]:
    """Whether an area has enough scored weight and indicators to enter the area mean."""
    floor = plan.methodology.thresholds.dimension
    covered = have * floor.denominator >= due * floor.numerator
    return covered & (n_have >= plan.methodology.thresholds.n_min)


def _by_state(plan: Plan, codes: NDArray[np.uint8]) -> NDArray[np.intp]:
    """(4, K, R) cells in scope, not applicable, not competent and missing, as in Shares.

    codes  (R, I, G) packed answers
    """
    planes = np.moveaxis(codes, 2, 0)
    masks = (
        planes != OUT_OF_SCOPE, planes == NOT_APPLICABLE, planes == NOT_COMPETENT,
        planes == MISSING,
    )  # fmt: skip
    weighty = plan.members * (plan.weights > 0)
    counts: list[NDArray[np.intp]] = []
    for mask in masks:
        lanes = np.concatenate([mask.sum(axis=0, dtype=float)[None], mask])
        found = _product(weighty, lanes)
        counts.append(found[plan.rows].astype(np.intp))
    return np.stack(counts)


def _product(members: Numbers, cells: Numbers) -> Floats:
    lanes, regions, indicators = cells.shape
    product = np.matmul(members, cells.reshape(lanes * regions, indicators).T)
    by_lane = product.reshape(len(members), lanes, regions).swapaxes(0, 1)
    return by_lane.astype(np.float64, order="C").reshape(lanes * len(members), regions)


def _column(methodology: Methodology, axis: str, dimension: str, group: str) -> int:
    columns = compiled(methodology).columns
    try:
        return columns.index(Column(axis, dimension, group))
    except ValueError:
        known = ", ".join(f"{one.axis} {one.dimension}" for one in columns if one.group == ALL)
        groups = ", ".join((ALL, *methodology.group_codes))
        raise NotFound(
            f"There is no {axis} {dimension} for {group}; there are {known}, each for {groups} "
            f"({GROUP} for {ALL} only)."
        ) from None
