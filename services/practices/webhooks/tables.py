"""The tables of webhooks: where to deliver, what to deliver, what became of it.

The addresses may name a person's machine, so both tables stand in the register of
personal data. Nothing of a practice is kept here but its id and region.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import JSON as JSON_TYPE
from sqlalchemy import BigInteger, Column, ForeignKey, Index, String, Text
from sqlmodel import Field

from services.practices.tables import METADATA, Table

__all__ = ["METADATA", "Attempt", "Delivery", "Endpoint"]


class Endpoint(Table, table=True):
    """Where a client wants to be told, and how far in the change feed it has been told.

    epoch, seq   the cursor in the change feed: all before it stands among the deliveries
    issued       the number of the newest delivery
    failing_since  when the unbroken row of failures began; None after a success
    """

    __tablename__: ClassVar[str] = "webhook_endpoint"  # pyright: ignore[reportIncompatibleVariableOverride]

    id: str = Field(primary_key=True, max_length=36)
    owner: str = Field(max_length=64, index=True)
    url: str = Field(max_length=2000)
    description: str = Field(default="", max_length=200)
    events: list[str] = Field(sa_column=Column(JSON_TYPE, nullable=False))
    regions: list[str] = Field(sa_column=Column(JSON_TYPE, nullable=False))
    secret: str = Field(max_length=100)
    old_secret: str | None = Field(default=None, max_length=100)
    old_secret_until: datetime | None = None
    state: str = Field(max_length=20)
    reason: str | None = Field(default=None, max_length=500)
    epoch: str = Field(max_length=36)
    seq: int = Field(sa_column=Column(BigInteger, nullable=False))
    issued: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    failing_since: datetime | None = None
    created_at: datetime
    updated_at: datetime


class Delivery(Table, table=True):
    """One event for one endpoint. `number` gives the order; the id is the same in every attempt.

    claimed_until  a worker is sending it; after that moment another one may take it over
    """

    __tablename__: ClassVar[str] = "webhook_delivery"  # pyright: ignore[reportIncompatibleVariableOverride]
    __table_args__ = (
        Index("ix_webhook_delivery_due", "state", "next_at"),
        Index("ix_webhook_delivery_order", "endpoint_id", "number", unique=True),
        Index("ix_webhook_delivery_line", "endpoint_id", "practice_id", "state", "number"),
        Index("ix_webhook_delivery_practice_id", "practice_id"),
    )

    id: str = Field(primary_key=True, max_length=36)
    endpoint_id: str = Field(
        sa_column=Column(
            String(36), ForeignKey("webhook_endpoint.id", ondelete="CASCADE"), nullable=False
        )
    )
    number: int = Field(sa_column=Column(BigInteger, nullable=False))
    event: str = Field(max_length=40)
    practice_id: str = Field(max_length=36)
    body: str = Field(sa_column=Column(Text, nullable=False))
    state: str = Field(max_length=20)
    attempts: int = 0
    next_at: datetime
    claimed_until: datetime | None = None
    created_at: datetime
    finished_at: datetime | None = None


class Attempt(Table, table=True):
    """One try to deliver. `status` is None when no answer came; `error` says why."""

    __tablename__: ClassVar[str] = "webhook_attempt"  # pyright: ignore[reportIncompatibleVariableOverride]

    delivery_id: str = Field(
        sa_column=Column(
            String(36),
            ForeignKey("webhook_delivery.id", ondelete="CASCADE"),
            primary_key=True,
        )
    )
    number: int = Field(primary_key=True)
    at: datetime
    status: int | None = None
    error: str | None = Field(default=None, max_length=300)
    milliseconds: int
