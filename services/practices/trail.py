"""Who did what, in a chain: a row that is changed or taken out later is noticed.

Every row of the audit table that is added to a session is numbered and chained when it is
written, whoever adds it. The end of the chain is a row that stays locked until commit, so
numbers are given in commit order. It comes before the change feed's counter, always.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC
from typing import Any

from sqlalchemy import event, update
from sqlmodel import Session, col, select

from services.practices.tables import Audit, AuditHead
from shared.clock import new_id, now
from shared.telemetry import trace


def write(session: Session, actor: str, action: str, practice_id: str, version: int = 0) -> None:
    """Add a row: an actor's id, what was done, to which practice (or other thing) by id."""
    session.add(
        Audit(
            id=new_id(),
            at=now(),
            actor=actor,
            action=action,
            practice_id=practice_id,
            version=version,
            trace=trace.get(),
        )
    )


def broken_at(session: Session) -> int | None:
    """The number of the first row that is not as it was written, or is missing; None when sound."""
    digest, number = "", 0
    asked = select(Audit).order_by(col(Audit.number)).execution_options(yield_per=1000)
    # Closed even when it is left early: on PostgreSQL the rest waits in a cursor of the server.
    with closing(session.exec(asked)) as rows:
        for row in rows:
            number += 1
            if row.number != number or row.digest != digest_of(digest, row):
                return number
            digest = row.digest
    head = session.get_one(AuditHead, 1)
    return None if (head.number, head.digest) == (number, digest) else number + 1


def length(session: Session) -> int:
    """How many rows the chain should have."""
    return session.get_one(AuditHead, 1).number


def digest_of(before: str, row: Audit) -> str:
    """SHA-256 over the digest of the row before and the content of this one."""
    at = row.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    facts = [before, row.number, row.id, at, row.actor, row.action, row.practice_id]
    content = json.dumps([*facts, row.version, row.trace])
    return hashlib.sha256(content.encode()).hexdigest()


def _chain(session: Session, _context: object, _instances: object) -> None:
    rows = [row for row in session.new if isinstance(row, Audit) and not row.digest]
    if rows:
        _number(session, sorted(rows, key=lambda row: row.id))


def _number(session: Session, rows: Sequence[Audit]) -> None:
    connection = session.connection()
    head: Any = AuditHead.__table__  # pyright: ignore[reportAttributeAccessIssue]
    end: Any = connection.execute(
        update(head)
        .where(head.c.id == 1)
        .values(number=head.c.number + len(rows))
        .returning(head.c.number, head.c.digest)
    ).one()
    number, digest = end
    for offset, row in enumerate(rows, start=1):
        row.number = number - len(rows) + offset
        row.digest = digest = digest_of(digest, row)
    connection.execute(update(head).where(head.c.id == 1).values(digest=digest))


event.listen(Session, "before_flush", _chain)
