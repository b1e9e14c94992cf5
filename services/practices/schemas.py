"""Bodies and answers of the practices API."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from services.practices.domain.vocabulary import Vocabulary
from shared.text import Text

DATA = Path(__file__).parent / "data"
VOCABULARY = Vocabulary.parse(json.loads((DATA / "vocabulary.json").read_text("utf-8")))
LANGUAGES = (
    "bg",
    "ca",
    "cs",
    "da",
    "de",
    "el",
    "en",
    "es",
    "et",
    "eu",
    "fi",
    "fr",
    "ga",
    "gl",
    "hr",
    "hu",
    "it",
    "lt",
    "lv",
    "mt",
    "nl",
    "no",
    "pl",
    "pt",
    "ro",
    "ru",
    "sk",
    "sl",
    "sv",
    "uk",
)
_WEB_ADDRESS = (
    r"^https?://[A-Za-z0-9]([A-Za-z0-9.-]{0,250}[A-Za-z0-9])?(:[0-9]{1,5})?"
    r"([/?#][^\s<>\u0000-\u001f\"\\^`{|}\u007f-\u009f]*)?$"
)


def _one_of(values: Sequence[str]) -> AfterValidator:
    def known(value: str) -> str:
        if value not in values:
            raise ValueError(f"{value!r} is not one of: {', '.join(values)}")
        return value

    return AfterValidator(known)


def _enum(values: Sequence[str]) -> Any:  # noqa: ANN401 - a FieldInfo, typed Any by pydantic
    return Field(json_schema_extra={"enum": list(values)})


Language = Annotated[str, _one_of(LANGUAGES), _enum(LANGUAGES)]
Area = Annotated[str, _one_of(VOCABULARY.areas), _enum(VOCABULARY.areas)]
Role = Annotated[str, _one_of(VOCABULARY.roles), _enum(VOCABULARY.roles)]
TargetGroup = Annotated[str, _one_of(VOCABULARY.target_groups), _enum(VOCABULARY.target_groups)]
Status = Annotated[str, _one_of(VOCABULARY.statuses), _enum(VOCABULARY.statuses)]
Result = Annotated[str, _one_of(VOCABULARY.results), _enum(VOCABULARY.results)]
RegionCode = Annotated[Text, Field(min_length=2, max_length=12, examples=["ES51"])]
Line = Annotated[Text, Field(min_length=1, max_length=500)]
WebAddress = Annotated[str, Field(max_length=2000, pattern=_WEB_ADDRESS)]
Moment = Annotated[
    str, Field(pattern=r"^[12][0-9]{3}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$")
]


class Strict(BaseModel):
    """A body: unknown fields and wrong types are refused."""

    model_config = ConfigDict(extra="forbid", strict=True)


class PeriodIn(Strict):
    """When it ran: a year, a month or a day each; null where it is not known."""

    start: Moment | None = None
    end: Moment | None = None


class PartnerIn(Strict):
    """An organisation that took part, by the categories of the stakeholder mapping."""

    name: Line
    category: (
        Literal[
            "central administration",
            "regional administration",
            "local administration",
            "civil society",
            "private sector",
            "other",
        ]
        | None
    ) = None
    scope: Literal["local", "regional", "national", "worldwide"] | None = None


class BudgetIn(Strict):
    """What it cost. `stated` keeps the words of the source; `amount_eur` is a number of euro."""

    stated: Line
    amount_eur: Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)] | None = None


class SourceIn(Strict):
    """Where it can be read."""

    url: WebAddress
    publisher: Line | None = None
    date: Moment | None = None


class PracticeIn(Strict):
    """The first step of the Integration Lab's template. Only title and region are needed to begin.

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
    result: Result | None = None
    budget: BudgetIn | None = None
    funds: Annotated[list[Line], Field(max_length=20)] = Field(default_factory=list[Line])
    partners: Annotated[list[PartnerIn], Field(max_length=100)] = Field(
        default_factory=list[PartnerIn]
    )
    people_reached: Annotated[Text, Field(max_length=500)] | None = None
    sources: Annotated[list[SourceIn], Field(max_length=50)] = Field(default_factory=list[SourceIn])

    def record(self) -> dict[str, Any]:
        """The record as it is stored, with the start year taken from the period."""
        start = self.period.start
        return self.model_dump() | {"year": int(start[:4]) if start else None}


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
    budget: dict[str, Any] | None = None
    funds: list[str]
    partners: list[dict[str, Any]]
    people_reached: Any = None
    sources: list[SourceOut]
    source_languages: list[str] = Field(default_factory=list[str])
    notes: str | None = None
    collected_on: str | None = None
    citation: str


class PracticeList(BaseModel):
    """A page of practices."""

    items: list[PracticeItem]
    next: str | None
    total: int
    facets: dict[str, dict[str, int]] | None = None


class Missing(BaseModel):
    """What a draft lacks before it can be submitted."""

    pointer: str
    detail: str


class DraftOut(BaseModel):
    """A practice as its author sees it: content, where it stands, what may be done next."""

    id: str
    state: Literal["draft", "submitted", "published", "withdrawn"]
    published_version: int | None
    actions: list[str]
    missing: list[Missing]
    updated_at: str
    record: dict[str, Any]
