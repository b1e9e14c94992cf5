"""Answers that hold the practice template and the evaluation framework in one language."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

FieldType = Literal[
    "line",
    "text",
    "lines",
    "choice",
    "choices",
    "regions",
    "moment",
    "number",
    "address",
    "group",
    "groups",
]
StepCode = Literal["short", "questionnaire"]


class Limits(BaseModel):
    """What a value may be; what is absent has no limit. `item_` is about each entry of a list."""

    min_length: int | None = None
    max_length: int | None = None
    min_items: int | None = None
    max_items: int | None = None
    item_min_length: int | None = None
    item_max_length: int | None = None
    minimum: float | None = None
    maximum: float | None = None


class Part(BaseModel):
    """A part of a field of type `group` or `groups`."""

    code: str
    label: str
    help: str
    type: FieldType
    required: bool = Field(description="Needed as soon as the field is filled in.")
    limits: Limits
    vocabulary: str | None = None


class TemplateField(BaseModel):
    """A field of the form."""

    code: str
    label: str
    help: str
    why: str = Field(description="Why it is asked.")
    type: FieldType = Field(
        description="line: one line; text: several; lines: a list of lines; choice, choices: "
        "of the vocabulary; moment: YYYY, YYYY-MM or YYYY-MM-DD; group: one value with parts; "
        "groups: several of them."
    )
    required: bool = Field(description="Needed before the step can be handed in.")
    limits: Limits
    vocabulary: str | None = Field(default=None, description="A key of `vocabularies`.")
    record: str = Field(description="JSON pointer to its place in the record of the practice.")
    personal: bool = Field(
        description="Personal data: kept apart from the record, never public, deleted in time."
    )
    prompts: list[str] = Field(description="What to think of while answering.")
    shows: list[str] = Field(
        description="Fields of the short form whose answers belong beside this question, so that "
        "nobody types them again."
    )
    parts: list[Part]


class Section(BaseModel):
    """Fields that belong together."""

    code: str
    label: str
    help: str
    fields: list[TemplateField]


class Step(BaseModel):
    """One of the two forms."""

    code: StepCode
    label: str
    help: str
    sections: list[Section]


class Option(BaseModel):
    """A value of a vocabulary. Languages are labelled with their own names."""

    value: str
    label: str
    definition: str | None = None


class Edition(BaseModel):
    """Which version this is, and in which language."""

    version: str
    date: str
    licence: str
    source: str
    language: str
    languages: list[str]
    title: str
    introduction: str


class TemplateOut(Edition):
    """The form: two steps, their sections and fields, and the vocabularies of the choices."""

    steps: list[Step]
    vocabularies: dict[str, list[Option]]


class Labelled(BaseModel):
    """A label and the text under it."""

    code: str
    label: str
    text: str


class Block(BaseModel):
    """A part of the framework, and how to answer it."""

    label: str
    help: str
    why: str | None = None


class Question(BaseModel):
    """A question to the region, and what evaluators look for in the answer."""

    code: str
    field: str = Field(description="The field of the questionnaire that answers it.")
    label: str | None = None
    text: str
    look_for: list[str]


class Criterion(BaseModel):
    """A point of view from which a practice is judged."""

    code: str
    label: str
    definition: str
    why: str
    questions: list[Question]


class Aspect(BaseModel):
    """A side of a practice that others ask about, with questions that help to describe it."""

    code: str
    label: str
    definition: str
    inspiring: list[str]
    room_for_improvement: list[str]


class Term(BaseModel):
    """An entry of the glossary."""

    code: str
    term: str
    definition: str


class FrameworkOut(Edition):
    """Criteria, aspects and questions by which practices are judged; there is no total.

    Each judgement is made for the population, context and period named in `framing`.
    """

    framing: list[Labelled]
    judgements: list[Labelled]
    blocks: dict[str, Block]
    criteria: list[Criterion]
    aspects: list[Aspect]
    transferability: list[Question]
    reflection: list[Question]
    glossary: list[Term] = Field(description="In the alphabetical order of the language.")
