"""The tables of the gateway."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import JSON, Column
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from shared.db import new_metadata

METADATA = new_metadata()


class Table(SQLModel, registry=registry(metadata=METADATA)):
    """The base of this service's tables: a catalogue of its own."""


class Client(Table, table=True):
    """A system that may ask for tokens: which scopes, for which regions."""

    __tablename__: ClassVar[str] = "client"  # pyright: ignore[reportIncompatibleVariableOverride]

    id: str = Field(primary_key=True, max_length=40)
    name: str = Field(max_length=200)
    secret_sha256: str = Field(max_length=64)
    scopes: list[str] = Field(sa_column=Column(JSON, nullable=False))
    regions: list[str] = Field(sa_column=Column(JSON, nullable=False))
    created_at: datetime
    revoked_at: datetime | None = None
