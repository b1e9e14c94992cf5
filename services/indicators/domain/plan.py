"""A methodology as matrices of whole numbers, so that one matrix product scores every region.

All option values are multiples of one unit and all weights are multiples of
another. Sums of products of such whole numbers are exact in float64 as long as
they stay below 2**53, whatever the order of summation. So equal scores are
equal to the last bit, no score depends on the other regions in the product,
and a single division at the end rounds correctly (S10, S18).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import combinations
from math import gcd, lcm
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.indicators.domain.answers import FIRST_OPTION, MISSING, NOT_COMPETENT
from services.indicators.domain.faults import refusal
from services.indicators.domain.instrument import ALL, GROUP, OVERALL
from services.indicators.domain.methodology import Methodology
from services.indicators.domain.methodology_file import counts

Floats = NDArray[np.float64]
Numbers = NDArray[np.floating]

EXACT = 2**53
EXACT_IN_HALF = 2**24
"""Whole numbers below this are exact in float32, which takes half the memory and time."""


class Column(NamedTuple):
    """What a score is about: a dimension of an axis, for one target group or for ALL."""

    axis: str
    dimension: str
    group: str = ALL


class Cells(NamedTuple):
    """Answers as numbers; lane 0 is ALL, then the groups in order.

    values    (lanes, regions, indicators) whole multiples of the value unit, 0 where not scored
    scored    the same shape, 1 where there is a value
    eligible  the same shape, 1 where a value is or should be

    float32 where every weighted sum of them is exact in it, else float64.
    """

    values: Numbers
    scored: Numbers
    eligible: Numbers


@dataclass(frozen=True, eq=False)
class Plan:
    """The compiled methodology. I indicators, G groups, D membership rows, K columns.

    weights      (I,) whole multiples of the weight unit
    members      (D, I) 1 where the indicator belongs to the row
    names        the (axis, dimension) of the first rows; row 0 is overall, and
                 rows beyond `names` are hidden: all indicators, and those without an area
    columns      K columns: every named row for ALL and for each group, then the axis `group`
    rows         (K,) lane * D + row of each column
    floors       (K,) coverage threshold times `floor_unit`, whole
    up, down     a score in points is (sum * up) / (weight * down)
    blocks       for area_mean: (row, whole weight of the block) of every block; else empty
    lane_unit    every mean over scored groups is a whole multiple of 1 / lane_unit
    values       what each byte of each indicator is worth, flat: byte b of indicator i stands at
                 offsets[i] + b, `stride` bytes per indicator
    """

    methodology: Methodology
    weights: Floats
    members: Floats
    names: tuple[tuple[str, str], ...]
    columns: tuple[Column, ...]
    rows: NDArray[np.intp]
    floors: Floats
    floor_unit: int
    up: int
    down: int
    blocks: tuple[tuple[int, int], ...]
    group_weights: tuple[int, ...]
    lane_unit: int
    stride: int
    offsets: NDArray[np.intp]
    values: Numbers

    @property
    def lanes(self) -> int:
        """ALL and the groups."""
        return 1 + len(self.group_weights)

    @property
    def overall_floor(self) -> tuple[int, int]:
        """The coverage threshold of the overall score as numerator and denominator."""
        floor = self.methodology.thresholds.overall
        return floor.numerator, floor.denominator

    def block_rows(self, lane: int) -> list[tuple[int, int]]:
        """(row of the sums, weight) of every block of the area mean, for one lane."""
        return [(lane * len(self.members) + row, weight) for row, weight in self.blocks]

    def read(self, codes: NDArray[np.uint8]) -> Cells:
        """Packed answers (regions, I, G) as numbers; ALL is the mean of the scored groups (S3)."""
        # One plane per group, so that the arithmetic runs along memory.
        planes = np.ascontiguousarray(np.moveaxis(codes, 2, 0))
        groups, regions, indicators = planes.shape
        values, scored, eligible = np.empty(
            (3, groups + 1, regions, indicators), dtype=self.values.dtype
        )
        # Every index is in range; "clip" spares numpy a copy that would guard `out`.
        np.take(self.values, planes + self.offsets, out=values[1:], mode="clip")
        has_value = planes >= FIRST_OPTION
        if self.methodology.not_competent == "zero":
            has_value |= planes == NOT_COMPETENT
        np.copyto(scored[1:], has_value)
        np.copyto(eligible[1:], has_value | (planes == MISSING))
        total, weight = self._pooled(values), self._pooled(scored)
        np.minimum(weight, 1, out=scored[0])
        np.maximum(weight, 1, out=weight)
        np.multiply(total, np.divide(self.lane_unit, weight, out=weight), out=values[0])
        values[1:] *= self.lane_unit
        np.max(eligible[1:], axis=0, out=eligible[0])
        return Cells(values, scored, eligible)

    @cached_property
    def weighted(self) -> Numbers:
        """(D, I) the weights of the members of each row."""
        return (self.members * self.weights).astype(self.values.dtype)

    @cached_property
    def weighty(self) -> Numbers | None:
        """(D, I) 1 for members with a weight above 0; None when it is the same as `weighted`."""
        if np.isin(self.weights, (0, 1)).all():
            return None
        return (self.members * (self.weights > 0)).astype(self.values.dtype)

    def points(self, sums: Floats, weights: Floats) -> Floats:
        """Scores in points from sums of weighted values and sums of weights, both float64."""
        return (sums * self.up) / (weights * self.down)

    def _pooled(self, lanes: Numbers) -> Numbers:
        total = lanes[1] * self.group_weights[0]
        for lane, weight in enumerate(self.group_weights[1:], start=2):
            total += lanes[lane] * weight
        return total


@lru_cache(maxsize=64)
def compiled(methodology: Methodology) -> Plan:
    """The plan of a methodology; kept, because it is asked for with every score.

    Invalid (E_FORMAT) when its weights and values need more than 53 bits together.
    """
    indicators = methodology.indicators
    weights, _ = whole(one.weight for one in indicators)
    group_weights, _ = whole(group.weight for group in methodology.groups)
    lane_unit = _lane_unit(group_weights)
    values, unit = whole(option.value for one in indicators for option in one.options)
    up, down = (unit / lane_unit).numerator, (unit / lane_unit).denominator
    if sum(weights) * max(down * 100, lane_unit * max(values, default=0) * up) >= EXACT:
        detail = "weights and option values have too many digits to be summed exactly"
        raise refusal("E_FORMAT", detail, pointer="/indicators")
    names, members, blocks = _members(methodology)
    columns, rows = _columns(methodology, names, len(members))
    thresholds = methodology.thresholds
    limits = [
        (thresholds.overall if column.axis == OVERALL else thresholds.dimension)
        for column in columns
    ]
    floor_unit = lcm(*(limit.denominator for limit in limits))
    floors = [int(limit * floor_unit) for limit in limits]
    small = sum(weights) * lane_unit * max(values, default=0) < EXACT_IN_HALF
    kind = np.float32 if small and sum(weights) < EXACT_IN_HALF else np.float64
    table = _table(methodology, values).astype(kind)
    stride = _stride(methodology)
    offsets = np.arange(len(indicators), dtype=np.intp) * stride
    return Plan(
        methodology, np.array(weights, dtype=float), members, names, columns, rows,
        np.array(floors, dtype=float), floor_unit, up, down, blocks,
        tuple(group_weights), lane_unit, stride, offsets, table,
    )  # fmt: skip


def whole(numbers: Iterable[Fraction]) -> tuple[list[int], Fraction]:
    """The numbers as whole multiples of their largest common unit; the unit is 1 when all are 0."""
    given = list(numbers)
    below = lcm(*(number.denominator for number in given))
    scaled = [int(number * below) for number in given]
    common = gcd(*scaled) or below
    return [number // common for number in scaled], Fraction(common, below)


def _lane_unit(group_weights: Sequence[int]) -> int:
    """What every mean over scored groups is a whole multiple of."""
    sizes = range(1, len(group_weights) + 1)
    return lcm(*(sum(some) for size in sizes for some in combinations(group_weights, size)))


def _stride(methodology: Methodology) -> int:
    return FIRST_OPTION + max((len(one.options) for one in methodology.indicators), default=0)


def _table(methodology: Methodology, values: Sequence[int]) -> Floats:
    """What each byte of each indicator is worth, flat; 0 for what is no option."""
    worth = np.zeros((len(methodology.indicators), _stride(methodology)))
    start = 0
    for place, one in enumerate(methodology.indicators):
        worth[place, FIRST_OPTION : FIRST_OPTION + len(one.options)] = values[
            start : start + len(one.options)
        ]
        start += len(one.options)
    return worth.ravel()


def _members(
    methodology: Methodology,
) -> tuple[tuple[tuple[str, str], ...], Floats, tuple[tuple[int, int], ...]]:
    indicators, overall = methodology.indicators, methodology.overall
    names = [(OVERALL, OVERALL)]
    rows = [[counts(overall, one) for one in indicators]]
    for axis in methodology.axes:
        for dimension in axis.dimensions:
            names.append((axis.code, dimension.code))
            rows.append([dimension.code in one.tags[axis.code] for one in indicators])
    blocks: list[tuple[int, Fraction]] = []
    if overall.rule == "area_mean":
        weights = overall.weights
        blocks = [(names.index((overall.axis, code)), weights[code]) for code in weights]
        rows.append([True] * len(indicators))
        rows.append([not one.tags[overall.axis] for one in indicators])
        blocks.append((len(rows) - 1, overall.cross_area))
    members = np.array(rows, dtype=float).reshape(len(rows), len(indicators))
    sizes, _ = whole(weight for _, weight in blocks)
    weighted = zip((row for row, _ in blocks), sizes, strict=True)
    return tuple(names), members, tuple((row, size) for row, size in weighted if size)


def _columns(
    methodology: Methodology, names: Sequence[tuple[str, str]], depth: int
) -> tuple[tuple[Column, ...], NDArray[np.intp]]:
    """The axis `group` is made of all indicators, each scored by the cells of one group (S4)."""
    whole_row = 0 if methodology.overall.rule == "flat" else len(names)
    lanes = (ALL, *methodology.group_codes)
    columns = [Column(axis, dimension, lane) for lane in lanes for axis, dimension in names]
    rows = [lane * depth + row for lane in range(len(lanes)) for row in range(len(names))]
    for lane, group in enumerate(methodology.group_codes, start=1):
        columns.append(Column(GROUP, group, ALL))
        rows.append(lane * depth + whole_row)
    return tuple(columns), np.array(rows, dtype=np.intp)
