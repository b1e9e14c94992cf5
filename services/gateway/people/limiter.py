"""How often somebody may try: counted in the database, so all gateways count together.

Counted before the password is looked at, so a try costs nothing once there were too many.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta

from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from services.gateway.tables_people import Attempts
from shared.clock import now
from shared.problems import TooMany

WINDOW = timedelta(minutes=15)
# One account from one address; one account from anywhere; one address for any account.
PAIR, ACCOUNT, PEER = 10, 100, 100


def count(session: Session, account: str, peer: str) -> int:
    """Count one more try; 0 when it may go on, otherwise the seconds to wait.

    account  the name as typed, folded; it is kept as a hash, known or not
    """
    # All three are counted, whichever is used up, and locked in the same order by everybody.
    return max([_one_more(session, name, most) for name, most in _keys(account, peer)])


def forget(session: Session, account: str, peer: str) -> None:
    """The try was a success: this account from this address starts anew."""
    pair = _keys(account, peer)[0][0]
    session.connection().execute(delete(Attempts).where(col(Attempts.id) == pair))
    for name, _ in _keys(account, peer)[1:]:
        fewer = update(Attempts).where(col(Attempts.id) == name)
        session.connection().execute(fewer.values(count=col(Attempts.count) - 1))


def purge(session: Session) -> None:
    """Forget the tries that no longer count."""
    old = delete(Attempts).where(col(Attempts.since) <= now() - WINDOW)
    session.connection().execute(old)


def refused(seconds: int) -> TooMany:
    """The problem for somebody who has to wait."""
    return TooMany(
        "Too many tries. Wait before the next one.", headers={"Retry-After": str(seconds)}
    )


def _keys(account: str, peer: str) -> list[tuple[str, int]]:
    return [
        (_hash("pair", account, peer), PAIR),
        (_hash("account", account), ACCOUNT),
        (_hash("peer", peer), PEER),
    ]


def _hash(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _one_more(session: Session, name: str, most: int) -> int:
    mine = update(Attempts).where(col(Attempts.id) == name)
    anew = mine.where(col(Attempts.since) <= now() - WINDOW).values(count=1, since=now())
    counted = mine.values(count=col(Attempts.count) + 1)
    if not any(session.connection().execute(one).rowcount for one in (anew, counted)):
        try:
            with session.begin_nested():
                session.add(Attempts(id=name, count=1, since=now()))
        except IntegrityError:
            # Another gateway was faster with the first.
            session.connection().execute(counted)
    row = session.get(Attempts, name, populate_existing=True)
    if row is None or row.count <= most:
        return 0
    return max(1, round((row.since + WINDOW - now()).total_seconds()))
