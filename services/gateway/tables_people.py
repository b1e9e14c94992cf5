"""The tables of people: accounts, grants, sessions, and what guards the signing in."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import JSON, Column, UniqueConstraint
from sqlmodel import Field

from services.gateway.tables import Table


class Person(Table, table=True):
    """Somebody who may sign in.

    folded       the name as it is compared: no two people share it
    password     argon2id in the usual notation; empty for people of the provider only
    totp_secret  base32, in use once `totp_confirmed`; `totp_step` is the last code's time step
    must_change  the password was given by somebody else and is good for changing it only
    issuer       of the provider that knows the person as `subject`; both or neither
    """

    __tablename__: ClassVar[str] = "person"  # pyright: ignore[reportIncompatibleVariableOverride]
    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    id: str = Field(primary_key=True, max_length=36)
    name: str = Field(max_length=100)
    folded: str = Field(max_length=200, unique=True)
    display_name: str = Field(max_length=200)
    password: str = Field(max_length=200)
    must_change: bool
    totp_secret: str | None = Field(default=None, max_length=64)
    totp_confirmed: bool = False
    totp_step: int = 0
    issuer: str | None = Field(default=None, max_length=300)
    subject: str | None = Field(default=None, max_length=300)
    version: int = 1
    created_at: datetime
    disabled_at: datetime | None = None


class RoleGrant(Table, table=True):
    """A role of a person for a region; `*` is every region."""

    __tablename__: ClassVar[str] = "role_grant"  # pyright: ignore[reportIncompatibleVariableOverride]

    person: str = Field(primary_key=True, max_length=36, foreign_key="person.id")
    role: str = Field(primary_key=True, max_length=40)
    region: str = Field(primary_key=True, max_length=80)


class SignedIn(Table, table=True):
    """A session, by the SHA-256 of what the cookie holds."""

    __tablename__: ClassVar[str] = "session"  # pyright: ignore[reportIncompatibleVariableOverride]

    id: str = Field(primary_key=True, max_length=64)
    person: str = Field(max_length=36, foreign_key="person.id", index=True)
    created_at: datetime
    seen_at: datetime


class Attempts(Table, table=True):
    """How often something was tried in vain since a moment. `id` is a hash: it names nobody."""

    __tablename__: ClassVar[str] = "attempts"  # pyright: ignore[reportIncompatibleVariableOverride]

    id: str = Field(primary_key=True, max_length=64)
    count: int
    since: datetime = Field(index=True)


class Journey(Table, table=True):
    """A visit to the provider that has begun. Used once.

    id       SHA-256 of `state`
    browser  SHA-256 of a cookie, so that nobody ends a journey in another one's browser
    """

    __tablename__: ClassVar[str] = "journey"  # pyright: ignore[reportIncompatibleVariableOverride]

    id: str = Field(primary_key=True, max_length=64)
    browser: str = Field(max_length=64)
    nonce: str = Field(max_length=64)
    verifier: str = Field(max_length=128)
    back: str = Field(max_length=500)
    created_at: datetime = Field(index=True)


class Audit(Table, table=True):
    """One deed of the gateway's own. Rows are chained: `digest` covers the row and the one before.

    actor   who did it, by id: `command` for the command line, empty for nobody known
    target  what it was done to, by id
    detail  which role, region, scope; never a name, never a secret
    """

    __tablename__: ClassVar[str] = "audit"  # pyright: ignore[reportIncompatibleVariableOverride]

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: str = Field(max_length=27)
    actor: str = Field(max_length=64, index=True)
    action: str = Field(max_length=40, index=True)
    target: str = Field(max_length=64, index=True)
    detail: dict[str, str] = Field(sa_column=Column(JSON, nullable=False))
    trace: str = Field(max_length=32)
    digest: str = Field(max_length=64)


class AuditHead(Table, table=True):
    """The end of the chain. Its row is locked until commit, so numbers leave no gap."""

    __tablename__: ClassVar[str] = "audit_head"  # pyright: ignore[reportIncompatibleVariableOverride]

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    number: int
    digest: str = Field(max_length=64)
