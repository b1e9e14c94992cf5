"""Shapes of comparisons, what-if, gaps, peers and trends."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.indicators.domain.answers import State
from services.indicators.editions.schemas import Contributions, Heading, RegionName
from services.indicators.published.records import EditionKind
from services.indicators.published.schemas import BandName, Points, ScoreState, Share


class Dimension(BaseModel):
    """What a number is about."""

    axis: str
    dimension: str
    name: str
    group: str = Field(description="Target group of the answers; ALL: all of them.")


class Value(BaseModel):
    """A score. null is not 0: `state` says why there is none."""

    score: Points | None
    coverage: Share | None
    state: ScoreState
    band: BandName | None
    rank: int | None
    n_ranked: int
    tie_size: int


# ------------------------------------------------------------------ compare


class RegionValue(Value):
    """The score of one region."""

    region: str


class SideBySide(Dimension):
    """One dimension, the regions in the order of the question."""

    values: list[RegionValue]


class EffectOut(BaseModel):
    """What one question adds to a difference, in points."""

    indicator: str
    title: str | None
    score_effect: float = Field(description="Because it was answered better or worse.")
    coverage_effect: float = Field(
        description="Because it weighs more or less, or has an answer on one side only."
    )


class DifferenceOut(BaseModel):
    """A difference in points; null unless there is a score on both sides.

    `score_effect` + `coverage_effect` = `change`, and the effects of the questions add up
    to both.
    """

    change: float | None
    score_effect: float | None
    coverage_effect: float | None


class DimensionDifference(Dimension, DifferenceOut):
    """The difference in one dimension."""


class RegionDifference(BaseModel):
    """From one region to another: positive where the second has more points."""

    from_region: str
    to_region: str
    dimensions: list[DimensionDifference]
    effects: list[EffectOut] = Field(description="Of the overall score, by question.")


class ComparisonOut(Heading):
    """Two to five regions side by side."""

    regions: list[RegionName]
    dimensions: list[SideBySide]
    differences: list[RegionDifference] = Field(
        description="From the first region of the question to each of the others."
    )


# ------------------------------------------------------------------ what-if


Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$")]


class Change(BaseModel):
    """A cell as it would be. `option` is given when, and only when, the state is `scored`."""

    model_config = ConfigDict(extra="forbid")

    indicator: Code
    group: Code
    state: State = "scored"
    option: Code | None = None


class WhatIfIn(BaseModel):
    """Other answers of one region."""

    model_config = ConfigDict(extra="forbid")

    region: Code = Field(description="Code or slug.")
    changes: list[Change] = Field(min_length=1, max_length=1000)


class Imagined(Dimension, DifferenceOut):
    """One dimension as it is and as it would be."""

    before: Value
    after: Value


class WhatIfOut(Heading):
    """What the changes would do. Nothing was stored."""

    what_if_id: str = Field(
        description="Like `score_id`, for the changed answers: cite it with the changes."
    )
    region: RegionName
    changes: list[Change]
    dimensions: list[Imagined]
    effects: list[EffectOut] = Field(description="Of the overall score, by question.")
    contributions: Contributions = Field(description="Of the overall score as it would be.")


# ------------------------------------------------------------------ gaps


class OptionName(BaseModel):
    """An answer with its words."""

    code: str
    value: float
    text: str


class StepOut(BaseModel):
    """One answer moved to the next better option."""

    indicator: str
    title: str | None
    group: str
    areas: list[str]
    from_option: OptionName
    to_option: OptionName
    gain: float = Field(description="Points of the score.")
    score: Points = Field(description="The score after this step and those before it.")


class Cells(BaseModel):
    """Answers behind a score by state."""

    cells: int
    not_applicable: int
    not_competent: int
    missing: int


class GapOut(Heading, Dimension):
    """How far a score is from a target, and the fewest steps that reach it."""

    region: RegionName
    target: Points
    score: Points | None
    state: ScoreState
    gap: float | None = Field(description="Points that are missing; 0 when the target is reached.")
    attainable: Points | None = Field(
        description="The score with every known answer at its best; what is not known stays so."
    )
    out_of_reach: float | None = Field(description="Points of the target above `attainable`.")
    reached: Points | None = Field(description="The score after all steps.")
    steps: list[StepOut] = Field(description="By gain; empty when the target is reached.")
    answers: Cells
    areas: list[str] = Field(description="Policy areas of the steps, largest gain first.")
    suggestions_link: str | None = Field(
        description="Practices of other regions in these areas; null when no step has an area."
    )


# ------------------------------------------------------------------ peers


class ContextVariable(BaseModel):
    """What regions are compared by: one series of outcome statistics for all of them."""

    code: str
    name: str
    unit: str
    series: str
    source: str
    known: int = Field(description="Regions of the edition with a value.")


class ContextValue(BaseModel):
    """The value of a region; `fit` as in `territorial_fit` of the region panel."""

    variable: str
    value: float | None
    period: str | None
    flag: str | None
    fit: str | None


class PeerOut(BaseModel):
    """A region near another."""

    region: RegionName
    distance: float | None = Field(
        description="In standard deviations, over the variables that both regions have; null for "
        "a region of a set that you named, when they share less than half of them."
    )
    variables: int = Field(description="How many those are.")
    context: list[ContextValue]
    score: Points | None = Field(description="Overall.")
    rank: int | None
    peer_rank: int | None = Field(description="Rank among these regions and the region itself.")


class PeerList(Heading):
    """The nearest regions by context, nearest first, or those of a set in its order."""

    region: RegionName
    context: list[ContextValue]
    score: Points | None
    rank: int | None
    peer_rank: int | None
    variables: list[ContextVariable]
    items: list[PeerOut]
    reason: str | None = Field(description="Why there are fewer than asked for; else null.")


# ------------------------------------------------------------------ trends


class EditionName(BaseModel):
    """One side of a trend."""

    edition: str
    kind: EditionKind
    revision: int
    date: str
    methodology: str
    methodology_version: str
    answers_hash: str
    score_id: str


class Basket(BaseModel):
    """The questions that both editions asked in the same way."""

    indicators: list[str]
    changed: bool
    only_before: list[str]
    only_after: list[str]


class TrendRow(Dimension):
    """One score in two editions, in points."""

    region: str
    before: Points | None = Field(description="Over the basket, by the later edition's rules.")
    after: Points | None = Field(description="Over the basket, by the later edition's rules.")
    change: float | None
    direction: Literal["up", "down", "none"] | None
    full_before: Points | None = Field(description="As that edition published it.")
    full_after: Points | None = Field(description="As that edition published it.")
    flag: Literal["b", ""] = Field(description="b: the questionnaire changed in between.")


class TrendList(Heading):
    """Scores of two editions, made comparable."""

    before: EditionName
    after: EditionName
    basket: Basket
    items: list[TrendRow]
