"""Visits to the provider of identities: begun here, ended here, by the same browser, once."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete
from sqlmodel import Session, col

from services.gateway.tables_people import Journey
from shared.clock import now

LONGEST = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Begun:
    """What the browser takes along: `state`, `nonce` and `challenge` to the provider.

    browser  stays in a cookie
    """

    state: str
    nonce: str
    challenge: str
    browser: str


def begin(session: Session, back: str) -> Begun:
    """A new journey that comes back to the path `back` of this site."""
    state, nonce, browser = (secrets.token_urlsafe(32) for _ in range(3))
    verifier = secrets.token_urlsafe(48)
    session.add(
        Journey(
            id=_digest(state),
            browser=_digest(browser),
            nonce=nonce,
            verifier=verifier,
            back=back,
            created_at=now(),
        )
    )
    challenge = hashlib.sha256(verifier.encode()).digest()
    return Begun(state, nonce, base64.urlsafe_b64encode(challenge).decode().rstrip("="), browser)


def take(session: Session, state: str, browser: str) -> Journey | None:
    """The journey of a state, which is over with this; None when it is not this browser's."""
    row = session.get(Journey, _digest(state), with_for_update=True)
    if row is None:
        return None
    session.delete(row)
    ours = hmac.compare_digest(row.browser.encode(), _digest(browser).encode())
    return row if ours and now() - row.created_at < LONGEST else None


def purge(session: Session) -> None:
    """Forget the journeys that nobody came back from."""
    over = delete(Journey).where(col(Journey.created_at) <= now() - LONGEST)
    session.connection().execute(over)


def _digest(held: str) -> str:
    return hashlib.sha256(held.encode("utf-8", "surrogatepass")).hexdigest()
