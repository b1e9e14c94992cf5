"""The parts of a practice's body: closed lists, limits, and the groups of fields."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import Path
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from services.practices.domain.template import question_codes
from services.practices.domain.vocabulary import Vocabulary
from shared.text import Text

DATA = pathlib.Path(__file__).parents[1] / "data"
VOCABULARY = Vocabulary.parse(json.loads((DATA / "vocabulary.json").read_text("utf-8")))
STRUCTURE: dict[str, Any] = json.loads((DATA / "template/1/structure.json").read_text("utf-8"))
QUESTIONS = question_codes(STRUCTURE)
LANGUAGES = tuple(STRUCTURE["languages"])
LICENCES = tuple(STRUCTURE["vocabularies"]["licences"]["values"])

_WEB_ADDRESS = (
    r"^https?://[A-Za-z0-9]([A-Za-z0-9.-]{0,250}[A-Za-z0-9])?(:[0-9]{1,5})?"
    r"([/?#][^\s<>\u0000-\u001f\"\\^`{|}\u007f-\u009f]*)?$"
)
_EMAIL = r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){1,8}$"


def one_of(values: Sequence[str]) -> AfterValidator:
    """A value of the list, and what is allowed when it is not."""

    def known(value: str) -> str:
        if value not in values:
            raise ValueError(f"{value!r} is not one of: {', '.join(values)}")
        return value

    return AfterValidator(known)


def enum(values: Sequence[str]) -> Any:  # noqa: ANN401 - a FieldInfo, typed Any by pydantic
    """The list for the document of the API."""
    return Field(json_schema_extra={"enum": list(values)})


PracticeId = Annotated[str, Path(min_length=1, max_length=64)]
"""The id of a practice in an address."""
Language = Annotated[str, one_of(LANGUAGES), enum(LANGUAGES)]
Area = Annotated[str, one_of(VOCABULARY.areas), enum(VOCABULARY.areas)]
Role = Annotated[str, one_of(VOCABULARY.roles), enum(VOCABULARY.roles)]
TargetGroup = Annotated[str, one_of(VOCABULARY.target_groups), enum(VOCABULARY.target_groups)]
Status = Annotated[str, one_of(VOCABULARY.statuses), enum(VOCABULARY.statuses)]
Result = Annotated[str, one_of(VOCABULARY.results), enum(VOCABULARY.results)]
Licence = Annotated[str, one_of(LICENCES), enum(LICENCES)]
QuestionCode = Annotated[str, one_of(QUESTIONS), enum(QUESTIONS)]
RegionCode = Annotated[Text, Field(min_length=2, max_length=12, examples=["ES51"])]
Line = Annotated[Text, Field(min_length=1, max_length=500)]
Long = Annotated[Text, Field(min_length=1, max_length=3000)]
Answer = Annotated[Text, Field(max_length=3000)]
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


class TranslationIn(Strict):
    """Title and summary in another language than the rest."""

    language: Language
    title: Annotated[Text, Field(min_length=3, max_length=200)]
    summary: Annotated[Text, Field(max_length=3000)] | None = None


class EvidenceIn(Strict):
    """What was found, and where that is shown."""

    statement: Line
    url: WebAddress | None = None


class LinkIn(Strict):
    """A page for those who want to know more."""

    title: Line
    url: WebAddress


class FileIn(Strict):
    """A file of others, by its address; nothing is uploaded."""

    title: Line
    url: WebAddress
    media_type: (
        Annotated[
            str,
            Field(max_length=100, pattern=r"^[a-z]+/[A-Za-z0-9][A-Za-z0-9.+_-]*$"),
        ]
        | None
    ) = None


class ContactIn(Strict):
    """Whom the Lab may ask. Personal data: kept apart, never public, deleted in time."""

    name: Line
    organisation: Line | None = None
    email: (
        Annotated[str, Field(max_length=254, pattern=_EMAIL, examples=["lab@example.org"])] | None
    ) = None
    phone: (
        Annotated[
            str,
            Field(max_length=40, pattern=r"^\+?[0-9][0-9 ()./-]{3,38}$", examples=["+34 1234567"]),
        ]
        | None
    ) = None
