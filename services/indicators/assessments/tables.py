"""The tables of questionnaires: who answers, what was answered and decided, who did what.

Sources and lists of changes are only ever read as one, so they are kept as JSON text.
"""

from __future__ import annotations

from sqlalchemy import Column, ForeignKeyConstraint, Index, Text, UniqueConstraint
from sqlmodel import Field

from services.indicators.tables import METADATA, Table
from shared import idempotency

IDEMPOTENCY = idempotency.define(METADATA)


class Assessment(Table, table=True):
    """One region's questionnaire for one edition, at most one of each kind.

    version   counts steps; saving answers is counted by the seats and the cells
    revision  the edition's revision that these answers were published in, last
    region    without foreign key: a region may leave the list while its work stays
    """

    __table_args__ = (
        UniqueConstraint("edition", "region", "kind"),
        Index("ix_assessment_region", "region", "id"),
    )

    id: str = Field(primary_key=True, max_length=36)
    edition: str = Field(max_length=80, foreign_key="edition.id")
    region: str = Field(max_length=80)
    kind: str = Field(max_length=20)
    methodology: str = Field(max_length=80)
    methodology_version: str = Field(max_length=80)
    state: str = Field(max_length=20)
    version: int
    revision: int | None = None
    created_at: str = Field(max_length=20)
    updated_at: str = Field(max_length=20)


class AssessmentSeat(Table, table=True):
    """One expert's place. The database lets nobody hold two seats of one assessment.

    version  counts the savings in this seat
    note     what the reviewer wrote when the answers were sent back
    """

    __table_args__ = (UniqueConstraint("assessment", "holder"),)

    assessment: str = Field(primary_key=True, max_length=36, foreign_key="assessment.id")
    number: int = Field(primary_key=True)
    holder: str | None = Field(default=None, max_length=64)
    state: str = Field(max_length=20)
    version: int = 0
    note: str | None = Field(default=None, sa_column=Column(Text, nullable=True))


class AssessmentAnswer(Table, table=True):
    """One expert's answer to one cell. `version` counts its savings."""

    __table_args__ = (
        ForeignKeyConstraint(
            ["assessment", "seat"], ["assessment_seat.assessment", "assessment_seat.number"]
        ),
    )

    assessment: str = Field(primary_key=True, max_length=36)
    seat: int = Field(primary_key=True)
    indicator: str = Field(primary_key=True, max_length=80)
    group: str = Field(primary_key=True, max_length=80)
    state: str = Field(max_length=20)
    option: str | None = Field(default=None, max_length=80)
    evidence: str | None = Field(default=None, sa_column=Column(Text, nullable=True))
    sources: str = Field(sa_column=Column(Text, nullable=False))
    comment: str | None = Field(default=None, sa_column=Column(Text, nullable=True))
    version: int
    actor: str = Field(max_length=64)
    updated_at: str = Field(max_length=20)


class AssessmentDecision(Table, table=True):
    """What counts for one cell. `basis`: what both experts said when it was taken, as JSON.

    state None: a decision that fell away; its version stays, so that no tag is used twice.
    """

    assessment: str = Field(primary_key=True, max_length=36, foreign_key="assessment.id")
    indicator: str = Field(primary_key=True, max_length=80)
    group: str = Field(primary_key=True, max_length=80)
    state: str | None = Field(default=None, max_length=20)
    option: str | None = Field(default=None, max_length=80)
    evidence: str | None = Field(default=None, sa_column=Column(Text, nullable=True))
    sources: str = Field(sa_column=Column(Text, nullable=False))
    comment: str | None = Field(default=None, sa_column=Column(Text, nullable=True))
    basis: str = Field(sa_column=Column(Text, nullable=False))
    automatic: bool
    version: int
    actor: str = Field(max_length=64)
    updated_at: str = Field(max_length=20)


class AssessmentLog(Table, table=True):
    """Who did what, when; written in the transaction of the deed, never changed.

    assessment, seat, indicator, group  None where the deed has none
    note  the comment, the reason, or how many cells
    """

    __table_args__ = (Index("ix_assessment_log_of", "assessment", "id"),)

    id: str = Field(primary_key=True, max_length=36)
    at: str = Field(max_length=20)
    actor: str = Field(max_length=64)
    action: str = Field(max_length=20)
    edition: str = Field(max_length=80)
    assessment: str | None = Field(default=None, max_length=36)
    seat: int | None = None
    indicator: str | None = Field(default=None, max_length=80)
    group: str | None = Field(default=None, max_length=80)
    version: int
    note: str | None = Field(default=None, sa_column=Column(Text, nullable=True))
    trace: str = Field(max_length=32)


class Correction(Table, table=True):
    """Why a revision was made and what it changes: cells before and after, as JSON."""

    __table_args__ = (
        ForeignKeyConstraint(["edition", "number"], ["revision.edition", "revision.number"]),
    )

    edition: str = Field(primary_key=True, max_length=80)
    number: int = Field(primary_key=True)
    region: str | None = Field(default=None, max_length=80)
    reason: str = Field(sa_column=Column(Text, nullable=False))
    changes: str = Field(sa_column=Column(Text, nullable=False))
