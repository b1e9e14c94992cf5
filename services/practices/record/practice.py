"""A practice as a region writes it: the body that is sent, and what of it is kept."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, field_validator

from services.practices.record.parts import (
    Answer,
    Area,
    BudgetIn,
    ContactIn,
    EvidenceIn,
    FileIn,
    Language,
    Licence,
    Line,
    LinkIn,
    PartnerIn,
    PeriodIn,
    QuestionCode,
    RegionCode,
    Result,
    Role,
    SourceIn,
    Status,
    Strict,
    TargetGroup,
    TranslationIn,
)
from shared.text import Text


class PracticeIn(Strict):
    """Both steps of the Integration Lab's template. Only title and region are needed to begin.

    The text is written in one language, `language`; the practice's own name may stand
    beside it. A practice that did not work is as welcome as one that did: say so in `result`.
    """

    title: Annotated[Text, Field(min_length=3, max_length=200, examples=["Welcome desk"])]
    regions: Annotated[
        list[RegionCode], Field(min_length=1, max_length=20, description="The first one leads.")
    ]
    language: Language = "en"
    external_id: Annotated[Text, Field(min_length=1, max_length=200)] | None = None
    original_title: Annotated[Text, Field(min_length=1, max_length=300)] | None = None
    original_language: Language | None = None
    translations: Annotated[
        list[TranslationIn], Field(max_length=30, description="One for each further language.")
    ] = Field(default_factory=list[TranslationIn])
    further_territories: Annotated[list[Line], Field(max_length=50)] = Field(
        default_factory=list[Line]
    )
    summary: Annotated[Text, Field(max_length=3000)] | None = None
    role: Role | None = None
    areas: Annotated[list[Area], Field(max_length=13)] = Field(default_factory=list[Area])
    target_groups: Annotated[list[TargetGroup], Field(max_length=30)] = Field(
        default_factory=list[TargetGroup]
    )
    period: PeriodIn = Field(default_factory=PeriodIn)
    status: Status | None = None
    objectives: Annotated[list[Line], Field(max_length=50)] = Field(default_factory=list[Line])
    activities: Annotated[list[Line], Field(max_length=50)] = Field(default_factory=list[Line])
    results: Annotated[list[Line], Field(max_length=50)] = Field(default_factory=list[Line])
    lessons: Annotated[list[Line], Field(max_length=50)] = Field(default_factory=list[Line])
    challenges: Annotated[list[Line], Field(max_length=50)] = Field(default_factory=list[Line])
    limiting_factors: Annotated[list[Line], Field(max_length=50)] = Field(
        default_factory=list[Line]
    )
    result: Result | None = None
    budget: BudgetIn | None = None
    funds: Annotated[list[Line], Field(max_length=20)] = Field(default_factory=list[Line])
    partners: Annotated[list[PartnerIn], Field(max_length=100)] = Field(
        default_factory=list[PartnerIn]
    )
    people_reached: Annotated[Text, Field(max_length=500)] | None = None
    sources: Annotated[list[SourceIn], Field(max_length=50)] = Field(default_factory=list[SourceIn])
    evidence: Annotated[list[EvidenceIn], Field(max_length=50)] = Field(
        default_factory=list[EvidenceIn]
    )
    links: Annotated[list[LinkIn], Field(max_length=50)] = Field(default_factory=list[LinkIn])
    files: Annotated[list[FileIn], Field(max_length=50)] = Field(default_factory=list[FileIn])
    licence: Licence = "CC-BY-4.0"
    contact: ContactIn | None = Field(
        None,
        description="Personal data: kept apart from the record, shown to the region and the "
        "publisher only, never public. Without it what was kept is deleted.",
    )
    questionnaire: dict[QuestionCode, Answer] = Field(
        default_factory=dict[str, str],
        description="Answers of the second step by the code of the question, as "
        "`GET /practice-template` names them. Asked for after the selection.",
    )

    @field_validator("translations")
    @classmethod
    def _once_each(cls, found: list[TranslationIn]) -> list[TranslationIn]:
        languages = [one.language for one in found]
        if twice := sorted({one for one in languages if languages.count(one) > 1}):
            raise ValueError(f"one translation a language; twice: {', '.join(twice)}")
        return found

    def record(self) -> dict[str, Any]:
        """The record with the start year taken from the period, and the contact for the store,
        which keeps that apart."""
        start = self.period.start
        return self.model_dump() | {"year": int(start[:4]) if start else None}
