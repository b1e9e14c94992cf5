"""The tables of the gateway: the systems that may ask for tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, Column
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from shared.db import new_metadata

METADATA = new_metadata()


class Table(SQLModel, registry=registry(metadata=METADATA)):
    """The base of this service's tables: a catalogue of its own."""


class Client(Table, table=True):
    """A system that may ask for tokens: which scopes, for which regions.

    secret_sha256    of the secret; empty for a client that signs with a key of its own
    previous_sha256  of the secret before it, which still works until `previous_until`
    jwks             the client's own public keys (RFC 7517), when it signs with one
    """

    __tablename__: ClassVar[str] = "client"  # pyright: ignore[reportIncompatibleVariableOverride]

    id: str = Field(primary_key=True, max_length=40)
    name: str = Field(max_length=200)
    secret_sha256: str = Field(max_length=64)
    previous_sha256: str | None = Field(default=None, max_length=64)
    previous_until: datetime | None = None
    jwks: dict[str, Any] | None = Field(
        None, sa_column=Column(JSON(none_as_null=True), nullable=True)
    )
    scopes: list[str] = Field(sa_column=Column(JSON, nullable=False))
    regions: list[str] = Field(sa_column=Column(JSON, nullable=False))
    created_at: datetime
    revoked_at: datetime | None = None


class UsedAssertion(Table, table=True):
    """An assertion that a client signed in with: it does so once. Kept until it has expired."""

    __tablename__: ClassVar[str] = "used_assertion"  # pyright: ignore[reportIncompatibleVariableOverride]

    id: str = Field(primary_key=True, max_length=64)
    expires_at: datetime


class AccessVersion(Table, table=True):
    """Counts revocations, so that each gateway notices one by reading one number."""

    __tablename__: ClassVar[str] = "access_version"  # pyright: ignore[reportIncompatibleVariableOverride]

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    number: int
