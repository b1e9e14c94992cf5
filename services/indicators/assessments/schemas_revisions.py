"""Shapes of editions that are opened here, of their revisions, and of private scores."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from services.indicators.assessments.schemas import CellState, Part, Strict
from services.indicators.editions.schemas import Profile
from services.indicators.published.records import Code, EditionRecord, Line, Note
from services.indicators.published.schemas import Points, Provenance, Share, SourceOut


class EditionIn(Strict):
    """A new edition that takes answers of regions."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
    title: Line
    notice: Note
    methodology: Code
    methodology_version: Code
    date: Annotated[str, Field(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$")]
    licence: Line
    source: Line

    def record(self) -> EditionRecord:
        """The edition as it is kept, at its first revision."""
        return EditionRecord(kind="answers", revision=1, **self.model_dump())


class Beside(BaseModel):
    """One score beside an edition's. null: there is none."""

    axis: str
    dimension: str
    name: str
    group: str
    own: Points | None
    own_coverage: Share | None
    region: Points | None = Field(description="The same region's score in that edition.")
    difference: float | None = Field(description="own minus region.")
    lowest: Points | None
    median: Points | None
    highest: Points | None
    n_regions: int


class OwnBeside(BaseModel):
    """The own scores beside those of an edition."""

    edition: str
    revision: int
    provenance: Provenance
    notice: str
    licence: str
    source: str
    same_methodology: bool
    items: list[Beside]


class AssessmentScores(Profile):
    """The profile of these answers. Nobody is ranked: they stand alone."""

    assessment: str
    compare: OwnBeside | None


class EditionMade(BaseModel):
    """The id of a new edition."""

    id: str


class RevisionOut(BaseModel):
    """A frozen state of an edition. region: whose answers were put in; null for all."""

    edition: str
    revision: int
    content_hash: str
    published_at: str
    region: str | None
    reason: str | None
    n_changes: int


class RevisionList(BaseModel):
    """All revisions of an edition, oldest first."""

    items: list[RevisionOut]
    next: None = None


class SideOut(BaseModel):
    """A cell as a revision has it."""

    state: CellState
    option: str | None
    evidence: str | None
    sources: list[SourceOut]
    comment: str | None


class ChangeOut(BaseModel):
    """One cell that differs from the revision before; null: the region was not there."""

    region: str
    indicator: str
    group: str
    differs: list[Part]
    before: SideOut | None
    after: SideOut | None


class RevisionChanges(RevisionOut):
    """A revision with everything that it changed."""

    changes: list[ChangeOut]


class RevisionAnswer(SideOut):
    """A published answer with what stands behind it."""

    region: str
    indicator: str
    group: str


class RevisionAnswers(BaseModel):
    """The answers of a revision."""

    edition: str
    revision: int
    licence: str
    items: list[RevisionAnswer]
    next: None = None
