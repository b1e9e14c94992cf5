"""What the gateway did to access, in a chain: a row that is changed or taken out is noticed.

Written in the transaction of the deed. Actors and targets are ids, never names.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy import update
from sqlmodel import Session, col, select

from services.gateway.tables_people import Audit, AuditHead
from shared.clock import now
from shared.telemetry import trace

COMMAND = "command"
"""The actor of what is done on the command line."""


def write(
    session: Session, actor: str, action: str, target: str, detail: dict[str, str] | None = None
) -> None:
    """Append a row. Call it last: the end of the chain stays locked until commit."""
    session.flush()
    locked = update(AuditHead).where(col(AuditHead.id) == 1)
    grown = locked.values(number=col(AuditHead.number) + 1)
    session.connection().execute(grown)
    head = session.exec(select(AuditHead.number, AuditHead.digest)).one()
    row = Audit(
        number=head[0],
        at=_moment(now()),
        actor=actor,
        action=action,
        target=target,
        detail=detail or {},
        trace=trace.get(),
        digest="",
    )
    row.digest = _digest(head[1], row)
    session.add(row)
    session.flush()
    session.connection().execute(locked.values(digest=row.digest))


def search(
    session: Session,
    before: int | None,
    limit: int,
    *,
    actor: str | None = None,
    action: str | None = None,
    target: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[Audit]:
    """Rows that match, the newest first; `before` is the number of the last one seen."""
    asked = select(Audit).order_by(col(Audit.number).desc()).limit(limit)
    for column, value in (("actor", actor), ("action", action), ("target", target)):
        if value is not None:
            asked = asked.where(getattr(Audit, column) == value)
    if before is not None:
        asked = asked.where(Audit.number < before)
    if since is not None:
        asked = asked.where(Audit.at >= _moment(since))
    if until is not None:
        asked = asked.where(Audit.at < _moment(until))
    return list(session.exec(asked))


def broken_at(session: Session) -> int | None:
    """The number of the first row that is not as it was written or is missing; None when sound."""
    digest, number = "", 0
    rows: Iterable[Audit] = session.exec(select(Audit).order_by(col(Audit.number)))
    for row in rows:
        number += 1
        if row.number != number or row.digest != _digest(digest, row):
            return number
        digest = row.digest
    head = session.exec(select(AuditHead)).one()
    return None if (head.number, head.digest) == (number, digest) else number + 1


def _digest(before: str, row: Audit) -> str:
    facts = [before, row.number, row.at, row.actor, row.action, row.target, row.detail, row.trace]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
