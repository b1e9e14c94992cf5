"""Sessions: begun when somebody signs in, found by a cookie, ended. Twelve hours at the most."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, update
from sqlmodel import Session, col, or_

from services.gateway import audit
from services.gateway.people.store import Account, account
from services.gateway.tables_people import Person, SignedIn
from shared.clock import now

LONGEST = timedelta(hours=12)
IDLE = timedelta(hours=2)
# The time of the last request is kept to the minute: not each of them writes.
_NOTED = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Found:
    """A session that is going on. `stale` when the last request should be noted anew."""

    id: str
    account: Account
    stale: bool


def begin(session: Session, person_id: str, replaces: str, how: str) -> str:
    """A new session for the person; what its cookie holds. An old one of this browser ends.

    replaces  what the browser's cookie held until now, "" without one
    how       `password` or `provider`, for the trail
    """
    held = secrets.token_urlsafe(32)
    end(session, replaces)
    moment = now()
    session.add(SignedIn(id=_digest(held), person=person_id, created_at=moment, seen_at=moment))
    audit.write(session, person_id, "sign_in", person_id, {"how": how})
    return held


def find(session: Session, held: str) -> Found | None:
    """The session of a cookie; None when there is none, it is over, or the person is disabled."""
    row = session.get(SignedIn, _digest(held))
    moment = now()
    if row is None or moment - row.created_at >= LONGEST or moment - row.seen_at >= IDLE:
        return None
    person = session.get(Person, row.person)
    if person is None or person.disabled_at is not None:
        return None
    return Found(row.id, account(session, row.person), moment - row.seen_at >= _NOTED)


def note(session: Session, session_id: str) -> None:
    """The session was used just now."""
    mine = update(SignedIn).where(col(SignedIn.id) == session_id)
    session.connection().execute(mine.values(seen_at=now()))


def end(session: Session, held: str) -> None:
    """The session of a cookie ends; nothing happens without one."""
    session.connection().execute(delete(SignedIn).where(col(SignedIn.id) == _digest(held)))


def purge(session: Session) -> None:
    """Forget the sessions that are over."""
    over = or_(col(SignedIn.created_at) <= now() - LONGEST, col(SignedIn.seen_at) <= now() - IDLE)
    session.connection().execute(delete(SignedIn).where(over))


def _digest(held: str) -> str:
    return hashlib.sha256(held.encode("utf-8", "surrogatepass")).hexdigest()
