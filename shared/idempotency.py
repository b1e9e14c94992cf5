"""Doing a thing once although it is asked for twice.

The answer to a request with an Idempotency-Key is stored in the transaction that
does the work. So either both exist or neither: a client that lost the answer sends
the same request again and gets what it would have got the first time.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Column, Integer, MetaData, String, Table, Text, delete, insert, select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from shared.clock import now, stamp
from shared.problems import InFlight, Invalid

KEPT = timedelta(hours=48)


@dataclass(frozen=True, slots=True)
class Request:
    """What makes a request the same request: who sent it, under which key, with which content."""

    client: str
    key: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer: status, JSON body as text, ETag ("" when none), whether it was given before."""

    status: int
    body: str
    etag: str = ""
    replayed: bool = False


def fingerprint(method: str, path: str, body: bytes) -> str:
    """SHA-256 over method, path and body."""
    return hashlib.sha256(b"\n".join((method.encode(), path.encode(), body))).hexdigest()


def define(metadata: MetaData) -> Table:
    """The table of stored answers in a service's own catalogue."""
    return Table(
        "idempotency",
        metadata,
        Column("client", String(64), primary_key=True),
        Column("key", String(128), primary_key=True),
        Column("fingerprint", String(64), nullable=False),
        Column("status", Integer, nullable=False),
        Column("body", Text, nullable=False),
        Column("etag", String(64), nullable=False),
        Column("expires", String(20), nullable=False, index=True),
    )


def stored(session: Session, table: Table, request: Request) -> Answer | None:
    """The answer given before, None for a new request. Invalid when the key served another."""
    connection = session.connection()
    connection.execute(delete(table).where(table.c.expires < stamp(now())))
    row = connection.execute(
        select(table).where(table.c.client == request.client, table.c.key == request.key)
    ).first()
    if row is None:
        return None
    if row.fingerprint != request.fingerprint:
        raise Invalid("This Idempotency-Key was used for another request. Use a new key.")
    return Answer(row.status, row.body, row.etag, replayed=True)


def store(session: Session, table: Table, request: Request, answer: Answer) -> None:
    """Keep the answer. InFlight when another process is just storing one under this key."""
    row = {
        "client": request.client,
        "key": request.key,
        "fingerprint": request.fingerprint,
        "status": answer.status,
        "body": answer.body,
        "etag": answer.etag,
        "expires": stamp(now() + KEPT),
    }
    try:
        session.connection().execute(insert(table).values(row))
    except IntegrityError as twice:
        raise InFlight("The same request is being worked on; ask again in a moment.") from twice
