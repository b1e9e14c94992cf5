"""What a methodology is made of (S1): immutable records; the checks are in `methodology_file`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

ALL = "ALL"
"""The group that stands for all target groups together."""

OVERALL = "overall"
GROUP = "group"

AxisKind = Literal["exclusive", "optional", "multi"]
"""Exactly one dimension per indicator; none or one; one or more."""

CompetenceRule = Literal["exclude", "zero"]
"""What a cell outside the region's competence counts: nothing at all, or 0 points."""


@dataclass(frozen=True, slots=True)
class Option:
    """One answer that can be chosen. `value` in points, 0 to 100, 100 is best."""

    code: str
    value: Fraction
    text: str
    test: str


@dataclass(frozen=True, slots=True)
class Indicator:
    """One question. `groups` is its scope, never empty; `tags` gives its dimensions per axis."""

    code: str
    topic: str
    topic_ids: tuple[str, ...]
    groups: tuple[str, ...]
    weight: Fraction
    tags: Mapping[str, tuple[str, ...]]
    question: str
    why: str
    evidence: str
    not_applicable: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """A target group; `weight` is its share in the score of an indicator, 1 unless stated."""

    code: str
    name: str
    weight: Fraction


@dataclass(frozen=True, slots=True)
class Dimension:
    """One value of an axis, for instance `education` of the axis `area`."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Axis:
    """One way of dividing the indicators; the axes of a methodology are crossed."""

    code: str
    name: str
    kind: AxisKind
    dimensions: tuple[Dimension, ...]


@dataclass(frozen=True, slots=True)
class Overall:
    """How the overall score is made (S5).

    flat       the mean of all indicators; the other fields are empty
    area_mean  the mean of the scores of the dimensions of `axis`, with `weights`
               per dimension; indicators without a dimension form a block of their
               own with the weight `cross_area`, or are listed in `left_out`
    """

    rule: Literal["flat", "area_mean"]
    axis: str
    weights: Mapping[str, Fraction]
    cross_area: Fraction
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Coverage (share, 0 to 1) and number of scored indicators below which no score is given."""

    dimension: Fraction
    overall: Fraction
    n_min: int


@dataclass(frozen=True, slots=True)
class Band:
    """A word for a range of displayed whole points, both ends included."""

    code: str
    name: str
    lower: int
    upper: int
