"""Shapes of the regions."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from services.indicators.outcomes.schemas import Outcome
from services.indicators.published.records import Competence, Country, Nuts, Point, PopulationShare
from services.indicators.published.schemas import ScoreSet


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
