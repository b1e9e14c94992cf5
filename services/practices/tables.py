"""The tables of the practices service."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, Column, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from shared import feed, idempotency
from shared.clock import now
from shared.db import new_metadata

METADATA = new_metadata()
FEED = feed.define(METADATA)
IDEMPOTENCY = idempotency.define(METADATA)


class Table(SQLModel, registry=registry(metadata=METADATA)):
    """The base of this service's tables: a catalogue of its own."""


class Practice(Table, table=True):
    """A practice and its published face. `record` is None while nothing is public.

    round  counts the rounds of evaluation, over all revisions
    """

    __tablename__: ClassVar[str] = "practice"  # pyright: ignore[reportIncompatibleVariableOverride]
    __table_args__ = (
        UniqueConstraint("region", "external_id"),
        Index("ix_practice_newest", "public", "published_at", "id"),
        Index("ix_practice_by_title", "public", "title_key", "id"),
        Index("ix_practice_by_change", "public", "updated_at", "id"),
        Index("ix_practice_by_year", "public", "year_key", "id"),
    )

    id: str = Field(primary_key=True, max_length=36)
    region: str = Field(max_length=12, index=True)
    external_id: str | None = Field(default=None, max_length=200)
    public: bool = False
    version: int = 0
    round: int = 0
    record: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    title_key: str = Field(default="", sa_column=Column(String(400), nullable=False))
    year_key: int = 0
    created_at: datetime
    published_at: datetime | None = None
    updated_at: datetime


class Draft(Table, table=True):
    """The one open draft of a practice: the primary key allows no second.

    since, due  when it came into its state, and when the next step is expected
    back        the state to which it returns when the changes asked for are made
    conversation_count  messages that nobody has marked as resolved
    """

    __tablename__: ClassVar[str] = "draft"  # pyright: ignore[reportIncompatibleVariableOverride]

    practice_id: str = Field(primary_key=True, foreign_key="practice.id", max_length=36)
    state: str = Field(max_length=20)
    version: int
    record: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    author: str = Field(max_length=64)
    updated_at: datetime
    since: datetime = Field(default_factory=now)
    due: datetime | None = Field(default=None, index=True)
    next_actor: str = Field(default="author", max_length=12)
    back: str | None = Field(default=None, max_length=20)
    conversation_count: int = 0
    reminded_at: datetime | None = None


class PracticeVersion(Table, table=True):
    """A published version as it was. Never changed, never deleted."""

    __tablename__: ClassVar[str] = "practice_version"  # pyright: ignore[reportIncompatibleVariableOverride]

    practice_id: str = Field(primary_key=True, foreign_key="practice.id", max_length=36)
    version: int = Field(primary_key=True)
    record: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    published_at: datetime
    reason: str | None = Field(default=None, max_length=500)


class Contact(Table, table=True):
    """Whom the Lab may ask about a practice. Personal data stand in this table only."""

    __tablename__: ClassVar[str] = "contact"  # pyright: ignore[reportIncompatibleVariableOverride]

    practice_id: str = Field(primary_key=True, foreign_key="practice.id", max_length=36)
    name: str = Field(max_length=500)
    organisation: str | None = Field(default=None, max_length=500)
    email: str | None = Field(default=None, max_length=254)
    phone: str | None = Field(default=None, max_length=40)
    purpose: str = Field(max_length=200)
    kept_until: datetime = Field(index=True)


class Facet(Table, table=True):
    """A value by which a public practice is found; several a practice and facet."""

    __tablename__: ClassVar[str] = "facet"  # pyright: ignore[reportIncompatibleVariableOverride]
    __table_args__ = (Index("ix_facet_value", "facet", "value", "practice_id"),)

    practice_id: str = Field(primary_key=True, foreign_key="practice.id", max_length=36)
    facet: str = Field(primary_key=True, max_length=20)
    value: str = Field(primary_key=True, max_length=80)


class Audit(Table, table=True):
    """Who did what to which practice, when. Written in the transaction of the deed.

    Numbered and chained by `trail` when it is written; never changed, never deleted.
    """

    __tablename__: ClassVar[str] = "audit"  # pyright: ignore[reportIncompatibleVariableOverride]

    id: str = Field(primary_key=True, max_length=36)
    at: datetime
    actor: str = Field(max_length=64)
    action: str = Field(max_length=20)
    practice_id: str = Field(max_length=36, index=True)
    version: int
    trace: str = Field(max_length=32)
    number: int = Field(default=0, sa_column=Column(BigInteger, nullable=False, unique=True))
    digest: str = Field(default="", max_length=64)


class AuditHead(Table, table=True):
    """The end of the chain of audit rows: how many there are and the digest of the last."""

    __tablename__: ClassVar[str] = "audit_head"  # pyright: ignore[reportIncompatibleVariableOverride]

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    number: int = Field(sa_column=Column(BigInteger, nullable=False))
    digest: str = Field(max_length=64)


class Loaded(Table, table=True):
    """A file of first data that was brought in, by its content."""

    __tablename__: ClassVar[str] = "loaded"  # pyright: ignore[reportIncompatibleVariableOverride]

    name: str = Field(primary_key=True, max_length=80)
    digest: str = Field(sa_column=Column(Text, nullable=False))
