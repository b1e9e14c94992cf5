"""Shapes that several answers share."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from services.indicators.published.records import EditionKind

Provenance = Literal["published", "computed", "demonstration"]
ScoreState = Literal["ok", "insufficient", "not_applicable"]
Number = Annotated[int | float, WithJsonSchema({"type": "number"})]
"""A number that keeps how it came: a published 71 is not written as 71.0."""

Points = Annotated[
    int | float,
    Field(ge=0, le=100),
    WithJsonSchema({"type": "number", "minimum": 0, "maximum": 100}),
]
Share = Annotated[float, Field(ge=0, le=1)]


class JsonStat(BaseModel):
    """A JSON-stat 2.0 dataset (json-stat.org): what those of scores and of outcomes share."""

    model_config = ConfigDict(populate_by_name=True)

    version: Literal["2.0"]
    kind: Literal["dataset"] = Field(alias="class")
    label: str
    source: str
    note: list[str]
    id: list[str]
    size: list[int]
    extension: dict[str, Any]


class BandName(BaseModel):
    """The word for a range of whole points."""

    code: str
    name: str


class Score(BaseModel):
    """One score of one region. null is not 0: `state` says why there is none."""

    axis: str
    dimension: str
    name: str
    group: str = Field(description="Target group of the answers behind it; ALL: all of them.")
    score: Points | None = Field(description="0 to 100, 100 is best; unrounded.")
    coverage: Share | None = Field(
        description="Share of the questions' weight with an answer; null for a published score."
    )
    n_scored: int | None = Field(description="Questions with a weight that have an answer.")
    n_eligible: int | None = Field(description="Questions with a weight that have or lack one.")
    share_not_applicable: Share | None = Field(
        description="Of the answers, by question and group: the thing cannot exist in the region. "
        "Lowers neither score nor coverage."
    )
    share_not_competent: Share | None = Field(
        description="Of the answers, by question and group: outside the region's competence."
    )
    state: ScoreState
    band: BandName | None
    rank: int | None = Field(description="1 is best; equal scores share the better rank.")
    n_ranked: int | None
    tie_size: int | None
    percentile: Share | None = Field(
        description="Share of the other ranked regions below, those with the same score by half: "
        "1 is best. null without a rank, and for a single region."
    )
    provenance: Provenance
    source: str | None = Field(None, description="Of a published score: where it was published.")


class ScoreRow(Score):
    """One score with its region."""

    region: str


class ScoreSet(BaseModel):
    """What one edition says about a region."""

    edition: str
    kind: EditionKind
    provenance: Provenance
    notice: str
    overall: Score | None
    dimensions: list[Score]


class SourceOut(BaseModel):
    """Where the evidence can be read."""

    url: str
    title: str | None
    date: str | None
