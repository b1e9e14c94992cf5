"""Shapes that several answers share, and those of the regions."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from services.indicators.records import (
    Competence,
    Country,
    EditionKind,
    Nuts,
    Point,
    PopulationShare,
)

Provenance = Literal["published", "computed", "demonstration"]
ScoreState = Literal["ok", "insufficient", "not_applicable"]
Points = Annotated[float, Field(ge=0, le=100)]
Share = Annotated[float, Field(ge=0, le=1)]


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
    state: ScoreState
    band: BandName | None
    rank: int | None = Field(description="1 is best; equal scores share the better rank.")
    n_ranked: int | None
    tie_size: int | None
    provenance: Provenance
    source: str | None = Field(None, description="Of a published score: where it was published.")


class ScoreRow(Score):
    """One score with its region."""

    region: str


class RegionItem(BaseModel):
    """A region in lists."""

    code: str
    slug: str
    name: str = Field(description="In English.")
    names: dict[str, str] = Field(description="By language code, as far as known.")
    country_code: Country
    country: str
    nuts: Nuts | None
    website: str | None
    lab_label: str | None = Field(description="How the REGIN Integration Lab writes it.")
    search_label: str | None = Field(description="The value of the practice search's region facet.")
    in_mipex_r: bool
    has_scores: bool = Field(
        description="Whether any edition holds a score of it: published, computed or demonstration."
    )
    point: Point | None = Field(description="A place for a label (WGS 84).")


class RegionList(BaseModel):
    """A page of regions."""

    items: list[RegionItem]
    next: str | None


class ScoreSet(BaseModel):
    """What one edition says about a region."""

    edition: str
    kind: EditionKind
    provenance: Provenance
    notice: str
    overall: Score | None
    dimensions: list[Score]


class Part(BaseModel):
    """The value of a territory that the region is made of."""

    code: str
    name: str
    value: float | None
    flag: str | None


class TerritorialFit(BaseModel):
    """How the territory of the statistic fits the region.

    matches: the same. larger: it holds more than the region. summed: counts of the
    parts, added. parts: there are only values of parts, and rates are not averaged.
    """

    kind: Literal["matches", "larger", "summed", "parts"]
    codes: list[str]
    note: str | None


class Outcome(BaseModel):
    """A headline value of outcome statistics; `reason` says why there is none."""

    indicator: str
    name: str
    population_group: str | None
    group_label: str | None
    value: float | None
    unit: str
    period: str | None
    flag: str | None
    reason: str | None
    series: str | None
    sex: str | None
    age: str | None
    source: str | None
    dataset: str | None
    licence: str | None
    retrieved: str | None
    derived: bool | None
    calculation: str | None = Field(description="How a figure that is not the source's was made.")
    doubts: list[str]
    territorial_fit: TerritorialFit | None
    parts: list[Part]


class RegionLinks(BaseModel):
    """Where to go on."""

    website: str | None


class RegionPanel(RegionItem):
    """Everything that the indicators know of a region."""

    local_name: str | None
    kind: Literal["authority", "statistical"]
    part_of: str | None
    notes: str | None
    competences: list[Competence] = Field(description="Empty: not known, not none.")
    competence_note: str | None
    population: list[PopulationShare]
    mipex_r: ScoreSet | None = Field(description="Published scores only; null where there is none.")
    demonstration: ScoreSet | None = Field(description="Synthetic scores that show the platform.")
    outcomes: list[Outcome]
    links: RegionLinks
