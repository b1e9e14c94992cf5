"""Shapes of methodologies, editions, scores, profiles and frozen revisions."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.indicators.domain.instrument import AxisKind, CompetenceRule
from services.indicators.published.records import EditionKind
from services.indicators.published.schemas import (
    JsonStat,
    Points,
    Provenance,
    Score,
    ScoreRow,
    ScoreState,
    Share,
    SourceOut,
)

Decimal = str | float | int
"""A number as the methodology writes it: `"0.65"` is exact."""


class MethodologyItem(BaseModel):
    """A methodology in lists."""

    id: str
    version: str
    title: str
    notice: str
    language: str
    licence: str
    source: str
    date: str
    hash: str = Field(description="SHA-256 of the content; scores are tied to it.")
    n_indicators: int


class MethodologyList(BaseModel):
    """All methodologies, every version."""

    items: list[MethodologyItem]
    next: str | None


class Named(BaseModel):
    """A code with its name."""

    model_config = ConfigDict(extra="allow")

    code: str
    name: str


class AxisOut(BaseModel):
    """A way of dividing the indicators; axes are crossed."""

    code: str
    name: str
    kind: AxisKind
    dimensions: list[Named]


class BandOut(BaseModel):
    """A word for scores from a displayed whole number up to the next band."""

    model_config = ConfigDict(populate_by_name=True)

    code: str
    name: str
    lower: int = Field(alias="from")


class OptionOut(BaseModel):
    """One answer that can be chosen, best first; `test` tells it apart."""

    code: str
    value: Decimal
    text: str
    test: str


class IndicatorOut(BaseModel):
    """One question."""

    model_config = ConfigDict(extra="allow")

    code: str
    title: str | None = None
    topic: str = ""
    topic_ids: list[str] = Field(default_factory=list[str])
    groups: list[str]
    weight: Decimal = "1"
    tags: dict[str, list[str]]
    question: str
    why: str = ""
    evidence: str = ""
    not_applicable: str = ""
    options: list[OptionOut]


class Term(BaseModel):
    """A word of the questionnaire with its meaning."""

    term: str
    meaning: str


class ThresholdsOut(BaseModel):
    """Coverage below which no score is given."""

    dimension: Decimal
    overall: Decimal
    n_min: int


class MethodologyOut(BaseModel):
    """A methodology in full: questions, options with values, axes, weights, rules, bands."""

    model_config = ConfigDict(extra="allow")

    id: str
    version: str
    versions: list[str]
    hash: str
    title: str
    notice: str
    language: str
    licence: str
    source: str
    date: str
    reference_period: str | None = None
    defaults_note: str | None = None
    bands_note: str | None = None
    how_to_answer: list[str] = Field(default_factory=list[str])
    terms: list[Term] = Field(default_factory=list[Term])
    groups: list[Named]
    axes: list[AxisOut]
    overall: dict[str, Any]
    thresholds: ThresholdsOut
    not_competent: CompetenceRule
    bands: list[BandOut]
    display_decimals: int
    indicators: list[IndicatorOut]


class EditionOut(BaseModel):
    """An edition.

    answers: scored from answers here. published: quoted from a publication, with no
    answers behind the scores. demonstration: scored from synthetic answers.
    """

    id: str
    kind: EditionKind
    state: Literal["published"]
    revision: int
    title: str
    notice: str
    provenance: Provenance
    methodology: str | None
    methodology_version: str | None
    date: str
    licence: str
    source: str
    answers_hash: str = Field(description="SHA-256 of the answers or of the quoted scores.")
    regions: list[str]
    seed: int | None
    generator: str | None


class EditionList(BaseModel):
    """All editions."""

    items: list[EditionOut]
    next: str | None


ScoreId = Annotated[
    str | None,
    Field(
        description="SHA-256 of answers, methodology, weights, settings and version of the rules: "
        "cite it, and the numbers can be computed again. null: not computed here."
    ),
]


class Heading(BaseModel):
    """Where the numbers come from."""

    edition: str
    kind: EditionKind
    revision: int
    provenance: Provenance
    notice: str
    methodology: str | None
    methodology_version: str | None
    date: str
    licence: str
    source: str
    answers_hash: str
    score_id: ScoreId


class ScoreList(Heading):
    """Scores of an edition."""

    items: list[ScoreRow]
    next: str | None


class Labels(BaseModel):
    """The codes of a dimension of a cube, in order, with their names."""

    index: list[str]
    label: dict[str, str]


class Category(BaseModel):
    """A dimension of a cube."""

    category: Labels


class ScoreCube(JsonStat):
    """Scores as a JSON-stat 2.0 dataset: region by dimension by group."""

    role: dict[str, list[str]]
    dimension: dict[str, Category]
    value: list[float | None]
    status: dict[str, str] = Field(description="Why a cell has no score, by its place.")


class RegionName(BaseModel):
    """Which region."""

    code: str
    slug: str
    name: str
    country_code: str


class ContributionOut(BaseModel):
    """The part of one indicator in the overall score."""

    indicator: str
    title: str | None
    score: float | None = Field(description="Points of the indicator; null: nothing scored.")
    weight: float = Field(description="Realised weight; they add up to 1.")
    contribution: float = Field(description="weight x score; they add up to the overall score.")
    shown: float | None = Field(
        description="Rounded so that the column adds up to the rounded overall score."
    )
    gap: float = Field(description="weight x (100 - score); they add up to 100 - overall.")


class Subtotal(BaseModel):
    """What a dimension adds to the overall score; dimension null: indicators without one."""

    dimension: str | None
    name: str | None
    weight: float
    contribution: float
    gap: float


class AxisSubtotals(BaseModel):
    """The overall score divided along one axis; the parts add up to it."""

    axis: str
    name: str
    parts: list[Subtotal]


class Contributions(BaseModel):
    """What the overall score is made of; null when there is none."""

    overall: float | None
    indicators: list[ContributionOut]
    subtotals: list[AxisSubtotals] = Field(
        description="For axes on which an indicator stands once at the most."
    )


class AnswerOut(BaseModel):
    """One answer with what stands behind it.

    option, value and text are null unless the state is scored. evidence, sources and comment
    are those of the edition's revision; null and empty where it was published without.
    """

    indicator: str
    title: str | None
    group: str
    state: Literal["scored", "not_applicable", "not_competent", "missing"]
    option: str | None
    value: Decimal | None
    text: str | None
    evidence: str | None
    sources: list[SourceOut]
    comment: str | None
    provenance: Provenance


class Profile(Heading):
    """One region in one edition."""

    region: RegionName
    scores: list[Score]
    contributions: Contributions | None = Field(
        description="null for a published edition: nothing behind its scores is public."
    )
    answers: list[AnswerOut]


class FrozenScore(BaseModel):
    """One score, by codes alone: names may be mended later, a revision may not."""

    region: str
    axis: str
    dimension: str
    group: str
    score: Points | None
    coverage: Share | None
    state: ScoreState
    band: str | None
    rank: int | None
    n_ranked: int | None
    tie_size: int | None


class FrozenScores(Heading):
    """The scores of one revision."""

    published_at: Annotated[str, Field(description="UTC.")]
    items: list[FrozenScore]
