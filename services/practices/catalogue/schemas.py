"""Published practices as everybody reads them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, Field

from services.practices.record.evaluation import PublishedEvaluation
from services.practices.record.parts import EvidenceIn, FileIn, LinkIn, TranslationIn


class RegionOut(BaseModel):
    """A region of a practice."""

    code: str
    name: str
    country_code: str


class SourceOut(BaseModel):
    """Where it can be read, and when that was seen."""

    url: str | None = None
    publisher: str | None = None
    date: str | None = None
    seen_on: str | None = None


class BudgetOut(BaseModel):
    """What it cost: in the words of the source, and as a number where they hold one.

    amount      in `currency`, an ISO 4217 code
    amount_eur  the same in euro; None for other currencies, which are not converted
    """

    stated: str | None = None
    amount: float | None = None
    currency: str | None = None
    amount_eur: float | None = None

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> BudgetOut | None:
        """The budget of a record, which names an amount in euro or one with its currency."""
        given = record.get("budget")
        if not given:
            return None
        amount, currency = given.get("amount"), given.get("currency")
        if (euro := given.get("amount_eur")) is not None:
            amount, currency = euro, "EUR"
        return cls(
            stated=given.get("stated"),
            amount=amount,
            currency=currency,
            amount_eur=amount if currency == "EUR" else None,
        )


class PracticeItem(BaseModel):
    """A practice in a list."""

    id: str
    version: int
    external_id: str | None = None
    title: str
    original_title: str | None = None
    original_language: str | None = None
    language: str
    summary: str | None = None
    regions: list[RegionOut]
    role: str | None = None
    areas: list[str]
    target_groups: list[str]
    period: dict[str, str | None]
    status: str | None = None
    year: int | None = None
    result: str | None = Field(
        None, description="successful, mixed or did not reach its aims; null when not stated."
    )
    confidence: str | None = None
    provenance: str
    provenance_note: str
    licence: str
    published_at: str
    updated_at: str


class PracticeOut(PracticeItem):
    """A practice with all that is known of it. Empty or null: not stated in the sources."""

    role_basis: str | None = None
    target_groups_stated: list[str] = Field(default_factory=list[str])
    objectives: list[str]
    activities: list[str]
    results: list[str]
    lessons: list[str]
    result_basis: str | None = None
    budget: BudgetOut | None = None
    funds: list[str]
    partners: list[dict[str, Any]]
    challenges: list[str] = Field(default_factory=list[str])
    limiting_factors: list[str] = Field(default_factory=list[str])
    people_reached: Any = None
    translations: list[TranslationIn] = Field(default_factory=list[TranslationIn])
    further_territories: list[str] = Field(default_factory=list[str])
    sources: list[SourceOut]
    evidence: list[EvidenceIn] = Field(default_factory=list[EvidenceIn])
    links: list[LinkIn] = Field(default_factory=list[LinkIn])
    files: list[FileIn] = Field(default_factory=list[FileIn])
    questionnaire: dict[str, str] = Field(
        default_factory=dict[str, str],
        description="The region's answers of the second step, by the code of the question.",
    )
    source_languages: list[str] = Field(default_factory=list[str])
    evaluation: PublishedEvaluation | None = Field(
        None, description="What two evaluators of other regions agreed on; null: not evaluated."
    )
    notes: str | None = None
    collected_on: str | None = None
    citation: str
    rendered: dict[str, str] = Field(
        default_factory=dict[str, str],
        description="Safe HTML of the long texts, which are Markdown, by their JSON pointer.",
    )


class PracticeList(BaseModel):
    """A page of practices."""

    items: list[PracticeItem]
    next: str | None
    total: int
    facets: dict[str, dict[str, int]] | None = None


class VersionItem(BaseModel):
    """A published version."""

    version: int
    published_at: str
    reason: str | None = Field(description="What changed; null when nobody said.")
    provenance: str
    url: str


class VersionList(BaseModel):
    """The published versions of a practice, the newest first."""

    items: list[VersionItem]
