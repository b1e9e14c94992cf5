"""The tables of the work on practices: evaluations, what was agreed, messages, notifications."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, Column, Index, Text
from sqlmodel import Field

from services.practices.tables import METADATA, Table

__all__ = ["METADATA", "Consensus", "Evaluation", "Message", "Notification", "NotificationRead"]


class Evaluation(Table, table=True):
    """What one evaluator found in one round. The row is there from the day of assignment.

    answers       as `EvaluationIn` has them; {} before the first save
    submitted_at  None while it is being written; final afterwards
    """

    __tablename__: ClassVar[str] = "evaluation"  # pyright: ignore[reportIncompatibleVariableOverride]
    __table_args__ = (Index("ix_evaluation_evaluator", "evaluator"),)

    practice_id: str = Field(primary_key=True, foreign_key="practice.id", max_length=36)
    round: int = Field(primary_key=True)
    evaluator: str = Field(primary_key=True, max_length=64)
    answers: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    version: int = 0
    submitted_at: datetime | None = None
    updated_at: datetime


class Consensus(Table, table=True):
    """What both evaluators of a round agree on.

    agreed  ids of the evaluators who have confirmed this wording
    """

    __tablename__: ClassVar[str] = "consensus"  # pyright: ignore[reportIncompatibleVariableOverride]

    practice_id: str = Field(primary_key=True, foreign_key="practice.id", max_length=36)
    round: int = Field(primary_key=True)
    answers: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    version: int
    agreed: list[str] = Field(sa_column=Column(JSON, nullable=False))
    updated_at: datetime


class Message(Table, table=True):
    """A message between the author and the publisher about a field, or about the whole (None).

    kind  message, request (for changes) or reason (of a rejection)
    role  the part in which it was written; who it was stands in the audit only
    """

    __tablename__: ClassVar[str] = "message"  # pyright: ignore[reportIncompatibleVariableOverride]

    id: str = Field(primary_key=True, max_length=36)
    practice_id: str = Field(foreign_key="practice.id", index=True, max_length=36)
    pointer: str | None = Field(default=None, max_length=300)
    text: str = Field(sa_column=Column(Text, nullable=False))
    role: str = Field(max_length=12)
    kind: str = Field(max_length=12)
    at: datetime
    resolved: bool = False


class Notification(Table, table=True):
    """Something that happened, for one actor or for all who hold a role for a region."""

    __tablename__: ClassVar[str] = "notification"  # pyright: ignore[reportIncompatibleVariableOverride]

    id: str = Field(primary_key=True, max_length=36)
    at: datetime
    event: str = Field(max_length=30)
    practice_id: str = Field(foreign_key="practice.id", index=True, max_length=36)
    region: str = Field(max_length=12, index=True)
    role: str = Field(max_length=12)
    actor: str | None = Field(default=None, max_length=64, index=True)
    state: str = Field(max_length=20)
    due: datetime | None = None


class NotificationRead(Table, table=True):
    """That an actor has read a notification."""

    __tablename__: ClassVar[str] = "notification_read"  # pyright: ignore[reportIncompatibleVariableOverride]

    notification_id: str = Field(primary_key=True, foreign_key="notification.id", max_length=36)
    actor: str = Field(primary_key=True, max_length=64)
