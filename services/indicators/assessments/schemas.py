"""Bodies and answers of questionnaires, imports and revisions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from services.indicators.domain.assessment import Kind, Role, SeatState, State
from services.indicators.domain.questionnaire import LONGEST, MOST_SOURCES, Cell, Entry, Source
from services.indicators.domain.questionnaire import prose as clean_prose
from services.indicators.domain.questionnaire import source as clean_source
from services.indicators.published.records import Code
from services.indicators.published.schemas import SourceOut
from shared.text import Text

URL = r"^https?://[^\s|<>\"\\^`{}\u0000-\u001f\u007f-\u009f]+$"
# One line that neither begins nor ends with a bar: in files, bars stand between the parts.
_INSIDE = r"[^\u0000-\u001f\u007f-\u009f]*"
_AT_ENDS = r"[^|\s\u0000-\u001f\u007f-\u009f]"
TITLE = f"^({_AT_ENDS}({_INSIDE}{_AT_ENDS})?)?$"
DATE = r"^[12][0-9]{3}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$"
CellState = Literal["scored", "not_applicable", "not_competent", "missing"]
Part = Literal["state", "option", "evidence", "sources", "comment"]


def _tidy(longest: int) -> Callable[[str], str]:
    def tidy(text: str) -> str:
        return clean_prose(text, longest) or ""

    return tidy


Evidence = Annotated[
    Text, Field(max_length=LONGEST["evidence"]), AfterValidator(_tidy(LONGEST["evidence"]))
]
Comment = Annotated[
    Text, Field(max_length=LONGEST["comment"]), AfterValidator(_tidy(LONGEST["comment"]))
]
Reason = Annotated[Comment, Field(min_length=3, max_length=2000)]


class Strict(BaseModel):
    """A body: unknown fields and wrong types are refused."""

    model_config = ConfigDict(extra="forbid", strict=True)


class SourceIn(Strict):
    """Where the evidence can be read."""

    url: str = Field(max_length=LONGEST["url"], pattern=URL)
    title: Annotated[str, Field(max_length=LONGEST["title"], pattern=TITLE)] | None = None
    date: Annotated[str, Field(pattern=DATE)] | None = Field(
        None, description="A year, a month or a day: 2010, 2010-05, 2010-05-07."
    )

    @model_validator(mode="after")
    def _known(self) -> SourceIn:
        self.kept()
        return self

    def kept(self) -> Source:
        """The source as it is kept."""
        return clean_source(self.url, self.title, self.date)


class AnswerIn(Strict):
    """The answer to one cell. `option` is given with the state scored, and only then.

    A cell that stays missing needs a comment that says why before it can be submitted.
    """

    state: CellState
    option: Code | None = None
    evidence: Evidence | None = None
    sources: Annotated[list[SourceIn], Field(max_length=MOST_SOURCES)] = Field(
        default_factory=list[SourceIn]
    )
    comment: Comment | None = None

    def entry(self) -> Entry:
        """The answer as it is kept: an empty text is none."""
        sources = tuple(dict.fromkeys(one.kept() for one in self.sources))
        evidence, comment = self.evidence or None, self.comment or None
        return Entry(self.state, self.option, evidence, sources, comment)


class CellIn(AnswerIn):
    """The answer to one cell, with its cell."""

    indicator: Code
    group: Code

    def cell(self) -> Cell:
        """Which cell."""
        return Cell(self.indicator, self.group)


class AnswersIn(Strict):
    """Answers to many cells; cells that are not named stay as they are."""

    answers: Annotated[list[CellIn], Field(min_length=1, max_length=5000)]


class AssessmentIn(Strict):
    """What a new assessment is of."""

    edition: Code
    region: Code = Field(examples=["ES51"])
    kind: Literal["edition", "self"]


class ReturnIn(Strict):
    """Which experts have to go on, and why."""

    seats: Annotated[list[Literal[1, 2]], Field(min_length=1, max_length=2)]
    comment: Reason


class AssignIn(Strict):
    """Who is given a free seat."""

    seat: Literal[1, 2]
    holder: Annotated[str, Field(pattern=r"^[\x21-\x7e]+$", max_length=64)] = Field(
        description="The id of a person or of a client, as the administrator's lists show it."
    )


class FreeIn(Strict):
    """Which seat is freed, why, and what becomes of the answers in it."""

    seat: Literal[1, 2]
    answers: Literal["keep", "remove"] = Field(
        description="keep: whoever takes the seat next goes on with them. remove: it is empty."
    )
    comment: Reason


class ReasonIn(Strict):
    """Why; it is public with the revision."""

    reason: Reason


class ToEditionIn(Strict):
    """Where a self-assessment is handed in."""

    edition: Code
    replace: bool = Field(False, description="Write over answers that the seat holds already.")


# ------------------------------------------------------------------ answers


class SeatOut(BaseModel):
    """One expert's place. `note`: why the answers were sent back, for who has to go on.

    holder: the id of the expert, for the reviewer alone.
    """

    number: int
    state: SeatState
    yours: bool
    holder: str | None
    note: str | None


class AssessmentOut(BaseModel):
    """Where an assessment stands, as the caller may see it; no answers."""

    id: str
    kind: Kind
    edition: str
    region: str
    methodology: str
    methodology_version: str
    state: State
    role: Role
    seat: int | None = Field(description="The caller's own seat.")
    seats: list[SeatOut]
    actions: list[str] = Field(description="What the caller may do now.")
    revision: int | None = Field(description="Of the edition, that these answers were put in last.")
    created_at: str
    updated_at: str


class AssessmentList(BaseModel):
    """A page of assessments."""

    items: list[AssessmentOut]
    next: str | None


class CellOut(BaseModel):
    """One cell. state null: not answered yet; `version` is its tag (`"v3"`), 0 before the first."""

    indicator: str
    group: str
    state: CellState | None
    option: str | None
    evidence: str | None
    sources: list[SourceOut]
    comment: str | None
    version: int
    updated_at: str | None


class AnswersOut(BaseModel):
    """The answers of one seat to every cell, in the order of the questionnaire."""

    assessment: str
    seat: int
    version: int
    items: list[CellOut]


class CellChangeOut(BaseModel):
    """What became of a cell."""

    indicator: str
    group: str
    change: Literal["new", "changed", "same"]


class Report(BaseModel):
    """What a saving did."""

    rows: int
    new: int
    changed: int
    same: int
    cells: list[CellChangeOut]


class ImportReport(Report):
    """What an import did, or would do."""

    edition: str
    region: str


class Imported(BaseModel):
    """The report of an import; with `dry_run` nothing was stored and `assessment` is null."""

    dry_run: bool
    assessment: str | None
    report: ImportReport


class SectionOut(BaseModel):
    """How far one dimension is answered. An indicator counts in each of its dimensions."""

    axis: str
    code: str
    name: str
    answered: int
    total: int


class SeatProgress(BaseModel):
    """How far one seat is answered."""

    seat: int
    answered: int
    total: int
    sections: list[SectionOut]


class Progress(BaseModel):
    """How far the seats are that the caller may know of."""

    assessment: str
    seats: list[SeatProgress]


class LogLine(BaseModel):
    """Who did what, when. actor: null where it is the other expert, for all but the reviewer."""

    id: str
    at: str
    actor: str | None
    action: str
    seat: int | None
    indicator: str | None
    group: str | None
    version: int
    note: str | None
    trace: str


class LogList(BaseModel):
    """A page of the log, oldest first."""

    items: list[LogLine]
    next: str | None


class DecisionOut(CellOut):
    """What counts for a cell. automatic: both experts said the same."""

    automatic: bool
    decided_by: str | None


class ReviewCell(BaseModel):
    """One cell with both experts' answers. `differences` names the parts that differ."""

    indicator: str
    group: str
    answers: list[CellOut]
    agrees: bool = Field(description="Same state and same option.")
    differences: list[Part]
    decision: DecisionOut | None


class Review(BaseModel):
    """Both experts side by side."""

    assessment: str
    state: State
    total: int
    agreeing: int
    undecided: int
    items: list[ReviewCell]
