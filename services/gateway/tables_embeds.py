"""The tables of embed keys: which page may search on whose quota, and how much it did."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import JSON, Column
from sqlmodel import Field

from services.gateway.tables import Table


class EmbedKey(Table, table=True):
    """A publishable key: it stands in the partner's page, may search only, and is no secret.

    origins      where it may be used from, each as a browser sends it in Origin
    per_minute   searches in a minute over all readers of the partner's pages
    replaced_by  the key that took its place; this one still works until `retires_at`
    """

    __tablename__: ClassVar[str] = "embed_key"  # pyright: ignore[reportIncompatibleVariableOverride]

    id: str = Field(primary_key=True, max_length=40)
    name: str = Field(max_length=200)
    origins: list[str] = Field(sa_column=Column(JSON, nullable=False))
    per_minute: int
    created_at: datetime
    revoked_at: datetime | None = None
    replaced_by: str | None = Field(default=None, max_length=40)
    retires_at: datetime | None = None


class EmbedUsage(Table, table=True):
    """How often a key was used on a day (UTC), and how often it was over its quota."""

    __tablename__: ClassVar[str] = "embed_usage"  # pyright: ignore[reportIncompatibleVariableOverride]

    key: str = Field(primary_key=True, max_length=40, foreign_key="embed_key.id")
    day: date = Field(primary_key=True)
    requests: int = 0
    refused: int = 0
